"""Who somebody is: what all photos of a person share."""

from dataclasses import dataclass, fields
from typing import Self, final

import numpy as np
from jaxtyping import Bool, Float64, Int64

from idia.world import looks
from idia.world.draws import Draws, on_grid
from idia.world.looks import table

Numbers = Float64[np.ndarray, " pictures"]
Colours = Float64[np.ndarray, "3 pictures"]
Choices = Int64[np.ndarray, " pictures"]


@final
@dataclass(frozen=True, slots=True)
class Identity:
    """What people look like, in any circumstances. Lengths are in half-widths of a picture with the head at scale 1.

    Attributes are arrays with one entry (or colour) for each picture; numbers of choices index into `looks`.
    """

    man: Bool[np.ndarray, " pictures"]
    age: Numbers
    head_width: Numbers
    head_height: Numbers
    taper: Numbers
    squareness: Numbers
    chin: Numbers
    cheekbones: Numbers
    skin: Colours
    hair_style: Choices
    hair_colour: Choices
    hair: Colours
    hair_volume: Numbers
    hairline: Numbers
    parting: Numbers
    strands: Numbers
    eye_distance: Numbers
    eye_height: Numbers
    eye_size: Numbers
    eye_opening: Numbers
    eye_slant: Numbers
    eyes: Colours
    lashes: Numbers
    brow_height: Numbers
    brow_thickness: Numbers
    brow_length: Numbers
    brow_angle: Numbers
    brow_arch: Numbers
    brows: Colours
    nose_length: Numbers
    nose_width: Numbers
    mouth_height: Numbers
    mouth_width: Numbers
    upper_lip: Numbers
    lower_lip: Numbers
    lips: Colours
    beard: Choices
    glasses: Choices
    glasses_colour: Choices
    blush: Numbers
    freckles: Numbers
    mole: Numbers
    mole_x: Numbers
    mole_y: Numbers
    earrings: Numbers
    jewellery: Colours
    ear_size: Numbers
    neck: Numbers

    def taken(self, rows: Int64[np.ndarray, " rows"]) -> Self:
        """Returns the entries with the given numbers."""
        return type(self)(*(getattr(self, field.name)[..., rows] for field in fields(self)))


