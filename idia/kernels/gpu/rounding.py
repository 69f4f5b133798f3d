"""Embeddings rounded to float16 around a centre, and how much of them was lost by that."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import frexp
from typing import final

import torch
import triton
from jaxtyping import Float, Float16, Float32, Float64
from torch import Tensor

from idia.kernels.gpu import programs
from idia.kernels.gpu.support import launching_on
from idia.kernels.gpu.tiles import PADDED_DIMS, PADDED_NAMES, PADDED_PHOTOS

_BLOCK = 256 << 20  # bytes of rounded names that are held at once
_LARGEST = 14  # power of two up to which embeddings are scaled: their difference from a centre stays below 2**15

TILE_VECTORS, TILE_DIMS = 8, 256
"""How many vectors one program rounds, and how many of their dimensions at once."""


@final
@dataclass(frozen=True, eq=False)
class Rounded:
    """Vectors in groups, less the group's centre, times a power of two, rounded to float16.

    Attributes:
        halves: The rounded vectors, padded with zeros `[groups, padded, padded_dim]`.
        centres: What was taken away before `[groups, dim]`.
        scale: What they were multiplied with then.
        lengths: At least the lengths of the scaled vectors `[groups, vectors]`.
        rounded_lengths: At least the lengths of the rounded ones.
        losses: At least the lengths of the differences between the two.
    """

    halves: Float16[Tensor, "groups padded padded_dim"] = field(repr=False)
    centres: Float32[Tensor, "groups dim"] = field(repr=False)
    scale: float
    lengths: Float64[Tensor, "groups vectors"] = field(repr=False)
    rounded_lengths: Float64[Tensor, "groups vectors"] = field(repr=False)
    losses: Float64[Tensor, "groups vectors"] = field(repr=False)


@final
@dataclass(frozen=True, eq=False)
class NameBlock:
    """Names that are compared in one go, in all prompts.

    Attributes:
        rounded: Their embeddings, rounded.
        first: Which is the first of them.
        n_names: How many they are.
    """

    rounded: Rounded
    first: int
    n_names: int


@final
class RoundedNames:
    """Names in all prompts, rounded block by block so that memory does not depend on how many there are.

    Args:
        texts: Embeddings `[prompts, names, dim]`, finite and of any kind of float; one centre per prompt is taken from
            all of them.
        keeps_all: Whether to hold all of them rounded, at half of float32's size, for use with many photos.
        block_bytes: How much is held at once otherwise.
    """

    def __init__(
        self, texts: Float[Tensor, "prompts names dim"], *, keeps_all: bool = False, block_bytes: int = _BLOCK
    ) -> None:
        self.texts = texts.contiguous()
        n_prompts, n_names, dim = texts.shape
        self._centres = _mean(self.texts)
        self._scale = _scale(self.texts)
        per_name = max(n_prompts, 1) * _padded(dim, PADDED_DIMS) * 2
        size = n_names if keeps_all else max(1, block_bytes // (per_name * PADDED_NAMES)) * PADDED_NAMES
        self._parts = [range(first, min(first + size, n_names)) for first in range(0, n_names, size)]
        self._only = self._rounded(self._parts[0]) if len(self._parts) == 1 else None

    @property
    def is_one_block(self) -> bool:
        """Whether all names are compared in one go."""
        return self._only is not None

    def __iter__(self) -> Iterator[NameBlock]:
        """Yields the blocks one after the other; each is rounded when it is asked for."""
        for part in self._parts:
            yield self._only or self._rounded(part)

    def _rounded(self, part: range) -> NameBlock:
        made = _round(self.texts, self._centres, self._scale, part, PADDED_NAMES)
        return NameBlock(made, part.start, len(part))


def round_photos(images: Float[Tensor, "photos dim"]) -> Rounded:
    """Returns photos' embeddings as one group of rounded vectors.

    Args:
        images: Embeddings, finite and of any kind of float, on a device that can run Triton programs.
    """
    vectors = images.contiguous()[None]
    return _round(vectors, _mean(vectors), _scale(vectors), range(len(images)), PADDED_PHOTOS)


def round_names(texts: Float[Tensor, "prompts names dim"]) -> RoundedNames:
    """Returns all names' embeddings rounded, for use with many photos; arguments as for `RoundedNames`."""
    return RoundedNames(texts, keeps_all=True)


def offsets(
    names: RoundedNames, block: NameBlock, direction: Float32[Tensor, " dim"]
) -> Float32[Tensor, "prompts names"]:
    """Returns the products of a block of names, less their centre and scaled, with one direction."""
    texts = names.texts
    n_prompts, n_all, dim = texts.shape
    made = torch.empty((n_prompts, block.n_names), dtype=torch.float32, device=texts.device)
    grid = (triton.cdiv(block.n_names, TILE_VECTORS), n_prompts)
    with launching_on(texts.device):
        programs.offset_products[grid](
            *(texts, block.rounded.centres, direction, made, block.rounded.scale),
            *(block.first, block.n_names, n_all, dim),
            tile_vectors=TILE_VECTORS,
            tile_dims=TILE_DIMS,
            **programs.FUSED,
        )
    return made


def _round(
    vectors: Float[Tensor, "groups all dim"],
    centres: Float32[Tensor, "groups dim"],
    scale: float,
    part: range,
    multiple: int,
) -> Rounded:
    n_groups, n_all, dim = vectors.shape
    n, n_padded, padded_dim = len(part), _padded(len(part), multiple), _padded(dim, PADDED_DIMS)
    device = vectors.device
    halves = torch.empty((n_groups, n_padded, padded_dim), dtype=torch.float16, device=device)
    squares = torch.empty((3, n_groups, n), dtype=torch.float32, device=device)
    grid = (triton.cdiv(n_padded, TILE_VECTORS), n_groups)
    with launching_on(vectors.device):
        programs.round_vectors[grid](
            *(vectors, centres, halves, squares, scale, part.start, n, n_all, n_padded, dim, padded_dim),
            tile_vectors=TILE_VECTORS,
            tile_dims=TILE_DIMS,
            **programs.FUSED,
        )
    # A sum of n squares in float32 may come out smaller by n roundings; what underflows is below 2**-40 a number.
    lengths = squares.double().sqrt() * (1 + (dim + 4) * 2.0**-24) + dim**0.5 * 2.0**-40
    # The difference from the centre was rounded, too.
    return Rounded(halves, centres, scale, lengths[0], lengths[1], lengths[2] + lengths[0] * 2.0**-23)


def _mean(vectors: Float[Tensor, "groups all dim"]) -> Float32[Tensor, "groups dim"]:
    # Any centre will do, if only the same one is used everywhere.
    if vectors.dtype == torch.float64:
        return vectors.mean(dim=1).float()
    return vectors.mean(dim=1, dtype=torch.float32)


def _scale(vectors: Tensor) -> float:
    lowest, highest = vectors.aminmax()
    largest = max(-float(lowest), float(highest))
    return 2.0 ** (_LARGEST - frexp(largest)[1]) if largest else 1.0


def _padded(n: int, multiple: int) -> int:
    return -(-n // multiple) * multiple
