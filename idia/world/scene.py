"""Photos of people in the making: who is on them, how they are taken, and where on them things are."""

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from idia.world.circumstances import Circumstances
from idia.world.drawing import Canvas, Column, Frame, blob, column
from idia.world.identity import Identity, Numbers

_TURNS = 0.80  # how far a turn of the head moves what is on its front
_NODS = 0.55


@final
@dataclass(frozen=True, slots=True)
class Scene:
    """Photos being painted.

    Attributes:
        who: Who is on each.
        how: How each is taken.
        canvas: What is painted already.
        picture: The picture's own coordinates, in [-1, 1].
        head: Coordinates of the head: its middle is the origin, y points to the chin.
        body: Coordinates of neck and shoulders, which turn less than the head.
        relief: How much lighter or darker than its colour each pixel of the skin is.
    """

    who: Identity
    how: Circumstances
    canvas: Canvas
    picture: Frame
    head: Frame
    body: Frame
    relief: Float32[Tensor, "rows columns pictures"]

    @classmethod
    def of(cls, who: Identity, how: Circumstances, side: int) -> "Scene":
        """Returns empty pictures."""
        n_pictures = len(how.scale)
        picture = Frame.of_pictures(n_pictures, side)
        x, y = how.x, how.y - 0.02
        head = picture.at(x, y, how.scale, how.scale, how.roll)
        body = picture.at(x, y, how.scale, how.scale, how.roll * 0.25)
        relief = torch.zeros(side, side, n_pictures)
        return cls(who, how, Canvas(n_pictures, side), picture, head, body, relief)

    def on_face(
        self,
        x: Column,
        y: Column,
        width: Column,
        height: Column,
        turn: Column = 0.0,
        bulge: Column = 0.0,
    ) -> Frame:
        """Returns coordinates on the front of the head, as it is turned.

        Args:
            x: Where their origin is when the head faces the camera, in units of `head`.
            y: The same, downwards.
            width: Length of the first axis, foreshortened with the turn of the head.
            height: Length of the second axis.
            turn: Sine of the angle by which they are turned clockwise.
            bulge: How far they stand out before the head.
        """
        who, how = self.who, self.how
        across, down = x / who.head_width, y / who.head_height
        depth = who.head_width * (1 - 0.7 * across * across - 0.2 * down * down) + bulge
        squeeze = np.maximum(how.yaw_cosine - 1.4 * _TURNS * how.yaw * across, 0.35)
        return self.head.at(
            x * how.yaw_cosine + depth * how.yaw * _TURNS, y + depth * how.pitch * _NODS, width * squeeze, height, turn
        )

    def shade(self, frame: Frame, strength: Column) -> None:
        """Makes a soft spot of the skin lighter, or darker with a negative strength."""
        patch = frame.patch()
        spot = blob(patch)
        spot *= column(strength)
        self.relief[patch.rows, patch.columns] += spot

    @property
    def turned(self) -> Numbers:
        """How far the middle of the face has moved sideways, in half-widths of the head."""
        return self.how.yaw * _TURNS * 0.75

    @property
    def nodded(self) -> Numbers:
        """How far the middle of the face has moved down, in half-heights of the head."""
        return self.how.pitch * _NODS * 0.75
