"""The exact answer on the device: what the quick comparison leaves open is collected and compared in float64."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import torch
import triton
from jaxtyping import Float, Float32, Float64, Int64
from torch import Tensor

from idia.kernels import reference
from idia.kernels.gpu import programs
from idia.kernels.gpu.rounding import RoundedNames, round_photos
from idia.kernels.gpu.screening import Comparison, Screened, screen, shared_out
from idia.kernels.gpu.support import launching_on, multiprocessors, tiles_of
from idia.kernels.gpu.tiles import Tiles
from idia.kernels.standing import NEAR_TIE, NO_TIES, TIE, Standing, Ties, decided

CAPACITY: Final = 64
"""How many names may remain for a photo and a prompt; where there are more, all names are compared in float64."""

TILE_PAIRS, TILE_DIMS = 4, 256
"""How many pairs one program compares in float64, and how many of their dimensions at once."""

COLLECTED: Final = Tiles(photos=64, names=64, stages=3, has_descriptors=False)
"""How names that remain are collected: larger tiles do not fit into registers."""

_ROWS = 1 << 16  # pairs of photo and prompt whose names are collected at once
_NAMES = 1 << 16  # names compared in full at once
_LOWEST_FLOOR = 1.5  # above what stands where there is no name, below every value


@final
@dataclass(frozen=True, eq=False)
class Settled:
    """The exact answer, on the device; as `Standing` has it, but prompt by prompt.

    Attributes:
        indices: The lowest index within `TIE` of the maximum `[prompts, photos]`.
        similarities: Its similarity.
        maxima: The largest similarity.
        runners_up: The second largest where it lies within `NEAR_TIE` of the maximum, otherwise -inf.
        ties: Rows (photo times prompts plus prompt), names and similarities of all that is tied with another name.
        n_rescored: For how many pairs of photo and prompt several names were compared in float64.
    """

    indices: Int64[Tensor, "prompts photos"]
    similarities: Float64[Tensor, "prompts photos"]
    maxima: Float64[Tensor, "prompts photos"]
    runners_up: Float64[Tensor, "prompts photos"]
    ties: tuple[Ties, ...]
    n_rescored: int

    def standing(self) -> Standing:
        """Returns the same on the host, to be merged with that of other names."""
        n_prompts, n_photos = self.indices.shape
        maxima = _on_host(self.maxima)
        _, _, ties = decided(Ties.joined([NO_TIES, *self.ties]), maxima)
        return Standing(
            *(_on_host(self.indices), _on_host(self.similarities), maxima, _on_host(self.runners_up), ties),
            n_compared=n_prompts * n_photos,
            n_rescored=self.n_rescored,
        )


def compare(
    images: Float[Tensor, "photos dim"], names: RoundedNames, *, tiles: Tiles | None = None, n_splits: int | None = None
) -> Settled:
    """Returns the best names, as `idia.kernels.reference.compare` does.

    Args:
        images: Embeddings of at least one photo, finite and of any kind of float.
        names: The names in at least one prompt.
        tiles: How to cut the work; by default as for this device.
        n_splits: Among how many programs the names of a tile of photos are shared out.
    """
    images = images.contiguous()
    comparison = Comparison.of(round_photos(images), names)
    screened: Screened | None = None
    for block in names:
        found = screen(comparison, block, tiles=tiles, n_splits=n_splits)
        screened = found if screened is None else screened.merged(found)
    assert screened is not None
    made = _of_the_best(images, names.texts, screened)
    is_open = screened.unsettled(comparison.margins)
    if names.texts.shape[1] == 1:  # nobody else can be chosen
        is_open = torch.zeros_like(is_open)
    prompts, photos = is_open.nonzero(as_tuple=True)
    floors = (screened.tops.double() - comparison.margins).clamp(min=_LOWEST_FLOOR).float()
    # Rounding to float32 must not raise a floor.
    floors = torch.nextafter(floors, torch.zeros((), device=floors.device))[prompts, photos]
    ties: list[Ties] = []
    for start in range(0, len(photos), _ROWS):
        part = slice(start, start + _ROWS)
        open_rows = _Open(prompts[part], photos[part], floors[part])
        ties += open_rows.settle(images, comparison, made, tiles or tiles_of(images.device), n_splits)
    return Settled(made.indices, made.similarities, made.maxima, made.runners_up, tuple(ties), len(photos))


@final
@dataclass(frozen=True, eq=False)
class _Open:
    """Pairs of prompt and photo that the quick comparison leaves open, sorted by prompt, and their floors."""

    prompts: Int64[Tensor, " rows"]
    photos: Int64[Tensor, " rows"]
    floors: Float32[Tensor, " rows"]

    def settle(
        self, images: Tensor, comparison: Comparison, made: Settled, tiles: Tiles, n_splits: int | None
    ) -> Iterator[Ties]:
        """Writes their answers into what was made so far, and yields the ties among them."""
        texts = comparison.names.texts
        n_prompts, n_names, _ = texts.shape
        found, counts = self._collected(comparison, tiles, n_splits)
        is_crowded = (counts > CAPACITY).any(dim=0)
        is_name = torch.arange(CAPACITY, device=counts.device) < counts[:, :, None]
        is_name = (is_name & ~is_crowded[:, None]).transpose(0, 1).flatten(1)
        found = found.transpose(0, 1).flatten(1).long()
        row, place = is_name.nonzero(as_tuple=True)
        name = found[row, place]
        values = torch.full(is_name.shape, -torch.inf, dtype=torch.float64, device=texts.device)
        values[row, place] = exact_similarities(images, texts, self.photos[row], self.prompts[row] * n_names + name)

        best = values.argmax(dim=1, keepdim=True)
        maxima = values.gather(1, best)
        runners_up = values.scatter(1, best, -torch.inf).amax(dim=1)
        is_tied = values >= maxima - TIE
        first = torch.where(is_tied, found, n_names).argmin(dim=1, keepdim=True)
        plain = ~is_crowded
        at = self.prompts[plain], self.photos[plain]
        made.indices[at] = found.gather(1, first)[plain, 0]
        made.similarities[at] = values.gather(1, first)[plain, 0]
        made.maxima[at] = maxima[plain, 0]
        made.runners_up[at] = torch.where(runners_up >= maxima[:, 0] - NEAR_TIE, runners_up, -torch.inf)[plain]

        is_tied &= (is_tied.sum(dim=1, keepdim=True) > 1) & plain[:, None]
        row, place = is_tied.nonzero(as_tuple=True)
        if len(row):
            pairs = self.photos[row] * n_prompts + self.prompts[row]
            yield Ties(*(_numpy(each) for each in (pairs, found[row, place], values[row, place])))
        yield from _compared_in_full(images, texts, self.prompts[is_crowded], self.photos[is_crowded], made)

    def _collected(self, comparison: Comparison, tiles: Tiles, n_splits: int | None) -> tuple[Tensor, Tensor]:
        """Names that reach the floors `[splits, rows, CAPACITY]`, and how many they are `[splits, rows]`."""
        device, n_rows = self.photos.device, len(self.photos)
        height, width = min(tiles.photos, COLLECTED.photos), min(tiles.names, COLLECTED.names)
        halves = comparison.photos.halves[0]
        per_prompt = torch.bincount(self.prompts, minlength=len(comparison.margins)).tolist()
        starts, stops, prompts = _blocks(per_prompt, height)
        blocks = [torch.from_numpy(each).to(device) for each in (starts, stops, prompts)]
        rows = self.photos.int()
        counts = found = torch.empty(0)
        for block in comparison.names:
            right = block.rounded.halves
            _, n_padded, dim = right.shape
            if not counts.numel():
                n_splits = n_splits or shared_out(len(starts), n_padded // width, multiprocessors(device))
                found = torch.empty((n_splits, n_rows, CAPACITY), dtype=torch.int32, device=device)
                counts = torch.zeros((n_splits, n_rows), dtype=torch.int32, device=device)
            with launching_on(rows.device):
                programs.collect[(len(starts), n_splits)](
                    *(halves, right, comparison.offsets(block), comparison.gain),
                    *(rows, self.floors, *blocks, found, counts),
                    *(block.first, n_rows, n_padded, n_splits, CAPACITY, dim),
                    tile_photos=height,
                    tile_names=width,
                    tile_dims=min(tiles.dims, COLLECTED.dims),
                    num_warps=COLLECTED.warps,
                    num_stages=COLLECTED.stages,
                    **programs.FUSED,
                )
        return found, counts


def exact_similarities(
    images: Float[Tensor, "photos dim"],
    texts: Float[Tensor, "prompts names dim"],
    photo_rows: Int64[Tensor, " pairs"],
    text_rows: Int64[Tensor, " pairs"],
) -> Float64[Tensor, " pairs"]:
    """Returns the float64 dot products of pairs of a photo and a text, the latter counted over all prompts."""
    exact = torch.empty(len(photo_rows), dtype=torch.float64, device=images.device)
    if len(exact):
        with launching_on(images.device):
            programs.similarities[(triton.cdiv(len(exact), TILE_PAIRS),)](
                *(images, texts, photo_rows.contiguous(), text_rows.contiguous(), exact, len(exact), images.shape[1]),
                tile_pairs=TILE_PAIRS,
                tile_dims=TILE_DIMS,
                **programs.FUSED,
            )
    return exact


def _of_the_best(images: Tensor, texts: Tensor, screened: Screened) -> Settled:
    """The answer as it is wherever nothing is open."""
    n_prompts, n_names, _ = texts.shape
    indices = screened.indices.long()
    # Photo by photo: its prompts find its embedding where the one before left it.
    texts_of = (indices + torch.arange(n_prompts, device=indices.device)[:, None] * n_names).T
    photos = torch.arange(len(texts_of), device=indices.device)[:, None].expand_as(texts_of)
    exact = exact_similarities(images, texts, photos.reshape(-1), texts_of.reshape(-1)).view_as(texts_of).T
    exact = exact.contiguous()
    return Settled(indices, exact, exact.clone(), torch.full_like(exact, -torch.inf), (), 0)


def _compared_in_full(images: Tensor, texts: Tensor, prompts: Tensor, photos: Tensor, made: Settled) -> Iterator[Ties]:
    """Settles pairs with too many names left."""
    n_prompts = len(texts)
    for prompt in torch.unique(prompts).tolist():
        rows = photos[prompts == prompt]
        standing = Standing.at_start(len(rows), 1)
        for first in range(0, texts.shape[1], _NAMES):
            names = texts[prompt : prompt + 1, first : first + _NAMES]
            part = reference.compare(images[rows], names)
            standing = standing.merged(part.placed(np.arange(first, first + names.shape[1])))
        for target, source in (
            (made.indices, standing.indices),
            (made.similarities, standing.similarities),
            (made.maxima, standing.maxima),
            (made.runners_up, standing.runners_up),
        ):
            target[prompt, rows] = torch.from_numpy(source[:, 0]).to(target.device)
        ties = standing.ties
        yield Ties(_numpy(rows)[ties.rows] * n_prompts + prompt, ties.names, ties.similarities)


def _blocks(per_prompt: list[int], height: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cuts rows into blocks of at most some height, none of which has rows of two prompts."""
    ends = np.cumsum(per_prompt)
    parts = [
        (start, min(start + height, end), prompt)
        for prompt, (end, size) in enumerate(zip(ends, per_prompt, strict=True))
        for start in range(end - size, end, height)
    ]
    starts, stops, prompts = np.array(parts, dtype=np.int32).reshape(-1, 3).T
    return np.ascontiguousarray(starts), np.ascontiguousarray(stops), np.ascontiguousarray(prompts)


def _on_host(tensor: Tensor) -> np.ndarray:
    return _numpy(tensor.T.contiguous())


def _numpy(tensor: Tensor) -> np.ndarray:
    array: np.ndarray = tensor.cpu().numpy()
    return array
