"""The quick comparison: which name is probably best for each photo and prompt, and how close the others come."""

from dataclasses import dataclass
from typing import Final, final

import torch
from jaxtyping import Bool, Float32, Float64, Int32
from torch import Tensor

from idia.kernels.gpu import programs
from idia.kernels.gpu.rounding import NameBlock, Rounded, RoundedNames, offsets
from idia.kernels.gpu.support import launching_on, multiprocessors, tiles_of
from idia.kernels.gpu.tiles import Tiles
from idia.kernels.standing import NEAR_TIE

NO_NAME: Final = -8.0
"""The offset of a place without a name: no such value reaches any other."""

_MIDDLE = 3.0  # of the interval in which values lie
_VALUE = 2.0**-20  # what two values can be wrong by through their own few float32 operations
_STEP = 2.0**-22  # relative error of adding a product to a sum: matrix units may truncate


@final
@dataclass(frozen=True, eq=False)
class Comparison:
    """Photos beside names, and how far apart the values of two names must lie to be told apart.

    A value is 3 plus the scaled similarity of a photo with a name, less what is the same for all names, over the
    largest that it can be.

    Attributes:
        photos: The photos.
        names: The names.
        direction: The photos' centre, scaled as they are `[dim]`.
        gain: What products of rounded vectors are multiplied with `[1]`.
        margins: Of two names whose values differ by more, that with the larger value is more similar, and by more than
            `NEAR_TIE` `[prompts, photos]`.
    """

    photos: Rounded
    names: RoundedNames
    direction: Float32[Tensor, " dim"]
    gain: Float32[Tensor, " one"]
    margins: Float64[Tensor, "prompts photos"]
    _only_products: Float32[Tensor, "prompts names"] | None = None

    @classmethod
    def of(cls, photos: Rounded, names: RoundedNames) -> "Comparison":
        """Returns photos beside names.

        For any centres m and c, <x, t> = <x - m, t - c> + <m, t - c> + <x, c>. The last term is the same for all names,
        the second one an offset; the first is approximated by that of the rounded vectors, and wrong by at most
        |loss of x| |t - c| + |rounded x| |loss of t| (Cauchy-Schwarz), and by what is lost in adding up: at most 2**-22
        of the product of their lengths for each dimension.
        """
        direction = photos.centres[0] * photos.scale
        dim = len(direction)
        scale = photos.scale
        products = torch.zeros((), dtype=torch.float32, device=direction.device)
        largest_offset = longest = rounded = lost = products.double()
        for block in names:
            scale = photos.scale * block.rounded.scale
            products = offsets(names, block, direction)
            largest_offset = torch.maximum(largest_offset, products.abs().amax().double())
            longest = torch.maximum(longest, block.rounded.lengths.amax(dim=1))
            rounded = torch.maximum(rounded, block.rounded.rounded_lengths.amax(dim=1))
            lost = torch.maximum(lost, block.rounded.losses.amax(dim=1))
        adding = _STEP * (dim + 64) * photos.rounded_lengths * rounded[:, None]
        # Offsets are added up in float64.
        offset = 2.0**-50 * (dim + 8) * direction.double().norm() * longest[:, None]
        error = photos.losses * longest[:, None] + photos.rounded_lengths * lost[:, None] + adding + offset
        reach = photos.rounded_lengths.amax() * rounded.amax() * (1 + _STEP * (dim + 64)) + largest_offset
        reach = reach * 1.001 + 1e-30
        margins = (2 * error + NEAR_TIE * scale) / reach + _VALUE
        gain = (1 / reach).float()[None]
        return cls(photos, names, direction, gain, margins, products if names.is_one_block else None)

    def offsets(self, block: NameBlock) -> Float32[Tensor, "prompts padded"]:
        """Returns what is to be added to the scaled products of a block of names."""
        rounded = block.rounded.halves
        made = torch.full(rounded.shape[:2], NO_NAME, dtype=torch.float32, device=rounded.device)
        products = self._only_products
        if products is None:
            products = offsets(self.names, block, self.direction)
        made[:, : block.n_names] = products * self.gain + _MIDDLE
        return made


