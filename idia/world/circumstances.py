"""How a photo was taken: what differs between photos of one person."""

from dataclasses import dataclass, fields
from typing import Self, final

import numpy as np
from jaxtyping import Int64, UInt64

from idia.world import looks
from idia.world.draws import Draws, on_grid
from idia.world.identity import Choices, Colours, Identity, Numbers

BACKGROUNDS = ("plain", "stripes", "lights", "room", "horizon")
OCCLUDERS = ("nothing", "box", "disc", "bar")


@final
@dataclass(frozen=True, slots=True)
class Circumstances:
    """How photos were taken. Angles are given by their sines, the light by its direction times its strength."""

    roll: Numbers
    yaw: Numbers
    yaw_cosine: Numbers
    pitch: Numbers
    scale: Numbers
    x: Numbers
    y: Numbers
    light_x: Numbers
    light_y: Numbers
    smile: Numbers
    mouth_open: Numbers
    lids: Numbers
    gaze_x: Numbers
    gaze_y: Numbers
    brow_lift: Numbers
    hair_volume: Numbers
    hair_phase: Numbers
    glasses: Choices
    glasses_colour: Choices
    clothing: Choices
    cloth: Colours
    lining: Colours
    accent: Colours
    tie: Numbers
    neckline: Numbers
    pattern: Numbers
    background: Choices
    backdrop: Colours
    backdrop_end: Colours
    backdrop_accent: Colours
    backdrop_turn: Numbers
    backdrop_phase: Numbers
    occluder: Choices
    occluder_x: Numbers
    occluder_y: Numbers
    occluder_size: Numbers
    occluder_turn: Numbers
    occluder_colour: Colours
    gains: Colours
    contrast: Numbers
    blur: Numbers
    noise: Numbers
    grey: Numbers
    grain: UInt64[np.ndarray, " pictures"]

    def taken(self, rows: Int64[np.ndarray, " rows"]) -> Self:
        """Returns the entries with the given numbers."""
        return type(self)(*(getattr(self, field.name)[..., rows] for field in fields(self)))


