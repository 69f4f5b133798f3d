"""What is behind people and things."""

import numpy as np
import torch
from jaxtyping import Bool

from idia.world.circumstances import BACKGROUNDS
from idia.world.drawing import Canvas, Frame, colour, column, inside, length, wave
from idia.world.identity import Choices, Colours, Numbers


def paint_background(
    canvas: Canvas,
    picture: Frame,
    kind: Choices,
    start: Colours,
    end: Colours,
    accent: Colours,
    turn: Numbers,
    phase: Numbers,
) -> None:
    """Paints all pixels: a wall, stripes, lights out of focus, a room or a horizon.

    Args:
        canvas: Empty pictures.
        picture: Their coordinates.
        kind: Which of `BACKGROUNDS`.
        start: Colour at one end of a gradient.
        end: Colour at the other end.
        accent: Another colour: of stripes, lights and frames on the wall.
        turn: Sine of the angle of gradient and stripes.
        phase: Moves stripes and lights, in [0, 1).
    """
    patch = picture.at(0, 0, 1, 1, turn).patch(-1.5, -1.5, 1.5, 1.5)
    share = (patch.y * 0.45).add_(0.5).clamp_(0, 1)
    level = kind == BACKGROUNDS.index("horizon")
    if level.any():
        below = (patch.y - column(phase * 0.8 - 0.5)).mul_(column(1 / patch.grain_y)).add_(0.5).clamp_(0, 1)
        share += (below - share).mul_(column(level * 0.55))
    canvas.paint(patch, torch.ones_like(share), colour(start))
    canvas.paint(patch, share, colour(end))
    striped = kind == BACKGROUNDS.index("stripes")
    if striped.any():
        bands = wave(patch.x * column(1.0 + 2.2 * phase) + column(phase)).mul_(6).clamp_(-1, 1).mul_(0.5).add_(0.5)
        canvas.paint(patch, bands.mul_(column(striped * 0.65)), colour(accent))
    lit = kind == BACKGROUNDS.index("lights")
    if lit.any():
        _paint_lights(canvas, picture, lit, accent, end, phase)
    room = kind == BACKGROUNDS.index("room")
    if room.any():
        _paint_room(canvas, picture, room, accent, turn, phase)


def _paint_lights(
    canvas: Canvas, picture: Frame, lit: Bool[np.ndarray, " pictures"], accent: Colours, end: Colours, phase: Numbers
) -> None:
    for number in range(7):
        spread = phase * (1.3 + 0.37 * number) + 0.381 * number
        x = 2.2 * (spread - np.floor(spread)) - 1.1
        height = phase * (2.1 + 0.53 * number) + 0.618 * number
        y = 1.7 * (height - np.floor(height)) - 1.15
        radius = 0.13 + 0.045 * (number % 4)
        patch = picture.at(x, y, radius, radius).patch(-1.2, -1.2, 1.2, 1.2, lit)
        distance = length(patch.x, patch.y).sub_(1).mul_(column(1 / patch.grain_x))
        light = accent if number % 3 else 0.5 * (end + 0.9)
        canvas.paint(patch, inside(distance).mul_(column(lit * 0.55)), colour(light))


def _paint_room(
    canvas: Canvas, picture: Frame, room: Bool[np.ndarray, " pictures"], accent: Colours, turn: Numbers, phase: Numbers
) -> None:
    """A frame or a window on the wall, on either side."""
    side = np.where(turn < 0, -1.0, 1.0)
    patch = picture.at(side * (0.62 + 0.3 * phase), -0.45, 0.42, 0.62).patch(-1.2, -1.2, 1.2, 1.2, room)
    frame = (patch.x.abs()).maximum(patch.y.abs())
    outer = inside((frame - 1).mul_(column(1 / patch.grain_x))).mul_(column(room * 0.85))
    canvas.paint(patch, outer, colour(accent * 0.55))
    inner = inside((frame - 0.84).mul_(column(1 / patch.grain_x))).mul_(column(room * 0.9))
    light = (patch.y * -0.15).add_(0.95)
    canvas.paint(patch, inner, colour(accent * 0.5 + 0.42) * light)
