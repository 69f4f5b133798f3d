from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia import evaluate
from idia.attacks.voting import Votes
from idia.errors import DatasetError, SettingError, ShapeError
from idia.evaluation import OccurrenceBin, default_bins
from idia.statistics import auc_over_draws, trend_test


def votes_of(scores: np.ndarray, n_prompts: int = 3) -> Votes:
    return Votes(scores.astype(np.uint16), sizes=(1, "all"), n_prompts=n_prompts)


@st.composite
def scored(draw: st.DrawFn) -> tuple[Votes, np.ndarray]:
    n_people, n_draws = draw(st.integers(2, 7)), draw(st.integers(1, 3))
    cells = draw(st.lists(st.integers(0, 3), min_size=n_people * n_draws * 2, max_size=n_people * n_draws * 2))
    others = draw(st.lists(st.sampled_from([0, 1, 5, 75]), min_size=n_people - 2, max_size=n_people - 2))
    return votes_of(np.array(cells).reshape(n_people, 2, n_draws)), np.array([0, 5, *others])


@settings(deadline=None, max_examples=40)
@given(scored())
def test_labels_not_frequencies_decide_who_is_a_member(case: tuple[Votes, np.ndarray]) -> None:
    votes, occurrences = case
    cell = evaluate(votes, occurrences).cell("all")
    found = (votes.scores[:, 1] >= 1).mean(axis=1)

    assert cell.members == (occurrences > 0).sum()
    assert cell.true_positives == pytest.approx(found[occurrences > 0].sum())
    assert cell.false_positives == pytest.approx(found[occurrences == 0].sum())


@settings(deadline=None, max_examples=40)
@given(scored())
def test_counts_add_up_and_rates_fall_with_the_threshold(case: tuple[Votes, np.ndarray]) -> None:
    votes, occurrences = case
    result = evaluate(votes, occurrences)
    sweep = result.threshold_sweep

    assert [cell.tau for cell in sweep] == [1, 2, 3]
    for lower, higher in pairwise(sweep):
        assert higher.tpr.value <= lower.tpr.value
        assert higher.fpr.value <= lower.fpr.value
    for size in votes.sizes:
        everybody = result.cell(size)
        bins = [result.cell(size, str(each)) for each in default_bins(occurrences)]
        assert sum(cell.members for cell in bins) == everybody.members
        assert sum(cell.true_positives for cell in bins) == pytest.approx(everybody.true_positives)
        right = everybody.true_positives + everybody.non_members - everybody.false_positives
        assert everybody.accuracy == pytest.approx(right / len(occurrences))


@settings(deadline=None, max_examples=20)
@given(scored(), st.randoms(use_true_random=False))
def test_the_order_of_people_changes_nothing(case: tuple[Votes, np.ndarray], random: st.DataObject) -> None:
    votes, occurrences = case
    order = random.sample(range(len(occurrences)), len(occurrences))  # type: ignore[attr-defined]  # a random.Random

    assert evaluate(votes_of(votes.scores[order]), occurrences[order]) == evaluate(votes, occurrences)


@settings(deadline=None, max_examples=20)
@given(scored())
def test_every_cell_is_what_counting_and_comparing_its_people_alone_gives(case: tuple[Votes, np.ndarray]) -> None:
    votes, occurrences = case
    result = evaluate(votes, occurrences, tau=2, seed=3)

    for cell in (*result.cells, *result.threshold_sweep):
        scores = votes.scores[:, votes.sizes.index(cell.n_photos)]
        inside = (
            occurrences > 0 if cell.occurrences == "all" else OccurrenceBin.parsed(cell.occurrences).holds(occurrences)
        )
        found, false = ((scores[who] >= cell.tau).sum(axis=0) for who in (inside, occurrences == 0))
        assert (cell.true_positives, cell.true_positives_sd) == (found.mean(), found.std())
        assert (cell.false_positives, cell.false_positives_sd) == (false.mean(), false.std())
        assert cell.auc == auc_over_draws(scores[inside], scores[occurrences == 0], seed=3)


def test_every_interval_has_a_width() -> None:
    result = evaluate(votes_of(np.array([[[3], [3]], [[0], [0]]])), np.array([5, 0]))

    for cell in (*result.cells, *result.threshold_sweep):
        for estimate in (cell.tpr, cell.fpr, cell.auc):
            assert estimate.low < estimate.high
            assert estimate.low <= estimate.value <= estimate.high


@pytest.mark.parametrize(("occurrences", "message"), [([5, 5], "2 members and 0 non"), ([0, 0], "0 members and 2 non")])
def test_one_role_alone_measures_nothing(occurrences: list[int], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        evaluate(votes_of(np.zeros((2, 2, 1))), np.array(occurrences))


def test_occurrences_must_be_given_for_everybody() -> None:
    with pytest.raises(ShapeError, match="occurrences must be 2 counts"):
        evaluate(votes_of(np.zeros((2, 2, 1))), np.array([5, 0, 0]))


def test_a_threshold_above_the_number_of_prompts_is_refused() -> None:
    with pytest.raises(SettingError, match=r"τ must be in \[1, 3\]"):
        evaluate(votes_of(np.zeros((2, 2, 1))), np.array([5, 0]), tau=4)


def test_asking_for_what_was_not_measured_says_what_was() -> None:
    with pytest.raises(SettingError, match=r"nothing was measured for 9 photos .* 1 photos of all"):
        evaluate(votes_of(np.zeros((2, 2, 1))), np.array([5, 0])).cell(9)


def test_the_trend_over_bins_is_that_of_whole_people_at_the_most_photos() -> None:
    scores = np.zeros((9, 2, 2))
    scores[[3, 4, 6], 1] = 1
    scores[0, 0] = [0, 1]  # depends on the draw, but not with all photos
    result = evaluate(
        votes_of(scores), np.array([75, 1, 5, 75, 75, 5, 5, 0, 0]), bins=[OccurrenceBin(75, 75), OccurrenceBin(1, 5)]
    )

    assert result.trend == trend_test([1, 2], [4, 3])


def test_there_is_no_trend_of_one_bin_or_of_verdicts_that_depend_on_the_draw() -> None:
    scores = np.zeros((5, 2, 2))
    # On average two whole people either way, but not the same two.
    scores[0, 1], scores[1, 1] = [1, 0], [0, 1]

    assert evaluate(votes_of(scores), np.array([5, 5, 75, 75, 0])).trend is None
    assert evaluate(votes_of(np.zeros((3, 2, 1))), np.array([5, 5, 0])).trend is None


def test_bins_are_checked_and_put_in_order() -> None:
    votes = votes_of(np.zeros((3, 2, 1)))

    with pytest.raises(SettingError, match="no member has 7"):
        evaluate(votes, np.array([5, 1, 0]), bins=[OccurrenceBin(7, 7)])
    cells = evaluate(votes, np.array([5, 1, 0]), bins=[OccurrenceBin(5, 9), OccurrenceBin(1, 4)]).cells
    assert [cell.occurrences for cell in cells if cell.n_photos == votes.sizes[0]] == ["all", "1-4", "5-9"]
