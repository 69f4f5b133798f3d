import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from idia.errors import SettingError, ShapeError
from idia.statistics import (
    benjamini_hochberg,
    benjamini_yekutieli,
    decoys_needed,
    discovered,
    p_values_among,
    randomisation_p_values,
)

P_VALUES = st.lists(st.integers(1, 40).map(lambda k: k / 40), min_size=1, max_size=30).map(np.array)


@given(st.integers(0, 99))
def test_a_p_value_is_the_share_of_names_that_score_as_high(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, decoys = rng.integers(0, 4, 5), rng.integers(0, 4, (5, 8))
    expected = [
        (1 + sum(decoy >= own for decoy in row)) / 9 for own, row in zip(scores.tolist(), decoys.tolist(), strict=True)
    ]

    assert randomisation_p_values(scores, decoys).tolist() == expected


def test_a_name_that_is_one_of_many_alike_has_a_small_p_value_as_rarely_as_it_says() -> None:
    rng = np.random.default_rng(0)
    p_values = randomisation_p_values(rng.normal(size=4_000), rng.normal(size=(4_000, 39)))

    for level in (0.025, 0.05, 0.25, 0.5):
        assert (p_values <= level).mean() == pytest.approx(level, abs=4 * (level * (1 - level) / 4_000) ** 0.5)


def test_a_higher_score_never_has_a_higher_p_value() -> None:
    decoys = np.tile(np.random.default_rng(0).integers(0, 9, 30), (12, 1))
    p_values = randomisation_p_values(np.arange(12) - 1, decoys)

    assert (np.diff(p_values) <= 0).all()
    assert (p_values[0], p_values[-1]) == (1, 1 / 31)


@settings(deadline=None)
@given(P_VALUES)
def test_adjusted_values_are_scipys(p_values: np.ndarray) -> None:
    assert benjamini_hochberg(p_values) == pytest.approx(false_discovery_control(p_values, method="bh"))
    assert benjamini_yekutieli(p_values) == pytest.approx(false_discovery_control(p_values, method="by"))


@given(P_VALUES, st.sampled_from([0.01, 0.05, 0.1, 0.3]))
def test_those_picked_out_are_those_of_the_stepwise_procedure(p_values: np.ndarray, level: float) -> None:
    ordered, n = sorted(p_values.tolist()), len(p_values)
    passing = [p for rank, p in enumerate(ordered, start=1) if p <= level * rank / n * (1 + 1e-12)]
    expected = p_values <= max(passing, default=0)

    assert discovered(benjamini_hochberg(p_values), level).tolist() == expected.tolist()


@given(P_VALUES, st.randoms(use_true_random=False))
def test_adjusted_values_keep_the_order_and_never_fall_below_the_p_value(
    p_values: np.ndarray, shuffle: random.Random
) -> None:
    for adjust in (benjamini_hochberg, benjamini_yekutieli):
        q_values = adjust(p_values)
        order = list(range(len(p_values)))
        shuffle.shuffle(order)

        assert (q_values >= p_values * (1 - 1e-12)).all()
        assert (q_values <= 1).all()
        assert (np.diff(q_values[np.argsort(p_values)]) >= 0).all()
        assert adjust(p_values[order]).tolist() == q_values[order].tolist()
    assert (benjamini_yekutieli(p_values) >= benjamini_hochberg(p_values) * (1 - 1e-12)).all()


@given(P_VALUES, st.data())
def test_a_smaller_p_value_never_takes_anybody_out(p_values: np.ndarray, data: st.DataObject) -> None:
    smaller = p_values.copy()
    smaller[data.draw(st.integers(0, len(p_values) - 1))] /= 2
    before, after = (discovered(benjamini_hochberg(each), 0.1) for each in (p_values, smaller))

    assert (after >= before).all()


def test_among_people_by_chance_few_are_picked_out() -> None:
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(200):
        scores, decoys = rng.normal(size=100), rng.normal(size=(100, 999))
        scores[:20] += 5  # found for a reason
        picked = discovered(benjamini_hochberg(randomisation_p_values(scores, decoys)), 0.1)
        shares.append(picked[20:].sum() / max(1, picked.sum()))
        assert picked[:20].sum() >= 15

    assert np.mean(shares) <= 0.1


@given(st.integers(1, 400), st.sampled_from([0.01, 0.05, 0.1, 0.2]))
def test_so_many_decoys_and_no_fewer_let_one_person_be_picked_out(n: int, level: float) -> None:
    decoys = decoys_needed(n, level)
    for fewer in (0, 1):
        p_values = np.ones(n)
        p_values[0] = 1 / (1 + decoys - fewer) if decoys > fewer else 1.0
        assert discovered(benjamini_hochberg(p_values), level)[0] == (fewer == 0)


@pytest.mark.parametrize(
    ("scores", "decoys", "message"),
    [
        ([1, 2], [[1, 2]], "2 people, got shape"),
        ([1, 2], [1, 2], "2 people, got shape"),
        ([1], [[]], "one or more decoys"),
        ([1], [[np.nan]], "got nan among 1"),
        ([np.nan], [[1]], "got nan among 1"),
        ([], [[]], "one or more people"),
    ],
)
def test_what_has_no_decoys_or_no_score_is_refused(scores: list[float], decoys: list[float], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        randomisation_p_values(np.array(scores), np.array(decoys))


@pytest.mark.parametrize(
    ("at_least", "n_decoys", "message"),
    [
        ([1], 0, "got 0 decoys"),
        ([], 5, "one or more people"),
        ([[1]], 5, "shape"),
        ([0.5], 5, "float64"),
        ([6], 5, "0 to 5 decoys to score so high, got 6"),
        ([-1], 5, "got -1 to -1"),
    ],
)
def test_what_counts_no_decoys_is_refused(at_least: list[float], n_decoys: int, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        p_values_among(np.array(at_least), n_decoys)


@pytest.mark.parametrize("p_values", [[], [0.0], [1.1], [np.nan], [[0.5]]])
def test_what_is_no_p_value_is_refused(p_values: list[float]) -> None:
    for adjust in (benjamini_hochberg, benjamini_yekutieli):
        with pytest.raises(ShapeError, match=r"p-value in \(0, 1\]"):
            adjust(np.array(p_values))


def test_what_is_no_level_or_no_people_is_refused() -> None:
    with pytest.raises(SettingError, match="a false discovery rate between 0 and 1"):
        discovered(np.ones(2), 0)
    with pytest.raises(SettingError, match="a false discovery rate between 0 and 1"):
        decoys_needed(10, 5)
    with pytest.raises(SettingError, match="one or more people, got 0"):
        decoys_needed(0, 0.05)
