"""The same answer in less time: a quick comparison passes on what may be the best, float64 decides among that."""

from collections.abc import Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Literal, final

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int64
from torch import Tensor

from idia.kernels import loops, quantised
from idia.kernels.quantised import Quantised
from idia.kernels.standing import NEAR_TIE, NO_TIES, TIE, Standing, Ties
from idia.parallel import in_order

Screen = Literal["float32", "int8"]
"""How the quick comparison is done."""

_TILE = 1 << 20  # similarities held at once by a core: 4 MiB
_MOST_NAMES = 4096  # in a tile: fewer photos than that make slow products
_MOST_PHOTOS = 1024
_ROUNDING = 2.0**-24  # relative error of one float32 operation
_MOST_DIMS = 1 << 20  # whose rounding the bound can still tell
_LONGEST = 1e15  # of vectors whose similarities float32 can hold


@final
@dataclass(frozen=True, eq=False)
class PreparedNames:
    """The names in one prompt, made ready for comparison.

    Attributes:
        exact: Their embeddings as given `[names, dim]`, float32 or float64.
        quick: The same in float32.
        longest: Length of the longest.
        rounded: The same as whole numbers, for that screen.
    """

    exact: np.ndarray
    quick: Float32[Tensor, "names dim"]
    longest: float
    rounded: Quantised | None


def is_applicable(vectors: Tensor) -> bool:
    """Whether the bounds hold for such embeddings: not where float32 products are rounded to fewer bits."""
    return (
        vectors.device.type == "cpu"
        and 0 < vectors.shape[-1] <= _MOST_DIMS
        and _multiplies_in_full()
        and (vectors.numel() == 0 or _largest(vectors) * vectors.shape[-1] ** 0.5 < _LONGEST)
    )


def prepared(names: Tensor, screen: Screen) -> PreparedNames:
    """Returns the names in one prompt `[names, dim]`, float32 or float64, made ready for comparison."""
    exact = names.contiguous().numpy()
    rounded = quantised.rounded(exact) if screen == "int8" else None
    return PreparedNames(exact, names.float().contiguous(), float(_lengths(exact).max()), rounded)


