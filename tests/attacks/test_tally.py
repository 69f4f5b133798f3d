import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from idia import NamePredictions, prompts_won
from idia.attacks.voting import Size, count_votes
from idia.randomness import random_bits


@st.composite
def tables(draw: st.DrawFn) -> NamePredictions:
    """Tables of every shape, from one name, where all photos agree, to more names than photos; some ids are equal."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n_people, n_prompts, n_names = (
        draw(st.integers(1, 3)),
        draw(st.integers(1, 6)),
        draw(st.sampled_from([1, 2, 3, 40])),
    )
    n_photos = [draw(st.integers(1, 12)) for _ in range(n_people)]
    targets = rng.integers(0, n_names, n_people)
    predicted = []
    for person in range(n_people):
        table = rng.integers(0, n_names, (n_photos[person], n_prompts))
        # Every prompt finds the own name about as often as chance has it.
        predicted.append(np.where(rng.random(table.shape) < rng.random(n_prompts), targets[person], table))
    ids = tuple(tuple(f"photo {rng.integers(0, 2 * n)}" for _ in range(n)) for n in n_photos)
    return NamePredictions(
        predicted,
        targets,
        n_names,
        person_ids=draw(st.sampled_from([None, tuple(f"person {person}" for person in range(n_people))])),
        photo_ids=draw(st.sampled_from([None, ids])),
    )


def every_size(predictions: NamePredictions) -> list[Size]:
    """Every number of photos that everybody has, in no order."""
    return ["all", *np.random.default_rng(0).permutation(np.arange(1, predictions.n_photos.min() + 1)).tolist()]


def order_of_photos(predictions: NamePredictions, person: int, draw: int, seed: int) -> np.ndarray:
    bits = random_bits(seed, predictions.person_keys()[person], draw, predictions.photo_keys(person))
    return np.argsort(bits, kind="stable")


def by_matrix_products(predictions: NamePredictions, sizes: list[Size], draws: int, seed: int) -> np.ndarray:
    """Counts every subset afresh: one-hot ballots times who is drawn."""
    scores = np.zeros((predictions.n_people, len(sizes), draws), dtype=np.int64)
    for person, table in enumerate(predictions.predicted):
        n_photos = len(table)
        ballots = np.eye(predictions.n_names + 1)[table]  # one name more, that nobody is taken for
        own = int(predictions.targets[person])
        for draw in range(draws):
            rank = np.argsort(order_of_photos(predictions, person, draw, seed))
            for at, size in enumerate(sizes):
                taken = rank < (n_photos if size == "all" else size)
                votes = np.tensordot(taken.astype(np.float64), ballots, axes=1)
                scores[person, at, draw] = (votes[:, own] > np.delete(votes, own, axis=1).max(axis=1)).sum()
    return scores


@settings(deadline=None)
@given(tables(), st.integers(0, 2**64 - 1))
def test_every_size_of_every_draw_is_the_literal_rule_on_a_prefix(predictions: NamePredictions, seed: int) -> None:
    sizes = every_size(predictions)
    scores = count_votes(predictions, sizes=sizes, draws=4, seed=seed).scores

    for person, table in enumerate(predictions.predicted):
        for draw in range(4):
            order = order_of_photos(predictions, person, draw, seed)
            taken = [table[order[: None if size == "all" else size]] for size in sizes]
            expected = [prompts_won(rows, int(predictions.targets[person]), predictions.n_names) for rows in taken]
            assert scores[person, :, draw].tolist() == expected


@settings(deadline=None)
@given(tables(), st.integers(0, 9))
def test_counting_photo_by_photo_is_counting_every_subset(predictions: NamePredictions, seed: int) -> None:
    sizes = every_size(predictions)
    votes = count_votes(predictions, sizes=sizes, draws=5, seed=seed)

    assert votes.scores.tolist() == by_matrix_products(predictions, sizes, 5, seed).tolist()


@settings(deadline=None, max_examples=25)
@given(tables(), st.randoms(use_true_random=False))
def test_other_names_for_the_names_change_nothing(predictions: NamePredictions, random: st.DataObject) -> None:
    labels = np.array(random.sample(range(10**9), predictions.n_names))  # type: ignore[attr-defined]  # a random.Random
    renamed = NamePredictions(
        [labels[table] for table in predictions.predicted],
        labels[predictions.targets],
        10**9,
        predictions.person_ids,
        predictions.photo_ids,
    )
    sizes = every_size(predictions)

    assert (
        count_votes(renamed, sizes=sizes, draws=3, seed=0).scores.tolist()
        == count_votes(predictions, sizes=sizes, draws=3, seed=0).scores.tolist()
    )


@pytest.mark.parametrize("n_photos", [1, 2, 3, 4, 5, 31, 32, 33, 2_000])
def test_photos_come_in_the_order_of_their_random_bits(n_photos: int) -> None:
    # With two names, a prefix is won if more than half of it votes for the own one.
    own = np.random.default_rng(n_photos).integers(0, 2, size=(n_photos, 1))
    predictions = NamePredictions([own], np.array([1]), 2)
    sizes: list[Size] = sorted({1, (n_photos + 1) // 2, n_photos})

    scores = count_votes(predictions, sizes=sizes, draws=20, seed=3).scores

    for draw in range(20):
        photos = own[order_of_photos(predictions, 0, draw, 3), 0]
        assert scores[0, :, draw].tolist() == [int(2 * photos[:size].sum() > size) for size in sizes]


def test_thousands_of_photos_and_hundreds_of_names_are_counted() -> None:
    rng = np.random.default_rng(0)
    table = rng.integers(0, 700, size=(3_000, 5))
    table[:, 0] = np.where(rng.random(3_000) < 0.01, 8, table[:, 0])
    predictions = NamePredictions([table, table[:40]], np.array([8, 8]), 700)
    sizes: list[Size] = [1, 7, 40, "all"]

    votes = count_votes(predictions, sizes=sizes, draws=3, seed=1)

    assert votes.scores.tolist() == by_matrix_products(predictions, sizes, 3, 1).tolist()
    assert votes.scores[0, -1].tolist() == [1, 1, 1]


@pytest.mark.parametrize(("n_prompts", "dtype"), [(255, np.uint8), (256, np.uint16), (300, np.uint16)])
def test_scores_fit_into_their_numbers(n_prompts: int, dtype: type[np.unsignedinteger]) -> None:
    predictions = NamePredictions([np.zeros((3, n_prompts), dtype=int)], np.array([0]), 2)

    scores = count_votes(predictions, sizes=[2], draws=2, seed=0).scores

    assert scores.dtype == dtype
    assert scores.tolist() == [[[n_prompts, n_prompts]]]


def test_the_number_of_threads_changes_nothing(restored_threads: Callable[[int], None]) -> None:
    rng = np.random.default_rng(0)
    predictions = NamePredictions([rng.integers(0, 4, size=(n, 6)) for n in range(5, 25)], rng.integers(0, 4, 20), 4)
    counted = []
    for n_threads in (1, 2, 5):
        restored_threads(n_threads)
        counted.append(count_votes(predictions, sizes=[1, 2, 5, "all"], draws=600, seed=0).scores.tobytes())

    assert counted[1:] == counted[:1] * 2


@pytest.fixture
def restored_threads() -> object:
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def test_nothing_is_compiled_before_somebody_votes() -> None:
    code = (
        "import sys, idia, idia.attacks.voting, idia.evaluation, idia.pytest_plugin\n"
        "assert 'numba' not in sys.modules and 'torch' not in sys.modules\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
