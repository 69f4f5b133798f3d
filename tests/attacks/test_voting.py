from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia import NamePredictions, prompts_won
from idia.attacks.voting import Votes, count_votes, resolve_sizes
from idia.errors import SettingError, ShapeError


def literal_prompts_won(predicted: list[list[int]], target: int) -> int:
    """The published rule in words: the unique most frequent name of each column is the person's."""
    won = 0
    for prompt in range(len(predicted[0])):
        votes = Counter(row[prompt] for row in predicted)
        most = max(votes.values())
        winners = [name for name, count in votes.items() if count == most]
        if winners == [target]:
            won += 1
    return won


@st.composite
def tables(draw: st.DrawFn, n_names: int = 4) -> NamePredictions:
    """Few names, so that ties are common."""
    n_people, n_prompts = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    predicted = []
    for _ in range(n_people):
        n_photos = draw(st.integers(1, 6))
        cells = draw(
            st.lists(st.integers(0, n_names - 1), min_size=n_photos * n_prompts, max_size=n_photos * n_prompts)
        )
        predicted.append(np.array(cells).reshape(n_photos, n_prompts))
    targets = draw(st.lists(st.integers(0, n_names - 1), min_size=n_people, max_size=n_people))
    return NamePredictions(
        predicted,
        np.array(targets),
        n_names,
        person_ids=tuple(f"person {person}" for person in range(n_people)),
        photo_ids=tuple(tuple(f"photo {row}" for row in range(len(table))) for table in predicted),
    )


@settings(deadline=None)
@given(tables())
def test_the_vote_equals_the_literal_rule(predictions: NamePredictions) -> None:
    votes = count_votes(predictions, sizes=["all"], draws=2, seed=0)

    for person, table in enumerate(predictions.predicted):
        target = int(predictions.targets[person])
        expected = literal_prompts_won(table.tolist(), target)
        assert votes.scores[person, 0].tolist() == [expected, expected]
        assert prompts_won(table, target, predictions.n_names) == expected


@settings(deadline=None)
@given(tables(), st.integers(0, 3))
def test_every_draw_is_the_literal_rule_on_some_photos(predictions: NamePredictions, seed: int) -> None:
    size = int(predictions.n_photos.min())
    votes = count_votes(predictions, sizes=[size], draws=3, seed=seed)

    for person, table in enumerate(predictions.predicted):
        possible = {
            literal_prompts_won(table[list(rows)].tolist(), int(predictions.targets[person]))
            for rows in combinations(range(len(table)), size)
        }
        assert set(votes.scores[person, 0].tolist()) <= possible


@settings(deadline=None)
@given(tables(), st.randoms(use_true_random=False))
def test_permuting_names_people_and_photos_changes_nothing_when_ids_are_given(
    predictions: NamePredictions, random: np.random.Generator
) -> None:
    sizes = list(range(1, int(predictions.n_photos.min()) + 1))
    before = count_votes(predictions, sizes=[*sizes, "all"], draws=4, seed=1)
    names = random.sample(range(predictions.n_names), predictions.n_names)  # type: ignore[attr-defined]  # a random.Random
    people = random.sample(range(predictions.n_people), predictions.n_people)  # type: ignore[attr-defined]
    rows = [random.sample(range(len(table)), len(table)) for table in predictions.predicted]  # type: ignore[attr-defined]
    assert predictions.person_ids is not None
    assert predictions.photo_ids is not None
    shuffled = NamePredictions(
        [np.array(names)[predictions.predicted[person][rows[person]]] for person in people],
        np.array(names)[predictions.targets[people]],
        predictions.n_names,
        person_ids=tuple(predictions.person_ids[person] for person in people),
        photo_ids=tuple(tuple(predictions.photo_ids[person][row] for row in rows[person]) for person in people),
    )

    after = count_votes(shuffled, sizes=[*sizes, "all"], draws=4, seed=1)

    assert after.scores.tolist() == before.scores[people].tolist()


@settings(deadline=None)
@given(tables())
def test_permutation_changes_nothing_at_full_size_without_ids(predictions: NamePredictions) -> None:
    plain = NamePredictions(predictions.predicted[::-1], predictions.targets[::-1], predictions.n_names)

    forwards = count_votes(predictions, sizes=["all"], draws=1, seed=0).scores
    backwards = count_votes(plain, sizes=["all"], draws=1, seed=5).scores

    assert backwards[::-1].tolist() == forwards.tolist()


@settings(deadline=None)
@given(tables())
def test_the_histogram_counts_every_draw_once(predictions: NamePredictions) -> None:
    votes = count_votes(predictions, sizes=[1, "all"], draws=7, seed=0)

    assert votes.histogram.shape == (predictions.n_people, 2, predictions.n_prompts + 1)
    assert (votes.histogram.sum(axis=2) == 7).all()
    assert np.allclose((votes.histogram * np.arange(predictions.n_prompts + 1)).sum(axis=2) / 7, votes.mean)


@settings(deadline=None)
@given(tables())
def test_fewer_people_are_identified_at_a_higher_threshold(predictions: NamePredictions) -> None:
    votes = count_votes(predictions, sizes=[1, "all"], draws=5, seed=0)
    identified = [votes.identified(tau)[0] for tau in range(1, predictions.n_prompts + 1)]

    for lower, higher in pairwise(identified):
        assert (higher <= lower).all()


