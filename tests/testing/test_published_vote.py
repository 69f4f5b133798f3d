import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia import NamePredictions, prompts_won
from idia.attacks.voting import count_votes
from idia.testing.published_vote import draw_subsets, published_table, published_vote


@st.composite
def tables(draw: st.DrawFn) -> NamePredictions:
    """Few names, so that ties are common; several people may have the same name."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n_people, n_prompts, n_names = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 4))
    predicted = [rng.integers(0, n_names, (draw(st.integers(1, 7)), n_prompts)) for _ in range(n_people)]
    ids = tuple(f"person {person}" for person in range(n_people))
    return NamePredictions(predicted, rng.integers(0, n_names, n_people), n_names, draw(st.sampled_from([None, ids])))


@settings(deadline=None, max_examples=40)
@given(tables(), st.integers(0, 2**64 - 1))
def test_votes_on_the_same_photos_are_the_published_ones(predictions: NamePredictions, seed: int) -> None:
    table, smallest = published_table(predictions), int(predictions.n_photos.min())
    votes = count_votes(predictions, sizes=list(range(1, smallest + 1)), draws=2, seed=seed)

    for at, size in enumerate(votes.sizes):
        assert size != "all"
        for draw in range(2):
            published = published_vote(draw_subsets(table, predictions, size, draw=draw, seed=seed), tau=2)
            assert published["prompts_won"].tolist() == votes.scores[:, at, draw].tolist()
            assert published["predicted_member"].tolist() == (votes.scores[:, at, draw] >= 2).tolist()


@settings(deadline=None, max_examples=40)
@given(tables())
def test_all_photos_vote_by_the_literal_rule(predictions: NamePredictions) -> None:
    published = published_vote(published_table(predictions))

    assert published["prompts_won"].tolist() == [
        prompts_won(table, int(target), predictions.n_names)
        for table, target in zip(predictions.predicted, predictions.targets, strict=True)
    ]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_so_many_photos_of_each_person_are_drawn(size: int) -> None:
    predictions = NamePredictions([np.full((5, 1), person) for person in range(3)], np.arange(3), 3)
    table = published_table(predictions)

    drawn = draw_subsets(table, predictions, size, draw=0, seed=0)

    assert drawn.groupby("person").size().tolist() == [size] * 3
    assert not drawn.duplicated(["person", "photo"]).any()
    assert published_vote(table, size)["prompts_won"].tolist() == [1, 1, 1]


def test_sampling_has_the_mean_of_our_draws() -> None:
    predictions = NamePredictions([np.array([[0], [0], [1], [2], [3]])], np.array([0]), 4)
    table = published_table(predictions)
    published = [published_vote(table, 3, random_state=draw)["prompts_won"].iloc[0] for draw in range(300)]

    ours = count_votes(predictions, sizes=[3], draws=20_000, seed=0).mean[0, 0]

    # Three of ten subsets win; of 300 draws, five standard errors are 0.13.
    assert ours == pytest.approx(0.3, abs=0.02)
    assert np.mean(published) == pytest.approx(ours, abs=0.13)