@final
@dataclass(frozen=True, eq=False)
class Screened:
    """What the quick comparison found.

    Attributes:
        tops: The largest value, or slightly less `[prompts, photos]`.
        indices: The name that has it.
        rests: No other name has a larger value.
    """

    tops: Float32[Tensor, "prompts photos"]
    indices: Int32[Tensor, "prompts photos"]
    rests: Float32[Tensor, "prompts photos"]

    def unsettled(self, margins: Float64[Tensor, "prompts photos"]) -> Bool[Tensor, "prompts photos"]:
        """Where another name may be the best, or nearly as good as it."""
        return self.tops.double() - self.rests.double() <= margins

    def merged(self, other: "Screened") -> "Screened":
        """Returns what would have been found among both's names."""
        is_ahead = self.tops >= other.tops
        behind = torch.minimum(self.tops, other.tops)
        # The smaller of two `tops` may be less than the value it stands for: its successor within a tile is not.
        behind = (behind.view(torch.int32) | (_MOST_IN_TILE - 1)).view(torch.float32)
        return Screened(
            torch.maximum(self.tops, other.tops),
            torch.where(is_ahead, self.indices, other.indices),
            torch.maximum(behind, torch.maximum(self.rests, other.rests)),
        )


_MOST_IN_TILE = 256


def screen(
    comparison: Comparison, block: NameBlock, *, tiles: Tiles | None = None, n_splits: int | None = None
) -> Screened:
    """Returns the best of a block of names by the quick comparison.

    Args:
        comparison: What is compared.
        block: The names.
        tiles: How to cut the work; by default as for this device.
        n_splits: Among how many programs the names of a tile of photos are shared out; by default as many as it takes
            to keep all multiprocessors busy.
    """
    halves, right = comparison.photos.halves[0], block.rounded.halves
    device, n_photos = halves.device, comparison.photos.losses.shape[1]
    tiles = tiles or tiles_of(device)
    n_prompts, n_padded, dim = right.shape
    # Fewer rows than were allocated, where the tiles are smaller.
    n_rows = -(-n_photos // tiles.photos) * tiles.photos
    busy = multiprocessors(device) * tiles.per_multiprocessor
    n_splits = n_splits or shared_out(n_rows // tiles.photos * n_prompts, n_padded // tiles.names, busy)
    n_jobs = n_rows // tiles.photos * n_prompts * n_splits

    def empty(kind: torch.dtype) -> Tensor:
        return torch.empty((n_prompts, n_splits, n_rows), dtype=kind, device=device)

    tops, indices, rests = empty(torch.float32), empty(torch.int32), empty(torch.float32)
    left, names = halves, right.view(-1, dim)
    if tiles.has_descriptors:
        from triton.tools.tensor_descriptor import TensorDescriptor

        left = TensorDescriptor.from_tensor(left, [tiles.photos, tiles.dims])
        names = TensorDescriptor.from_tensor(names, [tiles.names, tiles.dims])
    with launching_on(halves.device):
        programs.screen[(min(n_jobs, busy),)](
            *(left, names, comparison.offsets(block), comparison.gain, tops, indices, rests),
            *(n_rows, n_padded, n_splits, n_jobs, dim),
            tile_photos=tiles.photos,
            tile_names=tiles.names,
            tile_dims=tiles.dims,
            has_descriptors=tiles.has_descriptors,
            num_warps=tiles.warps,
            num_stages=tiles.stages,
            **programs.FUSED,
        )
    parts = [
        Screened(tops[:, split, :n_photos], indices[:, split, :n_photos] + block.first, rests[:, split, :n_photos])
        for split in range(n_splits)
    ]
    together = parts[0]
    for part in parts[1:]:
        together = together.merged(part)
    return together


def shared_out(n_jobs: int, n_tiles: int, n_programs: int) -> int:
    """Returns among how many programs to share out the tiles of a job, so that no program is idle.

    >>> shared_out(12, 1000, 132), shared_out(1000, 1000, 132), shared_out(1, 3, 132)
    (11, 1, 3)
    """
    return max(1, min(n_tiles, n_programs // max(n_jobs, 1)))
