"""The programs' answer is the reference's, whatever the embeddings."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

pytest.importorskip("triton")

from idia.errors import SettingError
from idia.kernels import Standing, compared, cosine_argmax, reference
from idia.kernels.gpu import settling
from idia.kernels.gpu.rounding import RoundedNames, round_photos
from idia.kernels.gpu.settling import CAPACITY, compare
from idia.kernels.gpu.support import is_interpreted
from idia.kernels.gpu.tiles import PADDED_NAMES

AssertExact = Callable[[Tensor, Tensor], Standing]
SIZE = 32 if is_interpreted() else PADDED_NAMES
"""How many names fill a tile, or a few."""


def random(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    drawn = np.random.default_rng(seed).normal(size=shape) / shape[-1] ** 0.5
    return torch.from_numpy(drawn).to(dtype)


@pytest.mark.parametrize(
    ("photos", "prompts", "names", "dim"),
    [
        (1, 1, 1, 1),
        (1, 3, 2, 5),
        (15, 1, 31, 15),
        (16, 2, 32, 16),
        (17, 1, 33, 17),
        (5, 2, 1, 40),
        (3, 1, 100, 7),
        (33, 2, 64, 65),
        (2, 1, 65, 130),
    ],
)
def test_sizes_need_not_fill_tiles(photos: int, prompts: int, names: int, dim: int, assert_exact: AssertExact) -> None:
    assert_exact(random(photos, dim), random(prompts, names, dim, seed=1))


@pytest.mark.usefixtures("as_shipped")
def test_the_sizes_that_are_shipped(assert_exact: AssertExact) -> None:
    assert_exact(random(70, 100), random(1, 300, 100, seed=1))


@pytest.mark.parametrize(
    ("images", "texts"),
    [
        (torch.float16, torch.float16),
        (torch.bfloat16, torch.bfloat16),
        (torch.float64, torch.float64),
        (torch.float16, torch.float64),
        (torch.float64, torch.bfloat16),
    ],
    ids=lambda kind: str(kind).removeprefix("torch."),
)
def test_every_kind_of_float_is_taken_as_given(
    images: torch.dtype, texts: torch.dtype, device: torch.device, assert_exact: AssertExact
) -> None:
    left, right = random(18, 24, dtype=images), random(2, 40, 24, seed=1, dtype=texts)

    assert_exact(left, right)

    # Whatever came in: what is multiplied is float16. (Of bfloat16 the interpreter would multiply the bits.)
    if device.type == "cuda":
        assert round_photos(left.to(device)).halves.dtype == torch.float16
        (block,) = RoundedNames(right.to(device))
        assert block.rounded.halves.dtype == torch.float16


def test_arrays_are_compared_where_they_are(device: torch.device) -> None:
    images, texts = random(5, 8).numpy(), random(2, 9, 8, seed=1).numpy()
    if device.type == "cuda":
        with pytest.raises(SettingError, match=r"the embeddings are on cpu: move them there with \.to\(\"cuda\"\)"):
            cosine_argmax(images, texts, impl="triton")
        return

    best = cosine_argmax(images, texts, impl="triton")

    assert isinstance(best.indices, np.ndarray)
    assert best.indices.tolist() == cosine_argmax(images, texts, impl="reference").indices.tolist()


def test_no_photos_give_an_empty_answer(device: torch.device) -> None:
    best = cosine_argmax(torch.zeros(0, 4, device=device), random(2, 3, 4).to(device), impl="triton")

    assert best.indices.shape == best.similarities.shape == (0, 2)


def test_answers_stay_on_the_device(device: torch.device) -> None:
    images, texts = torch.eye(4, 6, device=device, requires_grad=True), random(3, 40, 6, seed=1).to(device)

    best = cosine_argmax(images, texts, impl="triton")

    wanted = cosine_argmax(images.detach().cpu(), texts.cpu(), impl="reference")
    assert isinstance(best.indices, Tensor)
    assert isinstance(best.similarities, Tensor)
    assert (best.indices.device.type, best.indices.dtype) == (device.type, torch.int64)
    assert (best.similarities.device.type, best.similarities.dtype) == (device.type, torch.float64)
    assert not best.similarities.requires_grad
    assert best.indices.tolist() == wanted.indices.tolist()
    assert best.near_tie_rate == wanted.near_tie_rate
    assert 0 <= best.rescored_rate < 1


def test_of_equal_names_the_first_is_chosen_across_tiles(assert_exact: AssertExact) -> None:
    texts = random(2, 4 * SIZE, 20)
    images = random(20, 20, seed=1)
    for photo, places in enumerate([(5, 6), (SIZE - 1, SIZE), (3, SIZE, 3 * SIZE), (2 * SIZE + 1, 4 * SIZE - 1)]):
        images[photo] = texts[0, places[0]]
        texts[:, list(places)] = images[photo]

    made = assert_exact(images, texts)

    assert made.indices[:4, 0].tolist() == [5, SIZE - 1, 3, 2 * SIZE + 1]
    assert made.near_ties >= 7


def test_similarities_within_1e_12_are_tied_and_further_apart_are_not(assert_exact: AssertExact) -> None:
    """Names that float16, and mostly float32, cannot tell apart; in both orders, in one tile and in two."""
    images = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    steps = [9e-13, 1e-13, 3e-12, 1e-7, 9e-7, 3e-6]
    texts = torch.zeros(2 * len(steps), SIZE + 8, 2, dtype=torch.float64)
    for place, step in enumerate(steps):
        for prompt, (lower, upper) in ((2 * place, (3, SIZE + 2)), (2 * place + 1, (SIZE + 5, SIZE + 4))):
            texts[prompt, lower] = 0.5 - step
            texts[prompt, upper] = 0.5

    made = assert_exact(images, texts)

    assert made.indices[0, ::2].tolist() == [3, 3, *[SIZE + 2] * 4]
    assert made.indices[0, 1::2].tolist() == [SIZE + 4] * 6
    assert made.near_ties == 2 * 2 * 5


@pytest.mark.parametrize("n_equal", [CAPACITY, CAPACITY + 1])
def test_too_many_names_for_a_list_are_compared_in_full(
    n_equal: int, device: torch.device, assert_exact: AssertExact, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, images = random(2, 100, 12), random(6, 12, seed=1)
    texts[0, 20 : 20 + n_equal] = images[2] = torch.eye(12)[3] * 9
    images[3:, 3] = -1
    images[:2, 3] = -1
    wanted = assert_exact(images, texts)
    n_in_full: list[int] = []
    compare_in_full = reference.compare

    def noted(left: Tensor, right: Tensor) -> Standing:
        n_in_full.append(len(left))
        return compare_in_full(left, right)

    monkeypatch.setattr(reference, "compare", noted)
    monkeypatch.setattr(settling, "_NAMES", 30)

    made = compare(images.to(device), RoundedNames(texts.to(device)), n_splits=1)

    assert n_in_full == [1, 1, 1, 1] * (n_equal > CAPACITY)  # a hundred names, thirty at a time
    assert made.indices[0, 2] == 20
    assert made.indices.T.tolist() == wanted.indices.tolist()
    assert made.runners_up.T.tolist() == wanted.runners_up.tolist()


def test_among_short_vectors_all_names_are_nearly_as_similar(assert_exact: AssertExact) -> None:
    images, texts = random(8, 24) * 1e-4, random(1, 40, 24, seed=1) * 1e-4

    assert assert_exact(images, texts).near_ties == 8


@pytest.mark.parametrize("scale", [1e-10, 1e10])
def test_vectors_of_very_different_length_are_compared_together(scale: float, assert_exact: AssertExact) -> None:
    images, texts = random(20, 24), random(1, 70, 24, seed=1)
    images[::3] *= scale
    texts[:, ::4] *= scale

    assert_exact(images, texts)


def test_vectors_of_zeros_are_all_tied(assert_exact: AssertExact) -> None:
    images, texts = random(5, 8), random(3, 40, 8, seed=1)
    images[1], texts[0, 7], texts[1] = 0, 0, 0

    assert_exact(images, texts)
    assert assert_exact(torch.zeros(2, 8), torch.zeros(1, 40, 8)).indices.tolist() == [[0], [0]]


def test_a_few_dimensions_may_dwarf_all_others(assert_exact: AssertExact) -> None:
    """As those of CLIP do: what all embeddings share must not drown what tells them apart."""
    images, texts = random(20, 48), random(2, 70, 48, seed=1)
    images[:, 7] += 30
    images[:, 30] -= 5
    texts[:, :, 7] += 20
    texts[0, :, 11] = 9

    made = assert_exact(images, texts)

    assert made.n_rescored < made.n_compared


def test_any_layout_of_memory_will_do(assert_exact: AssertExact) -> None:
    assert_exact(random(40, 18).T, random(40, 33, 2, seed=1).permute(2, 1, 0))
    assert_exact(random(40, 60)[::2, 1::3], random(60, 20, 3, seed=1).permute(2, 0, 1))
    assert_exact(random(7, 20)[:1].expand(18, 20), random(1, 40, 20, seed=1).expand(3, 40, 20))
    assert_exact(random(9, 33)[1:, 1:], random(2, 41, 33, seed=1)[:, 1:, 1:])
    # One after the other, but from an odd address on.
    assert_exact(random(9, 33)[1:], random(3, 41, 33, seed=1)[1:])


def test_embeddings_beyond_the_bounds_are_left_to_the_reference(device: torch.device) -> None:
    images, texts = random(3, 8).double().to(device), random(1, 9, 8, seed=1).double().to(device)

    with pytest.raises(SettingError, match="needs embeddings in at most 65,535 prompts, with at most"):
        compared(images, texts * 1e20, impl="triton")
    for factor in (1e20, 1e-25):
        made = compared(images * factor, texts, impl="triton")
        assert made.backend == "reference"
        assert made.indices.tolist() == compared(images * factor, texts, impl="reference").indices.tolist()


VALUES = st.sampled_from([-1.0, -0.5, 0.0, 0.1, 0.5, 1.0])


@settings(deadline=None, max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.integers(1, 5), st.integers(1, 3), st.integers(1, 40), st.integers(1, 4))
def test_coarse_grids_of_embeddings_are_full_of_ties(
    assert_exact: AssertExact, data: st.DataObject, photos: int, prompts: int, names: int, dim: int
) -> None:
    def drawn(*shape: int) -> Tensor:
        size = int(np.prod(shape))
        return torch.tensor(data.draw(st.lists(VALUES, min_size=size, max_size=size))).reshape(shape)

    assert_exact(drawn(photos, dim), drawn(prompts, names, dim))
