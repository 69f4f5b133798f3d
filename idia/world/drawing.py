"""Exact drawing: pixels covered by shapes, computed so that every processor gives the same bytes.

Tensors of pixels are laid out [rows, columns, pictures], pictures innermost: a shape touches only the rows and columns
where any of the pictures shows it, and still runs over contiguous memory. All arithmetic on pixels is elementwise and
correctly rounded by IEEE 754 (+ - * /, square root, comparisons): no transcendental functions, no sums over pixels, no
fused multiply-adds, whose last bits differ between processors.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64
from torch import Tensor

Column = Float64[np.ndarray, " pictures"] | float
"""One number for each picture, or one for all."""

Plane = Float32[Tensor, "rows columns pictures"]


def column(values: Column) -> Tensor:
    """Returns numbers, one for each picture, for arithmetic with planes."""
    return torch.from_numpy(np.asarray(values, dtype=np.float32))


def colour(values: Float64[np.ndarray, "3 pictures"]) -> Float32[Tensor, "3 1 1 pictures"]:
    """Returns colours, one for each picture, for arithmetic with pixels."""
    return torch.from_numpy(np.asarray(values, dtype=np.float32))[:, None, None]


@final
@dataclass(frozen=True, slots=True)
class Patch:
    """The part of the pictures in which a shape can be, in the shape's own coordinates.

    Attributes:
        rows: Rows of the pictures.
        columns: Columns of the pictures.
        x: First coordinate of each pixel.
        y: Second coordinate of each pixel.
        grain_x: Size of a pixel along x `[pictures]`.
        grain_y: Size of a pixel along y `[pictures]`.
    """

    rows: slice
    columns: slice
    x: Plane
    y: Plane
    grain_x: Float64[np.ndarray, " pictures"]
    grain_y: Float64[np.ndarray, " pictures"]


@final
@dataclass(frozen=True, slots=True)
class Frame:
    """A coordinate system laid over each picture: where its origin is and where its axes point, in pixels."""

    side: int
    origin_x: Float64[np.ndarray, " pictures"]
    origin_y: Float64[np.ndarray, " pictures"]
    right_x: Float64[np.ndarray, " pictures"]
    right_y: Float64[np.ndarray, " pictures"]
    down_x: Float64[np.ndarray, " pictures"]
    down_y: Float64[np.ndarray, " pictures"]

    @classmethod
    def of_pictures(cls, n_pictures: int, side: int) -> "Frame":
        """Returns the system in which a picture reaches from -1 to 1, with y downwards."""
        half = np.full(n_pictures, side / 2)
        zero = np.zeros(n_pictures)
        return cls(side, half - 0.5, half - 0.5, half, zero, zero, half)

    def at(
        self, x: Column = 0.0, y: Column = 0.0, width: Column = 1.0, height: Column = 1.0, turn: Column = 0.0
    ) -> "Frame":
        """Returns a system inside this one.

        Args:
            x: Where its origin is.
            y: Where its origin is.
            width: How long its first axis is.
            height: How long its second axis is.
            turn: Sine of the angle by which it is turned clockwise.
        """
        cosine = np.sqrt(1 - turn * turn)
        right_x = cosine * self.right_x + turn * self.down_x
        right_y = cosine * self.right_y + turn * self.down_y
        down_x = cosine * self.down_x - turn * self.right_x
        down_y = cosine * self.down_y - turn * self.right_y
        return Frame(
            self.side,
            self.origin_x + x * self.right_x + y * self.down_x,
            self.origin_y + x * self.right_y + y * self.down_y,
            width * right_x,
            width * right_y,
            height * down_x,
            height * down_y,
        )

    def patch(
        self,
        left: Column = -1.0,
        top: Column = -1.0,
        right: Column = 1.0,
        bottom: Column = 1.0,
        shown: Bool[np.ndarray, " pictures"] | None = None,
    ) -> Patch:
        """Returns the pixels in which anything between the given bounds can be, in any picture that shows it."""
        middle = self.at((left + right) / 2, (top + bottom) / 2)
        wide, high = (right - left) / 2, (bottom - top) / 2
        reach_x = np.abs(self.right_x) * wide + np.abs(self.down_x) * high + 1
        reach_y = np.abs(self.right_y) * wide + np.abs(self.down_y) * high + 1
        columns = _range(middle.origin_x, reach_x, self.side, shown)
        rows = _range(middle.origin_y, reach_y, self.side, shown)
        area = self.right_x * self.down_y - self.right_y * self.down_x
        x_per_column, x_per_row = self.down_y / area, -self.down_x / area
        y_per_column, y_per_row = -self.right_y / area, self.right_x / area
        column_at = torch.arange(columns.start, columns.stop, dtype=torch.float32)[:, None] - column(self.origin_x)
        row_at = torch.arange(rows.start, rows.stop, dtype=torch.float32)[:, None] - column(self.origin_y)
        return Patch(
            rows,
            columns,
            (row_at * column(x_per_row))[:, None] + column_at * column(x_per_column),
            (row_at * column(y_per_row))[:, None] + column_at * column(y_per_column),
            np.sqrt(x_per_column * x_per_column + x_per_row * x_per_row),
            np.sqrt(y_per_column * y_per_column + y_per_row * y_per_row),
        )


def _range(
    middle: Float64[np.ndarray, " pictures"],
    reach: Float64[np.ndarray, " pictures"],
    side: int,
    shown: Bool[np.ndarray, " pictures"] | None,
) -> slice:
    first, last = middle - reach, middle + reach
    if shown is not None:
        first, last = first[shown], last[shown]
    if not len(first):
        return slice(0, 0)
    start = min(max(int(np.floor(first.min())), 0), side)
    return slice(start, max(start, min(int(np.ceil(last.max())) + 1, side)))


@final
class Canvas:
    """Pictures being painted, back to front.

    Attributes:
        pixels: Red, green and blue in [0, 1].
    """

    def __init__(self, n_pictures: int, side: int) -> None:
        self.pixels: Float32[Tensor, "3 rows columns pictures"] = torch.zeros(3, side, side, n_pictures)

    def paint(self, patch: Patch, coverage: Plane, paint: Float32[Tensor, "3 #rows #columns pictures"]) -> None:
        """Lays a colour over the pixels of a patch, as far as they are covered."""
        under = self.pixels[:, patch.rows, patch.columns]
        change = paint - under
        change *= coverage
        under += change


def inside(distance: Plane) -> Plane:
    """Returns how far pixels are covered, from their distances in pixels to an edge, negative inside.

    The distances are overwritten.
    """
    return distance.neg_().add_(0.5).clamp_(0, 1)


def between(patch: Patch, top: Plane, bottom: Plane) -> Plane:
    """Returns how far pixels lie between two curves y(x)."""
    outside = torch.maximum(top - patch.y, patch.y - bottom)
    outside *= column(1 / patch.grain_y)
    return inside(outside)


def disc(patch: Patch, x: Column = 0.0, y: Column = 0.0, radius: Column = 1.0) -> Plane:
    """Returns how far pixels are covered by a disc, in coordinates whose units are about equal."""
    distance = length(patch.x - column(x), patch.y - column(y))
    distance -= column(radius)
    distance *= column(1 / patch.grain_x)
    return inside(distance)


def ellipse(patch: Patch) -> Plane:
    """Returns how far pixels are covered by the ellipse x² + y² = 1."""
    return inside(ellipse_distance(patch, patch.x, patch.y))


def ellipse_distance(patch: Patch, x: Plane, y: Plane, square: Column = 0.0) -> Plane:
    """Returns distances in pixels to x² + y² - square · x² y² = 1: an ellipse, or on the way to a rectangle."""
    x2, y2 = x * x, y * y
    steepness = (x2 * column(4 * patch.grain_x * patch.grain_x)).add_(y2 * column(4 * patch.grain_y * patch.grain_y))
    level = x2 + y2
    if not np.isscalar(square):
        # Limited, for the curve has other branches far away.
        level -= x2.clamp(max=1.2).mul_(y2.clamp(max=1.2)).mul_(column(square))
    level -= 1
    # A floor keeps the middle of the ellipse, where the steepness vanishes, finite.
    return level.div_(steepness.sqrt_().clamp_(min=2.0**-12))


def blob(patch: Patch) -> Plane:
    """Returns a soft spot: 1 in the middle, 0 from the ellipse x² + y² = 1 outwards."""
    falls = (patch.x * patch.x).add_(patch.y * patch.y)
    falls = falls.neg_().add_(1).clamp_(min=0)
    return falls.mul_(falls)


def wave(phase: Plane) -> Plane:
    """Returns a triangular wave in [-1, 1] of period 1; 1 where the phase is whole."""
    return (phase - phase.floor()).sub_(0.5).abs_().mul_(4).sub_(1)


def swell(phase: Plane) -> Plane:
    """Returns a wave like `wave`, but round."""
    waves = wave(phase)
    return (waves * waves).mul_(-0.5).add_(1.5).mul_(waves)


def length(x: Plane, y: Plane) -> Plane:
    """Returns how far points are from the origin."""
    return (x * x).add_(y * y).sqrt_()
