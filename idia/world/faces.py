"""Photos of people who do not exist."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Int64, UInt8
from torch import Tensor

from idia.world.background import paint_background
from idia.world.batches import in_batches
from idia.world.camera import photographed
from idia.world.circumstances import OCCLUDERS, Circumstances, circumstances
from idia.world.clothing import paint_clothes
from idia.world.drawing import colour, column, inside, length
from idia.world.features import paint_beard, paint_eyes, paint_glasses, paint_mouth, paint_nose
from idia.world.hair import paint_hair_before, paint_hair_behind
from idia.world.head import paint_earrings, paint_ears, paint_face, paint_neck
from idia.world.identity import Identity, identities
from idia.world.scene import Scene

_LAYERS: tuple[Callable[[Scene], None], ...] = (
    paint_hair_behind,
    paint_neck,
    paint_clothes,
    paint_ears,
    paint_face,
    paint_beard,
    paint_nose,
    paint_mouth,
    paint_eyes,
    paint_hair_before,
    paint_glasses,
    paint_earrings,
)


def render_people(
    seed: int, people: Int64[np.ndarray, " pictures"], photos: Int64[np.ndarray, " pictures"], side: int = 32
) -> UInt8[Tensor, "pictures 3 side side"]:
    """Returns photos of people.

    A picture depends on its own person and photo alone: not on the other pictures, the number of threads or the
    processor.

    Args:
        seed: Of the world, in [0, 2**64).
        people: Who is on each picture, by number from 0.
        photos: Which photo of that person it is, by number from 0.
        side: Pixels a side, in [16, 256].

    Raises:
        SettingError: A number is out of range, or there are not as many photos as people.
    """
    who = identities(seed, people)
    how = circumstances(seed, people, photos, who)
    # Pictures with the same features are drawn together, so that features none of them has are skipped.
    order = np.lexsort((how.glasses > 0, who.beard, how.background, who.hair_style))
    return in_batches(order, side, lambda rows: _drawn(who.taken(rows), how.taken(rows), side))


def _drawn(who: Identity, how: Circumstances, side: int) -> UInt8[Tensor, "pictures 3 side side"]:
    scene = Scene.of(who, how, side)
    paint_background(
        scene.canvas,
        scene.picture,
        how.background,
        how.backdrop,
        how.backdrop_end,
        how.backdrop_accent,
        how.backdrop_turn,
        how.backdrop_phase,
    )
    for paint in _LAYERS:
        paint(scene)
    _paint_occluder(scene)
    return photographed(
        scene.canvas,
        scene.picture,
        light_x=how.light_x,
        light_y=how.light_y,
        gains=how.gains,
        contrast=how.contrast,
        blur=how.blur,
        noise=how.noise,
        grey=how.grey,
        grain=how.grain,
    )


def _paint_occluder(scene: Scene) -> None:
    """Something between the person and the camera."""
    how = scene.how
    shown = how.occluder > 0
    if not shown.any():
        return
    bar = how.occluder == OCCLUDERS.index("bar")
    size = how.occluder_size
    frame = scene.picture.at(
        how.occluder_x, how.occluder_y, np.where(bar, 4.0, size), np.where(bar, 0.35, 1.0) * size, how.occluder_turn
    )
    patch = frame.patch(-1.1, -1.1, 1.1, 1.1, shown)
    box = ((patch.x.abs() - 1) * column(1 / patch.grain_x)).maximum((patch.y.abs() - 1) * column(1 / patch.grain_y))
    circle = length(patch.x, patch.y).sub_(1).mul_(column(1 / patch.grain_x))
    round_ = column((how.occluder == OCCLUDERS.index("disc")) * 1.0)
    coverage = inside(box + (circle - box) * round_).mul_(column(shown * 1.0))
    shade = (patch.x * 0.1).sub_(patch.y * 0.12).add_(0.95)
    scene.canvas.paint(patch, coverage, colour(how.occluder_colour) * shade)
