import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.blind import claim
from idia.errors import ShapeError
from idia.randomness import random_fractions
from idia.statistics import auc, auc_difference

N = 80
IS_MEMBER = np.arange(N) % 2 == 0


def scores(lead: float, key: int) -> np.ndarray:
    """Scores that members lead by so much, in units of the range of noise."""
    result: np.ndarray = random_fractions(key, np.arange(N, dtype=np.uint64)) + lead * IS_MEMBER
    return result


def test_an_attack_that_beats_every_baseline_shows_a_leak() -> None:
    name, image = scores(0.3, 1), scores(0.1, 2)

    made = claim(scores(0.9, 3), {"name": name, "image": image, "metadata": "no columns"}, IS_MEMBER, seed=0)

    assert made.verdict == "leaks"
    assert made.best == "name"
    assert made.difference == auc_difference(scores(0.9, 3), name, IS_MEMBER, seed=0)
    assert made.aucs == {
        "name": auc(name[IS_MEMBER], name[~IS_MEMBER], seed=0),
        "image": auc(image[IS_MEMBER], image[~IS_MEMBER], seed=0),
    }


def test_an_attack_no_better_than_a_baseline_shows_nothing_however_good_it_looks() -> None:
    made = claim(scores(0.9, 3), {"metadata": scores(0.9, 4), "name": scores(0.0, 1)}, IS_MEMBER, seed=0)

    assert (made.best, made.verdict) == ("metadata", "not distinguishable from a blind guess")
    assert made.difference is not None
    assert made.difference.low <= 0


def test_a_baseline_worse_than_a_coin_counts_as_a_coin() -> None:
    attack = scores(0.02, 3)
    worse = {"name": scores(-0.8, 1)}

    made = claim(attack, worse, IS_MEMBER, seed=0)

    assert (made.best, made.verdict) == (None, "not distinguishable from a blind guess")
    assert made.difference == auc_difference(attack, np.zeros(N), IS_MEMBER, seed=0)
    assert auc_difference(attack, worse["name"], IS_MEMBER, seed=0).low > 0


def test_an_attack_clearly_above_a_baseline_like_it_is_compared_with_a_coin_as_well() -> None:
    baseline = scores(0.02, 3)
    attack = baseline + 0.08 * IS_MEMBER

    made = claim(attack, {"other-model": baseline}, IS_MEMBER, seed=0)

    assert made.difference is not None
    assert made.difference.low <= auc_difference(attack, np.zeros(N), IS_MEMBER, seed=0).low


@pytest.mark.parametrize("baselines", [{}, {"name": "8 non-members are too few to learn from; it takes 10"}])
def test_without_baselines_nothing_is_claimed(baselines: dict[str, str]) -> None:
    made = claim(scores(0.9, 3), baselines, IS_MEMBER, seed=0)

    assert (made.aucs, made.best, made.difference, made.verdict) == ({}, None, None, "n/a")


@settings(deadline=None, max_examples=6)
@given(lead=st.floats(-0.5, 1), lead_of_baseline=st.floats(-0.5, 1), key=st.integers(1, 1_000))
def test_one_more_baseline_never_makes_a_claim(lead: float, lead_of_baseline: float, key: int) -> None:
    attack, name, image = scores(lead, key), scores(0.1, key + 1), scores(lead_of_baseline, key + 2)

    fewer = claim(attack, {"name": name}, IS_MEMBER, seed=0)
    more = claim(attack, {"name": name, "image": image}, IS_MEMBER, seed=0)

    assert not (more.verdict == "leaks" and fewer.verdict != "leaks")
    assert fewer.difference is not None
    assert more.difference is not None
    assert more.difference.low <= fewer.difference.low


def test_scores_of_other_people_are_refused() -> None:
    with pytest.raises(ShapeError, match="expected two scores and one membership of the same people, got 80 and 79"):
        claim(scores(0.9, 3), {"name": np.arange(79.0)}, IS_MEMBER, seed=0)