def circumstances(
    seed: int, people: Int64[np.ndarray, " pictures"], photos: Int64[np.ndarray, " pictures"], who: Identity
) -> Circumstances:
    """Returns how the given photos of the given people were taken.

    Args:
        seed: Of the world.
        people: Whose photos.
        photos: Which of their photos.
        who: Who the people are.
    """
    draws = Draws("photo", seed, people, photos)
    yaw = np.clip(draws.normal("yaw", 0.30), -0.8, 0.8)
    pitch = draws.normal("pitch", 0.13)
    angle = 2 * np.pi * draws.uniform("light direction")
    strength = draws.uniform("light strength", 0.04, 0.38)
    clothing = np.where(
        who.man,
        draws.choice("clothing of men", (0.38, 0.0, 0.34, 0.28)),
        draws.choice("clothing of women", (0.20, 0.36, 0.20, 0.24)),
    )
    glasses, glasses_colour = _glasses(draws, who)
    cloth, lining, accent = _clothes(draws, clothing)
    occluder = draws.choice("occluder", (0.88, 0.04, 0.04, 0.04))
    around = 2 * np.pi * draws.uniform("occluder place")
    distance = draws.uniform("occluder distance", 0.55, 0.9)
    background = draws.choice("background", (0.30, 0.18, 0.20, 0.16, 0.16))
    # Lights are seen in the dark.
    dim = np.where(background == BACKGROUNDS.index("lights"), 0.55, 1.0)
    return Circumstances(
        roll=on_grid(np.sin(draws.normal("roll", 0.14))),
        yaw=on_grid(np.sin(yaw)),
        yaw_cosine=on_grid(np.cos(yaw)),
        pitch=on_grid(np.sin(pitch)),
        scale=on_grid(np.exp(draws.normal("scale", 0.13))),
        x=draws.normal("x", 0.10),
        y=draws.normal("y", 0.08),
        light_x=on_grid(np.sin(angle) * strength),
        # Light from below is rare.
        light_y=on_grid(-np.abs(np.cos(angle)) * strength + 0.04),
        smile=draws.normal("smile", 0.40, mean=0.35),
        mouth_open=on_grid(np.clip(draws.normal("mouth", 0.45, mean=-0.05), 0, 1)),
        lids=on_grid(np.clip(draws.normal("lids", 0.24, mean=0.98), 0.06, 1.3)),
        gaze_x=draws.normal("gaze x", 0.16),
        gaze_y=draws.normal("gaze y", 0.07),
        brow_lift=draws.normal("brow lift", 0.016),
        hair_volume=draws.normal("hair volume", 0.03),
        hair_phase=draws.uniform("hair phase"),
        glasses=glasses,
        glasses_colour=glasses_colour,
        clothing=clothing,
        cloth=cloth,
        lining=lining,
        accent=accent,
        tie=np.where(who.man, draws.chance("tie of men", 0.7), draws.chance("tie of women", 0.1)) * 1.0,
        neckline=draws.uniform("neckline"),
        pattern=np.where(draws.chance("patterned", 0.4), draws.uniform("pattern", 0.4, 1.0), 0.0),
        background=background,
        backdrop=on_grid(dim * draws.colour("backdrop", (0.05, 0.65), (0.22, 0.98))),
        backdrop_end=on_grid(dim * draws.colour("backdrop end", (0.05, 0.65), (0.15, 0.95))),
        backdrop_accent=draws.colour("backdrop accent", (0.1, 0.7), (0.5, 1.0)),
        backdrop_turn=draws.uniform("backdrop turn", -0.9, 0.9),
        backdrop_phase=draws.uniform("backdrop phase"),
        occluder=occluder,
        occluder_x=on_grid(np.sin(around) * distance),
        occluder_y=on_grid(np.cos(around) * distance),
        occluder_size=draws.uniform("occluder size", 0.20, 0.42),
        occluder_turn=draws.uniform("occluder turn", -0.7, 0.7),
        occluder_colour=draws.colour("occluder colour", (0.0, 0.8), (0.1, 0.95)),
        gains=_gains(draws),
        contrast=on_grid(np.exp(draws.normal("contrast", 0.12))),
        blur=np.where(draws.chance("blurred", 0.3), draws.uniform("blur", 0.5, 1.0), 0.0),
        noise=draws.uniform("noise", 0.0, 0.05),
        grey=np.where(draws.chance("grey", 0.06), 1.0, 0.0),
        grain=draws.bits("grain"),
    )


def _gains(draws: Draws) -> Colours:
    exposure = np.exp(draws.normal("exposure", 0.18))
    warmth = draws.normal("warmth", 0.07)
    return on_grid(np.stack([exposure * (1 + warmth), exposure, exposure * (1 - warmth)]))


def _glasses(draws: Draws, who: Identity) -> tuple[Choices, Choices]:
    """What is on the nose: mostly what the person always wears."""
    other = np.where(who.glasses > 0, 0, draws.choice("other glasses", (0, 0.5, 0.5)))
    worn = np.where(draws.chance("other than usual", 0.08), other, who.glasses)
    worn = np.where(draws.chance("sunglasses", 0.05), looks.GLASSES.index("sunglasses"), worn)
    return worn, who.glasses_colour


def _clothes(draws: Draws, clothing: Choices) -> tuple[Colours, Colours, Colours]:
    suit = clothing == looks.CLOTHES.index("suit")
    dress = clothing == looks.CLOTHES.index("dress")
    suits = draws.colour("suit", (0.05, 0.50), (0.12, 0.42))
    dresses = draws.colour("dress", (0.55, 0.95), (0.45, 0.95))
    others = draws.colour("cloth", (0.10, 0.80), (0.20, 0.95))
    cloth = np.where(suit, suits, np.where(dress, dresses, others))
    shirts = draws.colour("lining", (0.0, 0.18), (0.86, 1.0))
    return on_grid(cloth), shirts, draws.colour("accent", (0.5, 0.95), (0.25, 0.85))
