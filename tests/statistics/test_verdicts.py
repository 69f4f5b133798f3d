import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from idia.errors import ShapeError
from idia.statistics import clopper_pearson, mcnemar, separated


def _verdicts(both: int, only_first: int, only_second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    kinds = [(True, True)] * both + [(True, False)] * only_first + [(False, True)] * only_second
    first, second = zip(*kinds, *[(False, False)] * neither, strict=True)
    return np.array(first), np.array(second)


COUNTS = st.tuples(*[st.integers(0, 20)] * 4).filter(any)


@settings(deadline=None)
@given(COUNTS)
def test_p_is_that_of_fair_coins(counts: tuple[int, int, int, int]) -> None:
    difference = mcnemar(*_verdicts(*counts))
    deciding = counts[1] + counts[2]
    expected = binomtest(counts[1], deciding).pvalue if deciding else 1.0

    assert difference.p == pytest.approx(expected, rel=1e-9)
    assert difference.value == (counts[1] - counts[2]) / sum(counts)
    assert difference.n == sum(counts)


@settings(deadline=None)
@given(COUNTS)
def test_the_interval_excludes_zero_exactly_where_p_is_small(counts: tuple[int, int, int, int]) -> None:
    difference = mcnemar(*_verdicts(*counts))

    assert separated(difference) == (difference.p < 0.05)
    assert -1 <= difference.low <= difference.value <= difference.high <= 1
    assert difference.low < difference.high


@settings(deadline=None)
@given(COUNTS)
def test_the_other_way_round_it_is_the_same_with_the_other_sign(counts: tuple[int, int, int, int]) -> None:
    first, second = _verdicts(*counts)
    difference, reverse = mcnemar(first, second), mcnemar(second, first)

    assert (reverse.value, reverse.low, reverse.high, reverse.p) == (
        -difference.value,
        -difference.high,
        -difference.low,
        difference.p,
    )


def test_against_a_verdict_that_nobody_is_given_the_upper_end_is_clopper_and_pearsons() -> None:
    found = np.arange(50) < 20
    difference = mcnemar(found, np.zeros(50, dtype=bool))

    assert difference.high == pytest.approx(clopper_pearson(20, 50)[1], abs=1e-3)
    assert difference.low < clopper_pearson(20, 50)[0]


@pytest.mark.parametrize("counts", [(5, 9, 4, 12), (0, 6, 0, 4), (0, 7, 3, 0), (0, 0, 5, 20), (8, 0, 0, 2)])
def test_the_interval_is_that_of_random_shares(counts: tuple[int, int, int, int]) -> None:
    rng = np.random.default_rng(0)
    only_first, only_second, rest = counts[1], counts[2], counts[0] + counts[3]

    def shares(ahead: int, behind: int) -> np.ndarray:
        gammas = [rng.gamma(k, size=200_000) if k else np.zeros(200_000) for k in (ahead, behind, rest)]
        return np.asarray((gammas[0] - gammas[1]) / sum(gammas))

    difference = mcnemar(*_verdicts(*counts))

    assert difference.low == pytest.approx(np.quantile(shares(only_first, only_second + 1), 0.025), abs=0.005)
    assert difference.high == pytest.approx(np.quantile(shares(only_first + 1, only_second), 0.975), abs=0.005)


@pytest.mark.parametrize(("n", "chances"), [(30, (0.1, 0.1)), (30, (0.3, 0.05)), (100, (0.02, 0.02)), (20, (0, 0.1))])
def test_the_interval_covers_the_true_difference(n: int, chances: tuple[float, float]) -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(100):
        drawn = rng.random(n)
        difference = mcnemar(drawn < chances[0], (drawn >= chances[0]) & (drawn < sum(chances)))
        covered += difference.low <= chances[0] - chances[1] <= difference.high

    assert covered >= 94


def test_no_p_is_zero_however_many_agree() -> None:
    assert 0 < mcnemar(np.ones(5_000, dtype=bool), np.zeros(5_000, dtype=bool)).p < 1e-300


@pytest.mark.parametrize(
    ("first", "second"),
    [([True], [True, False]), ([], []), ([[True]], [[True]]), ([1, 0], [True, False]), ([True, False], [0.0, 1.0])],
)
def test_what_is_not_two_verdicts_about_the_same_people_is_refused(first: list[bool], second: list[bool]) -> None:
    with pytest.raises(ShapeError, match="two verdicts, True or False"):
        mcnemar(np.array(first), np.array(second))
