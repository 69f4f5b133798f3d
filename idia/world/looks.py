"""What people can look like: hair colours and styles, skin, eyes, beards, glasses, clothes, with their colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

SKIN_TONES = (
    (0.99, 0.86, 0.77),
    (0.96, 0.79, 0.66),
    (0.90, 0.70, 0.54),
    (0.80, 0.59, 0.42),
    (0.66, 0.46, 0.32),
    (0.50, 0.33, 0.22),
    (0.36, 0.23, 0.16),
)
"""From light to dark."""

HAIR_COLOURS = ("black", "brown", "blond", "red", "grey", "white")
HAIR_PAINTS = (
    (0.10, 0.085, 0.09),
    (0.34, 0.205, 0.125),
    (0.88, 0.71, 0.38),
    (0.70, 0.27, 0.09),
    (0.53, 0.54, 0.57),
    (0.93, 0.92, 0.90),
)

EYE_PAINTS = (
    (0.23, 0.13, 0.07),
    (0.40, 0.24, 0.10),
    (0.45, 0.42, 0.16),
    (0.22, 0.45, 0.26),
    (0.25, 0.48, 0.74),
    (0.45, 0.53, 0.58),
)

BEARDS = ("no beard", "stubble", "moustache", "goatee", "full beard")
GLASSES = ("no glasses", "round glasses", "square glasses", "sunglasses")
GLASSES_PAINTS = ((0.05, 0.05, 0.06), (0.36, 0.18, 0.08), (0.09, 0.16, 0.48), (0.66, 0.08, 0.12))
CLOTHES = ("suit", "dress", "shirt", "sweater")

JEWELLERY_PAINTS = ((0.95, 0.80, 0.35), (0.88, 0.89, 0.93), (0.25, 0.75, 0.72), (0.88, 0.22, 0.30))


@final
@dataclass(frozen=True, slots=True)
class HairStyle:
    """How hair is worn. Lengths are in halves of the head's width and height, from the middle of the head.

    Attributes:
        name: What it is called, mostly before "hair".
        men: How often men wear it.
        women: How often women wear it.
        front: Opacity of the hair before the forehead.
        width: How far it stands out at the sides.
        height: How far it stands up.
        back: How much wider and higher it is behind the head.
        round: 1 if it closes below like a ball, 0 if it hangs down like a curtain.
        length: Where it ends below.
        line: Where the forehead begins.
        slope: How fast the hairline falls from the parting to the sides.
        arch: How much it falls at the temples.
        frame: How much it hangs over the sides of the face.
        parted: How far from the middle it may be parted.
        jag: How uneven the hairline is.
        curls: How bumpy its outline is.
        waves: How wavy its sides are.
        extra_x: Where the middle of a tuft, knot or bunch is.
        extra_y: The same, downwards.
        extra_width: Its half-width; 0 if there is none.
        extra_height: Its half-height.
        twice: Whether there is another one on the other side.
        before: Whether the extra is before the head rather than behind it.
    """

    name: str
    men: float
    women: float
    front: float = 1.0
    width: float = 1.07
    height: float = 1.14
    back: float = 1.0
    round: float = 1.0
    length: float = 0.1
    line: float = -0.60
    slope: float = 0.0
    arch: float = 0.0
    frame: float = 0.0
    parted: float = 0.0
    jag: float = 0.0
    curls: float = 0.0
    waves: float = 0.0
    extra_x: float = 0.0
    extra_y: float = 0.0
    extra_width: float = 0.0
    extra_height: float = 0.0
    twice: bool = False
    before: bool = False


HAIR_STYLES = (
    HairStyle("bald", 0.10, 0.01, front=0.0),
    HairStyle("buzz-cut", 0.11, 0.02, front=0.62, width=1.02, height=1.03, line=-0.62, arch=0.40, length=0.0),
    HairStyle("short", 0.18, 0.06, line=-0.58, arch=0.50, jag=0.05, length=0.06),
    HairStyle("side-parted", 0.17, 0.06, line=-0.72, slope=0.30, arch=0.32, parted=0.5, height=1.17, length=0.06),
    HairStyle(
        "quiff",
        0.12,
        0.02,
        line=-0.60,
        arch=0.42,
        height=1.12,
        length=0.02,
        extra_x=0.16,
        extra_y=-0.86,
        extra_width=0.86,
        extra_height=0.37,
        before=True,
    ),
    HairStyle("curly", 0.10, 0.08, width=1.17, height=1.22, line=-0.56, arch=0.45, jag=0.09, curls=0.10, length=0.24),
    HairStyle("afro", 0.07, 0.09, width=1.42, height=1.38, line=-0.62, arch=0.36, curls=0.05, length=0.62, back=1.04),
    HairStyle(
        "mohawk",
        0.05,
        0.02,
        front=0.25,
        width=1.01,
        height=1.02,
        line=-0.66,
        arch=0.45,
        length=0.0,
        extra_x=0.0,
        extra_y=-1.02,
        extra_width=0.24,
        extra_height=0.44,
        before=True,
    ),
    HairStyle(
        "fringed",
        0.05,
        0.12,
        width=1.12,
        height=1.17,
        line=-0.30,
        arch=0.16,
        frame=0.25,
        jag=0.05,
        length=0.66,
        round=0.25,
        back=1.02,
    ),
    HairStyle(
        "bob",
        0.0,
        0.12,
        width=1.16,
        height=1.17,
        line=-0.70,
        slope=0.34,
        frame=0.8,
        parted=0.4,
        round=0.1,
        length=0.78,
        back=1.05,
    ),
    HairStyle(
        "long",
        0.03,
        0.14,
        width=1.12,
        height=1.16,
        line=-0.72,
        slope=0.36,
        frame=1.1,
        parted=0.12,
        round=0.0,
        length=2.1,
        back=1.04,
    ),
    HairStyle(
        "wavy",
        0.02,
        0.11,
        width=1.22,
        height=1.20,
        line=-0.70,
        slope=0.26,
        frame=1.0,
        parted=0.45,
        round=0.0,
        length=1.75,
        back=1.08,
        waves=0.09,
    ),
    HairStyle(
        "bun",
        0.0,
        0.10,
        width=1.04,
        height=1.08,
        line=-0.66,
        arch=0.48,
        length=0.0,
        extra_x=0.0,
        extra_y=-1.22,
        extra_width=0.40,
        extra_height=0.27,
    ),
    HairStyle(
        "pigtailed",
        0.0,
        0.05,
        width=1.05,
        height=1.10,
        line=-0.68,
        slope=0.20,
        arch=0.32,
        length=0.06,
        extra_x=1.36,
        extra_y=0.36,
        extra_width=0.32,
        extra_height=0.66,
        twice=True,
    ),
)


def table(rows: Sequence[Sequence[float]]) -> Float64[np.ndarray, "channels rows"]:
    """Returns colours or other rows of numbers as columns, to be picked by number."""
    return np.array(rows, np.float64).T
