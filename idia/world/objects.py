"""Pictures of objects: twelve shapes in ten colours."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

from idia.world.background import paint_background
from idia.world.batches import in_batches
from idia.world.camera import photographed
from idia.world.drawing import Canvas, Frame, Patch, Plane, colour, column, inside, length
from idia.world.things import SHAPES, Things, things

# Directions of the lines of a star and middles of the petals of a flower.
_PENTAGRAM = (
    (0.0, 1.0),
    (0.9510565, 0.3090170),
    (0.5877853, -0.8090170),
    (-0.5877853, -0.8090170),
    (-0.9510565, 0.3090170),
)
_PETALS = ((0.0, -0.60), (0.5706, -0.1854), (0.3527, 0.4854), (-0.3527, 0.4854), (-0.5706, -0.1854))


def render_objects(
    seed: int, objects: Int64[np.ndarray, " pictures"], side: int = 32
) -> UInt8[Tensor, "pictures 3 side side"]:
    """Returns pictures of objects, each depending on its own number alone.

    Args:
        seed: Of the world, in [0, 2**64).
        objects: Which pictures, by number from 0.
        side: Pixels a side, in [16, 256].

    Raises:
        SettingError: A number is out of range.
    """
    what = things(seed, objects)
    # Pictures of the same shape are drawn together.
    order = np.argsort(what.shape, kind="stable")
    return in_batches(order, side, lambda rows: _drawn(what.taken(rows), side))


def _drawn(what: Things, side: int) -> UInt8[Tensor, "pictures 3 side side"]:
    n_pictures = len(what.shape)
    canvas, picture = Canvas(n_pictures, side), Frame.of_pictures(n_pictures, side)
    paint_background(
        canvas,
        picture,
        what.background,
        what.backdrop,
        what.backdrop_end,
        what.backdrop_accent,
        what.backdrop_turn,
        what.backdrop_phase,
    )
    frame = picture.at(what.x, what.y, what.radius, what.radius, what.roll)
    for number in np.unique(what.shape):
        shown = what.shape == number
        _paint_shape(canvas, frame.at(0.10, 0.12), int(number), shown * 0.30, what.paint * 0.0)
        _paint_shape(canvas, frame, int(number), shown * 1.0, what.paint, what)
    return photographed(
        canvas,
        picture,
        light_x=what.light_x,
        light_y=what.light_y,
        gains=what.gains,
        contrast=what.contrast,
        blur=what.blur,
        noise=what.noise,
        grey=np.zeros(n_pictures),
        grain=what.grain,
    )


def _paint_shape(
    canvas: Canvas, frame: Frame, number: int, opacity: np.ndarray, paint: np.ndarray, lit: Things | None = None
) -> None:
    patch = frame.patch(-1.2, -1.2, 1.2, 1.2, opacity > 0)
    distance = _DISTANCES[SHAPES[number]](patch).mul_(column(1 / patch.grain_x))
    surface = colour(paint)
    if lit is not None:
        shade = (patch.x * column(0.08 + lit.light_x)).add_(patch.y * column(lit.light_y - 0.08)).add_(0.97)
        surface = surface * shade
    canvas.paint(patch, inside(distance).mul_(column(opacity)), surface)


def _circle(patch: Patch) -> Plane:
    return length(patch.x, patch.y).sub_(0.95)


def _square(patch: Patch) -> Plane:
    return patch.x.abs().maximum(patch.y.abs()).sub_(0.86)


def _triangle(patch: Patch) -> Plane:
    return (patch.x.abs() * 0.87).sub_(patch.y * 0.493).sub_(0.493).maximum(patch.y - 0.8)


def _star(patch: Patch) -> Plane:
    """A pentagram: its points are beyond at most one of the five lines that it is drawn with."""
    largest = second = torch.full_like(patch.x, -9)
    for x, y in _PENTAGRAM:
        beyond = (patch.x * x).add_(patch.y * y)
        second = torch.maximum(second, torch.minimum(largest, beyond))
        largest = torch.maximum(largest, beyond)
    return second.sub_(0.355)


def _heart(patch: Patch) -> Plane:
    """Two discs and a square that stands on its corner."""
    x = patch.x.abs()
    lobe = length(x - 0.46, patch.y + 0.33).sub_(0.52)
    tip = (x * 0.7808).add_((patch.y - 0.93) * 0.6247)
    roof = (patch.y * -1).sub_(0.33)
    wedge = tip.maximum(roof).maximum(x - 0.98)
    return lobe.minimum(wedge)


def _cross(patch: Patch) -> Plane:
    x, y = patch.x.abs(), patch.y.abs()
    return (x - 0.30).maximum(y - 0.95).minimum((y - 0.30).maximum(x - 0.95))


def _ring(patch: Patch) -> Plane:
    return length(patch.x, patch.y).sub_(0.70).abs_().sub_(0.25)


def _crescent(patch: Patch) -> Plane:
    return length(patch.x, patch.y).sub_(0.95).maximum(0.80 - length(patch.x - 0.45, patch.y + 0.12))


def _diamond(patch: Patch) -> Plane:
    return (patch.x.abs() * 0.8).add_(patch.y.abs() * 0.6).sub_(0.60)


def _arrow(patch: Patch) -> Plane:
    """Points to the right."""
    y = patch.y.abs()
    shaft = (y - 0.24).maximum(patch.x.add(0.40).abs_().sub_(0.56))
    head = (patch.x * 0.7071).add_(y * 0.7071).sub_(0.68).maximum((patch.x * -1).add_(0.05))
    return shaft.minimum(head)


def _hourglass(patch: Patch) -> Plane:
    x, y = patch.x.abs(), patch.y.abs()
    return (x * 0.8).sub_(y * 0.6).sub_(0.10).maximum(y - 0.92)


def _flower(patch: Patch) -> Plane:
    """Five petals and a hole in the middle."""
    petals = [length(patch.x - px, patch.y - py).sub_(0.36) for px, py in _PETALS]
    nearest = petals[0]
    for petal in petals[1:]:
        nearest = nearest.minimum(petal)
    return nearest.maximum(0.20 - length(patch.x, patch.y))


_DISTANCES: dict[str, Callable[[Patch], Plane]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "heart": _heart,
    "cross": _cross,
    "ring": _ring,
    "crescent": _crescent,
    "diamond": _diamond,
    "arrow": _arrow,
    "hourglass": _hourglass,
    "flower": _flower,
}
