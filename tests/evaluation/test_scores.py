import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from idia.attacks.voting import Size, Votes
from idia.errors import DatasetError, ShapeError
from idia.evaluation import OccurrenceBin, evaluate, evaluate_scores
from idia.statistics import Unresolved, auc, tpr_at_fpr, tpr_at_no_false_positives

OCCURRENCES = np.array([0] * 25 + [1] * 8 + [75] * 7)


@pytest.fixture
def scores() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(40, 2)) + (OCCURRENCES > 0)[:, None]


def test_every_cell_is_what_its_people_alone_give(scores: np.ndarray) -> None:
    result = evaluate_scores(scores, [1, "all"], OCCURRENCES, seed=3)

    assert [(cell.n_photos, cell.occurrences, cell.members) for cell in result.cells] == [
        (size, *label) for size in (1, "all") for label in (("all", 15), ("1", 8), ("75", 7))
    ]
    sizes: tuple[Size, ...] = (1, "all")
    for at, size in enumerate(sizes):
        for label, group in (("all", OCCURRENCES > 0), ("75", OCCURRENCES == 75)):
            area = result.cell(size, label).auc
            alone = auc(scores[group, at], scores[:25, at], seed=3)
            assert (area.value, area.low, area.high) == pytest.approx((alone.value, alone.low, alone.high))


def test_low_false_positive_rates_are_shown_where_the_non_members_can_show_them(scores: np.ndarray) -> None:
    curve = evaluate_scores(scores, [1, "all"], OCCURRENCES).cell("all").curve
    members, others = scores[25:, 1], scores[:25, 1]

    assert [point.fpr for point in curve.operating_points] == [0.1, 0.01, 0.001]
    assert curve.operating_points[0].tpr == tpr_at_fpr(members, others, 0.1)
    assert curve.operating_points[1].tpr == Unresolved(n=25, needed=100)
    assert curve.no_false_positives == tpr_at_no_false_positives(members, others)


def test_fewer_photos_show_the_area_alone(scores: np.ndarray) -> None:
    curve = evaluate_scores(scores, [1, "all"], OCCURRENCES).cell(1).curve

    assert (curve.operating_points, curve.no_false_positives) == ((), None)


@given(arrays.arrays(np.int64, 40, elements=st.integers(0, 21)))
def test_votes_of_one_draw_and_the_same_scores_give_the_same_curve(won: np.ndarray) -> None:
    votes = Votes(won.astype(np.uint8)[:, None, None], ("all",), 21)

    by_votes = evaluate(votes, OCCURRENCES, seed=1).cells
    by_scores = evaluate_scores(won[:, None] / 7, ["all"], OCCURRENCES, seed=1).cells

    assert [cell.curve for cell in by_votes] == [cell.curve for cell in by_scores]


def test_members_are_reported_by_group_and_others_never(scores: np.ndarray) -> None:
    groups = ["elsewhere"] * 25 + ["kept"] * 8 + ["forgotten"] * 5 + [""] * 2

    result = evaluate_scores(scores, [1, "all"], OCCURRENCES, groups=groups, seed=3)

    assert [(cell.group, cell.members, cell.n_photos) for cell in result.groups] == [
        ("forgotten", 5, "all"),
        ("kept", 8, "all"),
    ]
    assert result.groups[1].auc == result.cell("all", "1").auc


def test_the_precision_of_whom_no_non_member_equals_is_cautious(scores: np.ndarray) -> None:
    result = evaluate_scores(scores, [1, "all"], OCCURRENCES)

    assert [(each.prior, each.at) for each in result.precision] == [
        (prior, "no false positives") for prior in (0.5, 0.1, 0.01)
    ]
    for each in result.precision:
        assert each.precision is not None
        assert each.precision.value == 1
        assert each.precision.low < 0.9


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.zeros(40), "of shape \\(people, 1\\)"),
        (np.full((40, 1), np.nan), "must be finite"),
        (np.zeros((39, 1)), "39"),
    ],
)
def test_scores_of_another_shape_or_without_value_are_refused(wrong: np.ndarray, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        evaluate_scores(wrong, ["all"], OCCURRENCES)


def test_groups_must_be_given_for_everybody_and_roles_must_be_two(scores: np.ndarray) -> None:
    with pytest.raises(ShapeError, match="groups must be 40 words"):
        evaluate_scores(scores, [1, "all"], OCCURRENCES, groups=["kept"])
    with pytest.raises(DatasetError, match="0 members"):
        evaluate_scores(scores, [1, "all"], OCCURRENCES * 0)


def test_bins_come_in_order(scores: np.ndarray) -> None:
    bins = [OccurrenceBin(75, 75), OccurrenceBin(1, 5)]

    assert [cell.occurrences for cell in evaluate_scores(scores[:, :1], ["all"], OCCURRENCES, bins=bins).cells] == [
        "all",
        "1-5",
        "75",
    ]
