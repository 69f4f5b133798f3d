"""What is on pictures of objects: shape, colour, size, and how the picture is taken."""

from dataclasses import dataclass, fields
from typing import Self, final

import numpy as np
from jaxtyping import Int64, UInt64

from idia.world.draws import Draws, on_grid
from idia.world.identity import Choices, Colours, Numbers
from idia.world.looks import table

SHAPES = (
    "circle",
    "square",
    "triangle",
    "star",
    "heart",
    "cross",
    "ring",
    "crescent",
    "diamond",
    "arrow",
    "hourglass",
    "flower",
)
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "white", "black")
SIZES = ("small", "big")

_PAINTS = (
    (0.86, 0.10, 0.12),
    (0.98, 0.53, 0.08),
    (0.97, 0.87, 0.15),
    (0.15, 0.64, 0.24),
    (0.13, 0.33, 0.85),
    (0.50, 0.18, 0.68),
    (0.98, 0.55, 0.75),
    (0.45, 0.27, 0.12),
    (0.97, 0.97, 0.96),
    (0.06, 0.06, 0.07),
)
_RADII = (0.52, 0.78)


@final
@dataclass(frozen=True, slots=True)
class Things:
    """What each picture shows; numbers of choices index into `SHAPES`, `COLOURS` and `SIZES`."""

    shape: Choices
    colour: Choices
    size: Choices
    paint: Colours
    radius: Numbers
    x: Numbers
    y: Numbers
    roll: Numbers
    light_x: Numbers
    light_y: Numbers
    background: Choices
    backdrop: Colours
    backdrop_end: Colours
    backdrop_accent: Colours
    backdrop_turn: Numbers
    backdrop_phase: Numbers
    gains: Colours
    contrast: Numbers
    blur: Numbers
    noise: Numbers
    grain: UInt64[np.ndarray, " pictures"]

    def taken(self, rows: Int64[np.ndarray, " rows"]) -> Self:
        """Returns the entries with the given numbers."""
        return type(self)(*(getattr(self, field.name)[..., rows] for field in fields(self)))


def things(seed: int, objects: Int64[np.ndarray, " pictures"]) -> Things:
    """Returns what the pictures with the given numbers show, and how: half as varied as photos of people."""
    draws = Draws("object", seed, objects)
    colour = draws.choice("colour", [0.1] * 10)
    size = draws.choice("size", (0.5, 0.5))
    lightness = 1 + draws.uniform("lightness", -0.10, 0.06)
    angle = 2 * np.pi * draws.uniform("light direction")
    strength = draws.uniform("light strength", 0.0, 0.19)
    exposure = np.exp(draws.normal("exposure", 0.09))
    warmth = draws.normal("warmth", 0.035)
    # Backdrops are pale or dark, and never of an object's own colour.
    pale = draws.chance("pale", np.where(colour == COLOURS.index("black"), 1.0, np.where(colour >= 8, 0.0, 0.5)))
    pale = pale & (colour != COLOURS.index("white"))
    bright = np.where(pale, draws.uniform("bright", 0.72, 0.95), draws.uniform("dark", 0.16, 0.40))
    backdrops = [
        bright * (1 + draws.colour(f"{which} backdrop", (0.1, 0.6), (0.5, 0.5)) - 0.5) for which in ("first", "second")
    ]
    return Things(
        shape=draws.choice("shape", [1 / 12] * 12),
        colour=colour,
        size=size,
        paint=on_grid(np.clip(table(_PAINTS)[:, colour] * lightness, 0, 1)),
        radius=on_grid(np.array(_RADII)[size] * (1 + draws.uniform("radius", -0.08, 0.08))),
        x=draws.normal("x", 0.06),
        y=draws.normal("y", 0.05),
        roll=on_grid(np.sin(draws.normal("roll", 0.07))),
        light_x=on_grid(np.sin(angle) * strength),
        light_y=on_grid(np.cos(angle) * strength),
        background=draws.choice("background", (0.6, 0.1, 0.0, 0.0, 0.3)),
        backdrop=on_grid(np.clip(backdrops[0], 0, 1)),
        backdrop_end=on_grid(np.clip(backdrops[1], 0, 1)),
        backdrop_accent=on_grid(np.clip(backdrops[0] * 0.85, 0, 1)),
        backdrop_turn=draws.uniform("backdrop turn", -0.9, 0.9),
        backdrop_phase=draws.uniform("backdrop phase"),
        gains=on_grid(np.stack([exposure * (1 + warmth), exposure, exposure * (1 - warmth)])),
        contrast=on_grid(np.exp(draws.normal("contrast", 0.06))),
        blur=np.where(draws.chance("blurred", 0.15), draws.uniform("blur", 0.3, 0.6), 0.0),
        noise=draws.uniform("noise", 0.0, 0.025),
        grain=draws.bits("grain"),
    )