def test_draws_have_the_distribution_of_random_subsets() -> None:
    table = np.array([[0], [0], [1], [2], [3]])
    predictions = NamePredictions([table], np.array([0]), 4)
    subsets = list(combinations(table[:, 0].tolist(), 3))
    exact = np.mean([literal_prompts_won([[name] for name in subset], 0) for subset in subsets])

    votes = count_votes(predictions, sizes=[3], draws=4_000, seed=0)

    assert abs(votes.mean[0, 0] - exact) < 0.03


def test_draws_of_a_person_do_not_depend_on_who_else_is_attacked() -> None:
    rng = np.random.default_rng(0)
    people = [rng.integers(0, 3, size=(9, 2)) for _ in range(3)]

    together = count_votes(NamePredictions(people, np.arange(3), 3, ("a", "b", "c")), sizes=[4], draws=9, seed=0)
    alone = count_votes(NamePredictions(people[1:2], np.array([1]), 3, ("b",)), sizes=[4], draws=9, seed=0)

    assert alone.scores[0].tolist() == together.scores[1].tolist()


def test_more_draws_are_the_same_draws_and_further_ones() -> None:
    predictions = NamePredictions([np.random.default_rng(0).integers(0, 3, size=(9, 4))], np.array([1]), 3)
    many = count_votes(predictions, sizes=[4, "all"], draws=10_000, seed=0)

    assert (
        count_votes(predictions, sizes=[4, "all"], draws=20, seed=0).scores.tolist() == many.scores[..., :20].tolist()
    )


def test_identified_people_are_the_same_however_many_draws_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scores = np.random.default_rng(0).integers(0, 4, size=(9, 2, 50), dtype=np.uint8)
    votes = Votes(scores, sizes=(1, "all"), n_prompts=3)
    people = np.arange(9) % 2 == 0
    literal = (scores[people] >= 2).sum(axis=0).astype(np.float64)
    expected = [literal.mean(axis=1).tolist(), literal.std(axis=1).tolist()]

    assert [numbers.tolist() for numbers in votes.identified(2, people)] == expected
    monkeypatch.setattr("idia.attacks.voting._BATCH", 7)
    assert [numbers.tolist() for numbers in votes.identified(2, people)] == expected


def test_the_deviation_is_over_draws_not_over_people() -> None:
    votes = Votes(np.array([[[0, 2]], [[2, 0]]], dtype=np.uint16), sizes=(1,), n_prompts=2)

    assert [numbers.tolist() for numbers in votes.identified(1)] == [[1.0], [0.0]]
    assert votes.mean.tolist() == [[1.0], [1.0]]
    assert votes.deviation.tolist() == [[1.0], [1.0]]


def test_a_score_that_equals_the_threshold_identifies() -> None:
    votes = Votes(np.array([[[1, 2]]], dtype=np.uint16), sizes=(1,), n_prompts=2)

    assert [votes.identified(tau)[0].tolist() for tau in (1, 2)] == [[1.0], [0.5]]


def test_a_tie_for_first_place_counts_as_wrong() -> None:
    assert prompts_won(np.array([[0], [1]]), target=0, n_names=2) == 0
    assert prompts_won(np.array([[0], [0], [1], [1], [2]]), target=0, n_names=3) == 0
    assert prompts_won(np.array([[0], [0], [1], [2]]), target=0, n_names=3) == 1


def test_one_photo_can_never_tie() -> None:
    assert prompts_won(np.array([[5, 5, 6]]), target=5, n_names=7) == 2


@pytest.mark.parametrize(
    ("smallest", "expected"),
    [
        (1, (1, "all")),
        (5, (1, 3, 5, "all")),
        (8, (1, 3, 5, 7, 8, "all")),
        (30, (*range(1, 30, 2), 30, "all")),
        (500, (*range(1, 30, 2), 30, "all")),
    ],
)
def test_published_sizes_are_clipped_to_the_smallest_person(smallest: int, expected: tuple[int | str, ...]) -> None:
    assert resolve_sizes(None, smallest) == expected


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ([9], "9 photos per person were asked for, but somebody has only 8"),
        ([0], "positive whole number or 'all', got 0"),
        ([2.5], "positive whole number or 'all', got 2.5"),
        ([3, 3], "must differ"),
        ([], "at least one number"),
    ],
)
def test_sizes_that_cannot_be_drawn_are_refused(sizes: list[int], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        resolve_sizes(sizes, smallest=8)


@pytest.mark.parametrize("tau", [0, 3])
def test_a_threshold_out_of_range_is_refused(tau: int) -> None:
    votes = Votes(np.zeros((1, 1, 1), dtype=np.uint16), sizes=(1,), n_prompts=2)

    with pytest.raises(SettingError, match=rf"τ must be in \[1, 2\], the number of prompt templates, got {tau}"):
        votes.identified(tau)


def test_no_draws_and_impossible_seeds_are_refused() -> None:
    predictions = NamePredictions([np.array([[0]])], np.array([0]), 1)

    with pytest.raises(SettingError, match="draws must be at least 1"):
        count_votes(predictions, sizes=None, draws=0, seed=0)
    with pytest.raises(SettingError, match="seed must be a whole number"):
        count_votes(predictions, sizes=None, draws=1, seed=-1)


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(ShapeError, match="at least one photo"):
        prompts_won(np.zeros((0, 2), dtype=int), target=0, n_names=2)
