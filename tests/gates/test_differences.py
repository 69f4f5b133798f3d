import copy
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.gates.differences import independent_interval, leak_change
from idia.gates.measured import Scored
from idia.gates.readings import Reading
from idia.records import Record
from idia.statistics import proportion

Make = Callable[..., Record]


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


def test_where_photos_are_drawn_the_difference_is_that_of_the_numbers_shown(make: Make) -> None:
    """Means over draws are compared with means over draws, and not the luck of one draw with that of another."""
    rng = np.random.default_rng(0)
    shown = []
    for seed in range(2):
        record = make(seed=seed)
        is_member = record.votes["occurrences"] > 0
        won = (rng.random((len(is_member), 1, 20)) < 0.4) & is_member[:, None, None]
        document = copy.deepcopy(dict(record.document))
        document["cells"][0]["tpr"]["value"] = float(won[is_member].mean())
        shown.append(Scored.of(Record(document, {**record.votes, "scores": won.astype(np.int64)})))
    now, before = shown

    for metric in ("tpr", "fpr", "auc"):
        change = leak_change(now, before, metric)
        assert not isinstance(change, str)
        assert change.is_paired
        assert change.low < change.value < change.high
    tpr = leak_change(now, before, "tpr")
    assert not isinstance(tpr, str)
    assert tpr.value == pytest.approx(tpr.now.value - tpr.before.value)
    assert tpr.high - tpr.low < 0.25  # one draw of 40 members against another leaves .4
