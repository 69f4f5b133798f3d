from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.kernels import Standing, compared, prepare_texts
from idia.kernels.standing import Ties, standing_of

BACKENDS = ["reference", "cpu", "auto"]


def literal(similarities: np.ndarray) -> tuple[int, bool]:
    """The definition for one photo and prompt: the choice, and whether it was a near one."""
    ordered = np.sort(similarities)[::-1]
    return int(np.argmax(similarities >= ordered[0] - 1e-12)), bool(
        len(ordered) > 1 and ordered[1] >= ordered[0] - 1e-6
    )


def chunks(standing_from: list[tuple[np.ndarray, np.ndarray]], n_photos: int) -> Standing:
    """Merges the similarities of chunks of names `[names, photos]`, each with the names' positions."""
    result = Standing.at_start(n_photos, 1)
    for positions, similarities in standing_from:
        rows = np.tile(np.arange(n_photos), (len(positions), 1))
        names = np.tile(np.arange(len(positions))[:, None], (1, n_photos))
        made = standing_of(Ties(rows.ravel(), names.ravel(), similarities.ravel()), n_photos, 1)
        result = result.merged(made.placed(positions))
    return result


@settings(deadline=None, max_examples=300)
@given(st.data(), st.integers(1, 12), st.integers(1, 3))
def test_chunks_in_any_order_give_the_answer_of_all_at_once(data: st.DataObject, n_names: int, n_photos: int) -> None:
    """Similarities lie on a staircase finer than a tie, so that a later name may overturn what looked decided."""
    steps = st.integers(0, 30).map(lambda step: 0.5 + step * 1.5e-13) | st.sampled_from([0.5 + 5e-7, 0.5 + 2e-6, 0.4])
    drawn = data.draw(
        st.lists(st.lists(steps, min_size=n_photos, max_size=n_photos), min_size=n_names, max_size=n_names)
    )
    similarities = np.array(drawn)
    owner = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n_names, max_size=n_names)))
    order = data.draw(st.permutations(range(4)))
    parts = [(np.flatnonzero(owner == each), similarities[owner == each]) for each in order if (owner == each).any()]

    merged = chunks(parts, n_photos)

    wanted = [literal(similarities[:, photo]) for photo in range(n_photos)]
    assert merged.indices[:, 0].tolist() == [choice for choice, _ in wanted]
    assert merged.similarities[:, 0].tolist() == [
        similarities[choice, photo] for photo, (choice, _) in enumerate(wanted)
    ]
    assert merged.maxima[:, 0].tolist() == similarities.max(axis=0).tolist()
    assert merged.near_ties == sum(is_near for _, is_near in wanted)


def test_a_name_that_was_beaten_within_a_tie_is_passed_over_once_it_lies_further_back() -> None:
    """Of two tied names the first is chosen, until one comes that ties with the second alone."""
    early = np.array([[0.5], [0.5 + 0.8e-12]])

    assert chunks([(np.arange(2), early)], 1).indices.tolist() == [[0]]
    assert chunks([(np.arange(2), early), (np.array([2]), np.array([[0.5 + 1.5e-12]]))], 1).indices.tolist() == [[1]]


@pytest.mark.parametrize("impl", BACKENDS)
@pytest.mark.parametrize("sizes", [(70,), (1, 69), (35, 35), (10, 0, 60)])
def test_chunks_of_embeddings_merge_to_the_same_bits(impl: str, sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    images = torch.from_numpy(rng.normal(size=(9, 48))).float()
    texts = torch.from_numpy(rng.normal(size=(2, 70, 48))).float()
    texts[:, 69], texts[:, 40] = texts[:, 3], texts[:, 3] * (1 + 1e-7)
    images[:4] = texts[0, 3] / 40
    whole = compared(images, texts, impl=impl)  # type: ignore[arg-type]  # one of the backends

    result, start = Standing.at_start(9, 2), 0
    for size in filter(None, sizes):
        part = np.arange(start, start + size)
        result = result.merged(compared(images, texts[:, part], impl=impl).placed(part))  # type: ignore[arg-type]
        start += size

    for name in ("indices", "similarities", "maxima", "runners_up"):
        assert getattr(result, name).tolist() == getattr(whole, name).tolist()
    assert result.near_ties == whole.near_ties > 0
    assert result.n_compared == 18 * len(list(filter(None, sizes)))


def test_the_start_may_be_merged_with_itself() -> None:
    assert Standing.at_start(2, 1).merged(Standing.at_start(2, 1)).indices.tolist() == [[-1], [-1]]


@pytest.mark.parametrize(
    ("chunks_by", "joined"),
    [
        ([], ""),
        (["cpu"], "cpu"),
        (["triton", "triton"], "triton"),
        (["triton", "cpu", "triton", "reference"], "cpu, reference, triton"),
        (["cpu-int8, triton", "cpu"], "cpu, cpu-int8, triton"),
    ],
)
def test_whoever_answered_for_a_chunk_is_named_once(chunks_by: list[str], joined: str) -> None:
    result = Standing.at_start(2, 1)
    for start, backend in enumerate(chunks_by):
        made = standing_of(Ties(np.array([0, 1]), np.array([0, 0]), np.array([0.5, 0.4])), 2, 1)
        result = result.merged(replace(made, backend=backend).placed(np.array([start])))

    assert result.backend == joined
    assert result.merged(Standing.at_start(2, 1)).backend == joined


def test_names_in_another_order_are_the_same_names() -> None:
    rng = np.random.default_rng(1)
    images, texts = rng.normal(size=(20, 40)), rng.normal(size=(2, 60, 40))
    order = rng.permutation(60)

    assert (order[compared(images, texts[:, order]).indices] == compared(images, texts).indices).all()


def test_prepared_texts_must_fit_the_photos() -> None:
    with pytest.raises(ValueError, match=r"texts must have shape \(prompts, names, 4\), got \(1, 3, 5\)"):
        compared(np.zeros((2, 4)), prepare_texts(np.ones((1, 3, 5))))
