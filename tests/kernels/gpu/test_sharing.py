"""However the work is cut and shared out, and in whatever chunks names come, the answer is the same."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

pytest.importorskip("triton")

from idia.kernels import Standing, compared, cosine_argmax, prepare_texts
from idia.kernels.gpu.rounding import RoundedNames
from idia.kernels.gpu.settling import CAPACITY, Settled, compare
from idia.kernels.gpu.support import is_interpreted, tiles_of
from idia.kernels.gpu.tiles import PADDED_NAMES, Tiles, shipped

SIZE = 32 if is_interpreted() else PADDED_NAMES
"""How many names fill a tile, or a few."""


def same(first: Settled, second: Settled) -> None:
    for name in ("indices", "similarities", "maxima", "runners_up"):
        assert torch.equal(getattr(first, name), getattr(second, name))
    left, right = first.standing().ties, second.standing().ties
    for name in ("rows", "names", "similarities"):
        assert getattr(left, name).tolist() == getattr(right, name).tolist()


def with_ties(n_names: int, dim: int = 20) -> tuple[Tensor, Tensor]:
    """Photos beside names of which many are tied, nearly tied, or too many to list."""
    drawn = (
        np.random.default_rng(seed).normal(size=shape) for seed, shape in enumerate([(20, dim), (2, n_names, dim)])
    )
    images, texts = (torch.from_numpy(each / dim**0.5).float() for each in drawn)
    texts[:, 1::7] = texts[:, :1]
    texts[0, 2:CAPACITY:3] = texts[0, n_names - 1] * (1 + 1e-7)
    images[:5], images[5:9] = 3 * texts[0, 0], 3 * texts[0, n_names - 1]
    return images, texts


def test_however_names_are_shared_out_the_answer_is_the_same(device: torch.device) -> None:
    images, texts = (each.to(device) for each in with_ties(3 * SIZE + 3))
    whole = compare(images, RoundedNames(texts), n_splits=1)
    assert whole.n_rescored >= 9

    for n_splits in (2, 3, 9):
        same(whole, compare(images, RoundedNames(texts), n_splits=n_splits))
    for block_bytes in (1, 2 * SIZE * 2 * 32 * 2):
        blocks = RoundedNames(texts, block_bytes=block_bytes)
        assert not blocks.is_one_block
        same(whole, compare(images, blocks))
        same(whole, compare(images, blocks, n_splits=2))


def cuts(device: torch.device) -> Sequence[Tiles]:
    if device.type == "cuda":
        return shipped(torch.cuda.get_device_capability(device))
    return [
        Tiles(photos=16, names=16, dims=16, has_descriptors=False),
        Tiles(photos=32, names=128, dims=32, has_descriptors=False),
        Tiles(photos=32, names=32, dims=32),
    ]


@pytest.mark.usefixtures("as_shipped")
def test_every_cut_gives_the_same_answer(device: torch.device) -> None:
    images, texts = (each.to(device) for each in with_ties(70))
    names = RoundedNames(texts)
    whole = compare(images, names, n_splits=1)

    for tiles in cuts(device):
        assert tiles != tiles_of(device) or device.type == "cuda"
        same(whole, compare(images, names, tiles=tiles))


@pytest.mark.parametrize("sizes", [(1, 69), (35, 35), (10, 60)])
def test_chunks_of_names_merge_to_the_same(sizes: tuple[int, int], device: torch.device) -> None:
    images, texts = (each.to(device) for each in with_ties(70))
    whole = compared(images, texts, impl="triton")
    wanted = compared(images.cpu(), texts.cpu(), impl="reference")

    result, start = Standing.at_start(20, 2), 0
    for size in sizes:
        part = np.arange(start, start + size)
        chunk = texts[:, start : start + size]
        result = result.merged(compared(images, chunk, impl="triton").placed(part))
        start += size

    for other in (whole, wanted):
        assert result.indices.tolist() == other.indices.tolist()
        assert result.near_ties == other.near_ties > 0
        assert result.ties.rows.tolist() == other.ties.rows.tolist()
        assert result.ties.names.tolist() == other.ties.names.tolist()
    assert result.maxima.tolist() == whole.maxima.tolist()
    assert result.runners_up.tolist() == whole.runners_up.tolist()
    assert result.similarities.tolist() == whole.similarities.tolist()
    assert result.n_compared == 2 * 40
    assert result.backend == "triton"


def test_prepared_texts_are_compared_again_and_again(device: torch.device) -> None:
    images, texts = (each.to(device) for each in with_ties(70))
    given = texts.clone()
    ready = prepare_texts(given, impl="triton")
    given.zero_()

    assert ready.backend == "triton"
    for part in (images[:3], images[3:]):
        best, wanted = cosine_argmax(part, ready), cosine_argmax(part, texts, impl="reference")
        assert best.indices.tolist() == wanted.indices.tolist()
        assert best.near_tie_rate == wanted.near_tie_rate
