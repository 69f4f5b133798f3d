from hypothesis import given, settings
from hypothesis import strategies as st

from idia.gates.needed import needed_for_share
from idia.gates.readings import Reading
from idia.statistics import clopper_pearson, proportion


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 60), st.integers(0, 60), st.floats(0.01, 0.99), st.booleans())
def test_so_many_people_with_the_same_share_are_enough(n: int, found: int, bound: float, is_upper: bool) -> None:
    share = proportion(min(found, n), n)
    reading = Reading("TPR", share.value, share.low, share.high, n, "members", True)
    end = share.high if is_upper else share.low
    is_kept = share.value < bound - 0.01 if is_upper else share.value > bound + 0.01
    if not is_kept or (end <= bound if is_upper else end >= bound):
        return

    enough = needed_for_share(reading, bound, is_upper=is_upper)

    assert enough is not None
    assert enough > n
    low, high = clopper_pearson(round(share.value * enough * 10), enough * 10)
    assert high <= bound if is_upper else low >= bound