def compare(images: Tensor, prompts: Sequence[PreparedNames]) -> Standing:
    """Returns the best names, as `idia.kernels.reference.compare` does.

    Where the largest approximate similarity of a photo lies further above all others than both can be wrong, and than a
    near tie, it is the answer; otherwise every name that comes close enough is compared again in float64. A float32
    dot product of length n, added up in any order, is off by at most nu / (1 - nu) times the product of the lengths of
    the two vectors, where u is the rounding of one operation; for whole numbers see `quantised.margins`.

    Args:
        images: Embeddings of photos `[photos, dim]`, float32 or float64.
        prompts: The names in every prompt.

    Source:
        Higham, "Accuracy and Stability of Numerical Algorithms", 2nd edition (2002), section 3.1.
    """
    n_photos, n_prompts = len(images), len(prompts)
    result = Standing.at_start(n_photos, n_prompts)
    if not n_photos or not n_prompts:
        return result
    n_workers, n_names = torch.get_num_threads(), len(prompts[0].exact)
    width = min(n_names, _MOST_NAMES)
    height = max(1, min(_MOST_PHOTOS, _TILE // width, -(-n_photos // n_workers)))
    buffers: SimpleQueue[Tensor] = SimpleQueue()
    for _ in range(n_workers):
        buffers.put(torch.empty(height * width, dtype=torch.int32))

    photos = _Photos(images, is_rounded=prompts[0].rounded is not None)
    comparisons = [_Comparison(photos, names) for names in prompts]
    for first in range(0, n_names, width):
        names = slice(first, min(first + width, n_names))
        made = _Block(n_photos, n_prompts)

        def settle(tile: tuple[int, slice], names: slice = names, made: _Block = made) -> None:
            prompt, rows = tile
            buffer = buffers.get()
            try:
                made.settle(comparisons[prompt], prompt, rows, names, buffer)
            finally:  # a tile that waits for a buffer would never end
                buffers.put(buffer)

        tiles = [
            (prompt, _rows(start, height, n_photos))
            for prompt in range(n_prompts)
            for start in range(0, n_photos, height)
        ]
        with in_order(settle, tiles, n_workers) as done:
            for _ in done:
                pass
        result = result.merged(made.standing(photos, prompts, names))
    return result


@final
class _Photos:
    """Embeddings of photos in all the forms that are needed."""

    def __init__(self, images: Tensor, *, is_rounded: bool) -> None:
        self.exact = images.contiguous().numpy()
        self.quick = images.float().contiguous()
        self.lengths = _lengths(self.exact)
        self.rounded = quantised.rounded(self.exact) if is_rounded else None


@final
class _Comparison:
    """Photos and the names in one prompt, and how much an approximate comparison of the two can be wrong by."""

    def __init__(self, photos: _Photos, names: PreparedNames) -> None:
        self.photos, self.names = photos, names
        # Two roundings more: those of the embeddings themselves, where they come in float64.
        rounding = (names.exact.shape[1] + 2) * _ROUNDING
        relative = rounding / (1 - rounding) if rounding < 1 else np.inf
        self.margins = 2 * relative * photos.lengths * names.longest + NEAR_TIE + 1e-30
        self.rounded_margins, self.offsets = self.margins, np.zeros(0, np.float32)
        if photos.rounded is not None and names.rounded is not None:
            offsets = np.empty(len(names.exact))
            loops.offsets(names.exact, names.rounded.centre, photos.rounded.centre, offsets)
            self.rounded_margins = quantised.margins(photos.rounded, names.rounded, offsets) + NEAR_TIE
            self.offsets = offsets.astype(np.float32)

    def screened(self, rows: slice, part: slice, buffer: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """The names that may be the best of some photos, or nearly so, and how many they are."""
        n_rows, n_names = rows.stop - rows.start, part.stop - part.start
        names = np.empty((n_rows, loops.CAPACITY), dtype=np.int32)
        counts = np.empty(n_rows, dtype=np.int64)
        tile = buffer[: n_rows * n_names].view(n_rows, n_names)
        photos, prompt = self.photos.rounded, self.names.rounded
        if photos is None or prompt is None:
            self._screened_in_float32(self.photos.quick[rows], self.margins[rows], part, tile, names, counts)
            return names, counts
        torch._int_mm(photos.numbers[rows], prompt.numbers[part].T, out=tile)
        scales, offsets = prompt.scales[part], self.offsets[part]
        margins = self.rounded_margins[rows]
        loops.screen_products(tile.numpy(), photos.scales[rows], scales, offsets, margins, names, counts)
        crowded = np.flatnonzero(counts == loops.TOO_MANY)
        if len(crowded):
            again, n_again = np.empty((len(crowded), loops.CAPACITY), dtype=np.int32), np.empty(len(crowded), np.int64)
            images = self.photos.quick[rows][torch.from_numpy(crowded)]
            self._screened_in_float32(images, self.margins[rows][crowded], part, tile[: len(crowded)], again, n_again)
            names[crowded], counts[crowded] = again, n_again
        return names, counts

    def _screened_in_float32(
        self, images: Tensor, margins: np.ndarray, part: slice, tile: Tensor, names: np.ndarray, counts: np.ndarray
    ) -> None:
        scores = tile.view(torch.float32)
        torch.mm(images, self.names.quick[part].T, out=scores)
        loops.screen(scores.numpy(), margins, names, counts)


@final
class _Block:
    """All photos and prompts with some of the names; several tiles of it may be settled side by side."""

    def __init__(self, n_photos: int, n_prompts: int) -> None:
        shape = (n_prompts, n_photos)
        self._indices: Int64[np.ndarray, "prompts photos"] = np.empty(shape, np.int64)
        self._n_open: Int64[np.ndarray, "prompts photos"] = np.empty(shape, np.int64)
        self._similarities: Float64[np.ndarray, "prompts photos"] = np.empty(shape)
        self._maxima: Float64[np.ndarray, "prompts photos"] = np.empty(shape)
        self._runners_up: Float64[np.ndarray, "prompts photos"] = np.empty(shape)
        self._n_rescored: Int64[np.ndarray, "prompts photos"] = np.empty(shape, np.int64)

    def settle(self, comparison: _Comparison, prompt: int, rows: slice, part: slice, buffer: Tensor) -> None:
        """Finds the best of some names, in one prompt, for some photos."""
        names, counts = comparison.screened(rows, part, buffer)
        self._n_rescored[prompt, rows] = counts != 1
        loops.settle(
            comparison.photos.exact[rows],
            comparison.names.exact[part],
            names,
            counts,
            self._indices[prompt, rows],
            self._similarities[prompt, rows],
            self._maxima[prompt, rows],
            self._runners_up[prompt, rows],
            self._n_open[prompt, rows],
            TIE,
            NEAR_TIE,
        )

    def standing(self, photos: _Photos, prompts: Sequence[PreparedNames], part: slice) -> Standing:
        """The standing after these names."""
        ties = [NO_TIES]
        n_prompts = len(prompts)
        for photo, prompt in np.argwhere(self._n_open.T > 1):
            names = np.empty(self._n_open[prompt, photo], np.int64)
            values = np.empty(len(names))
            floor = self._maxima[prompt, photo] - TIE
            n = loops.open_names(photos.exact[photo], prompts[prompt].exact[part], floor, names, values)
            ties.append(Ties(np.full(n, photo * n_prompts + prompt), names[:n], values[:n]))
        made = Standing(
            np.ascontiguousarray(self._indices.T),
            np.ascontiguousarray(self._similarities.T),
            np.ascontiguousarray(self._maxima.T),
            np.ascontiguousarray(self._runners_up.T),
            Ties.joined(ties),
            n_compared=self._indices.size,
            n_rescored=int(self._n_rescored.sum()),
        )
        return made.placed(np.arange(part.start, part.stop))


def _largest(vectors: Tensor) -> float:
    lowest, highest = vectors.aminmax()
    return max(-float(lowest), float(highest))


def _multiplies_in_full() -> bool:
    """Whether float32 products are what they are called, whoever was told to round them for speed, and how."""
    # More bits than TF32, float16 and bfloat16 hold.
    number = torch.full((256, 256), 1 + 2.0**-12, dtype=torch.float32, device="cpu")
    return torch.equal(number @ torch.eye(256, dtype=torch.float32, device="cpu"), number)


def _rows(start: int, height: int, n_photos: int) -> slice:
    return slice(start, min(start + height, n_photos))


def _lengths(vectors: np.ndarray) -> Float64[np.ndarray, " vectors"]:
    lengths = np.empty(len(vectors))
    loops.lengths(vectors, lengths)
    return lengths