def identities(seed: int, people: Int64[np.ndarray, " pictures"]) -> Identity:
    """Returns who the people with the given numbers are; somebody is the same whoever else is asked for."""
    draws = Draws("person", seed, people)
    man = draws.chance("man", 0.5)
    grey = draws.chance("grey", 0.24)
    age = on_grid(np.where(grey, draws.uniform("old", 0.55, 1.0), draws.uniform("age", 0.0, 0.6)))
    tone = draws.uniform("skin tone", 0.0, 6.0)
    skin = _skin(draws, tone)
    hair_colour = _hair_colour(draws, grey, tone)
    hair = _jittered(draws, "hair", table(looks.HAIR_PAINTS)[:, hair_colour], 0.12)
    styles = looks.HAIR_STYLES
    style = np.where(
        man,
        draws.choice("style of men", [style.men for style in styles]),
        draws.choice("style of women", [style.women for style in styles]),
    )
    parted = np.array([style.parted for style in styles])[style]
    side = np.where(draws.chance("parting side", 0.5), 1.0, -1.0)
    bearded = draws.choice("beard", (0.40, 0.16, 0.12, 0.12, 0.20))
    redness = draws.uniform("lip redness", 0.0, 1.0) * np.where(man, 0.45, 1.0)
    lips = on_grid(
        skin * (1 - 0.55 * redness * np.array([[0.32], [0.85], [0.72]])) * np.array([[0.95], [0.80], [0.80]])
    )
    brows = on_grid(hair * np.where(hair_colour >= 4, 0.78, 0.72))
    return Identity(
        man=man,
        age=age,
        head_width=draws.uniform("head width", 0.395, 0.485) + np.where(man, 0.012, -0.008),
        head_height=draws.uniform("head height", 0.545, 0.635),
        taper=draws.uniform("taper", 0.02, 0.34) + np.where(man, 0.0, 0.08),
        squareness=draws.uniform("squareness", 0.0, 0.55) + np.where(man, 0.12, 0.0),
        chin=draws.uniform("chin", -0.06, 0.22),
        cheekbones=draws.uniform("cheekbones", 0.0, 1.0),
        skin=skin,
        hair_style=style,
        hair_colour=hair_colour,
        hair=hair,
        hair_volume=draws.uniform("hair volume", -1.0, 1.0),
        hairline=draws.uniform("hairline", -0.10, 0.09),
        parting=on_grid(parted * side * draws.uniform("parting", 0.55, 1.0)),
        strands=draws.uniform("strands"),
        eye_distance=draws.uniform("eye distance", 0.172, 0.222),
        eye_height=draws.uniform("eye height", -0.10, -0.01),
        eye_size=draws.uniform("eye size", 0.084, 0.122) + np.where(man, -0.003, 0.006),
        eye_opening=draws.uniform("eye opening", 0.36, 0.68),
        eye_slant=draws.uniform("eye slant", -0.16, 0.24),
        eyes=_jittered(draws, "eyes", table(looks.EYE_PAINTS)[:, _eye_colour(draws, tone)], 0.15),
        lashes=draws.uniform("lashes", 0.0, 1.0) * np.where(man, 0.3, 1.0),
        brow_height=draws.uniform("brow height", 0.105, 0.165) + np.where(man, -0.008, 0.012),
        brow_thickness=draws.uniform("brow thickness", 0.011, 0.030) + np.where(man, 0.008, 0.0),
        brow_length=draws.uniform("brow length", 0.105, 0.155),
        brow_angle=draws.uniform("brow angle", -0.20, 0.22),
        brow_arch=draws.uniform("brow arch", 0.0, 0.05) + np.where(man, 0.0, 0.012),
        brows=brows,
        nose_length=draws.uniform("nose length", 0.125, 0.205),
        nose_width=draws.uniform("nose width", 0.058, 0.108) + np.where(man, 0.006, -0.004),
        mouth_height=draws.uniform("mouth height", 0.285, 0.335),
        mouth_width=draws.uniform("mouth width", 0.125, 0.190),
        upper_lip=draws.uniform("upper lip", 0.018, 0.042) + np.where(man, -0.004, 0.006),
        lower_lip=draws.uniform("lower lip", 0.028, 0.058) + np.where(man, -0.006, 0.006),
        lips=lips,
        beard=np.where(man, bearded, 0),
        glasses=draws.choice("glasses", (0.68, 0.16, 0.16)),
        glasses_colour=draws.choice("glasses colour", (0.4, 0.2, 0.2, 0.2)),
        blush=draws.uniform("blush", 0.0, 0.8) * np.where(man, 0.5, 1.0),
        freckles=np.where(draws.chance("freckled", 0.16) & (tone < 4), draws.uniform("freckles", 0.5, 1.0), 0.0),
        mole=np.where(draws.chance("mole", 0.25), 1.0, 0.0),
        mole_x=np.where(draws.chance("mole side", 0.5), 1.0, -1.0) * draws.uniform("mole x", 0.12, 0.28),
        mole_y=draws.uniform("mole y", 0.10, 0.34),
        earrings=np.where(man, draws.chance("earring", 0.1), draws.chance("earrings", 0.45))
        * draws.uniform("drop", 0.6, 1),
        jewellery=table(looks.JEWELLERY_PAINTS)[:, draws.choice("jewellery", (0.4, 0.3, 0.15, 0.15))],
        ear_size=draws.uniform("ear size", 0.80, 1.25),
        neck=draws.uniform("neck", 0.50, 0.60) + np.where(man, 0.10, 0.0),
    )


def _skin(draws: Draws, tone: Numbers) -> Colours:
    tones = table(looks.SKIN_TONES)
    lighter = np.minimum(tone.astype(np.int64), len(looks.SKIN_TONES) - 2)
    share = tone - lighter
    return _jittered(draws, "skin", tones[:, lighter] * (1 - share) + tones[:, lighter + 1] * share, 0.05)


def _hair_colour(draws: Draws, grey: Bool[np.ndarray, " pictures"], tone: Numbers) -> Choices:
    young = np.where((tone > 4)[:, None], (0.50, 0.30, 0.10, 0.10, 0, 0), (0.25, 0.28, 0.26, 0.21, 0, 0))
    old = np.broadcast_to((0.0, 0.0, 0.0, 0.0, 0.54, 0.46), young.shape)
    return draws.choice("hair colour", np.where(grey[:, None], old, young))


def _eye_colour(draws: Draws, tone: Numbers) -> Choices:
    dark = np.where((tone > 3.5)[:, None], (0.6, 0.3, 0.07, 0.03, 0, 0), (0.17, 0.17, 0.14, 0.16, 0.24, 0.12))
    return draws.choice("eye colour", dark)


def _jittered(draws: Draws, name: str, colours: Colours, amount: float) -> Colours:
    lightness = 1 + draws.uniform(f"{name} lightness", -amount, amount)
    warmth = draws.uniform(f"{name} warmth", -amount / 2, amount / 2)
    factors = np.stack([lightness * (1 + warmth), lightness, lightness * (1 - warmth)])
    return on_grid(np.clip(colours * factors, 0, 1))
