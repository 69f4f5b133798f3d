from hypothesis import given, settings
from hypothesis import strategies as st

from idia.gates.differences import independent_interval
from idia.gates.readings import Reading
from idia.statistics import proportion


def share(found: int, n: int) -> Reading:
    estimate = proportion(min(found, n), n)
    return Reading("TPR", estimate.value, estimate.low, estimate.high, n, "members", True)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 40), st.integers(1, 40), st.integers(0, 40), st.integers(1, 40))
def test_an_unpaired_interval_holds_the_difference_and_turns_with_it(a: int, n: int, b: int, m: int) -> None:
    first, second = share(a, n), share(b, m)

    low, high = independent_interval(first, second)

    assert -1 <= low <= second.value - first.value <= high <= 1
    assert low < high
    back = independent_interval(second, first)
    assert (abs(back[0] + high) < 1e-12, abs(back[1] + low) < 1e-12) == (True, True)
