"""Hair: behind the head, before it, and what stands out of it."""

import numpy as np
from jaxtyping import Bool

from idia.world.drawing import Patch, Plane, blob, colour, column, ellipse, inside, swell, wave
from idia.world.identity import Numbers
from idia.world.looks import HAIR_STYLES
from idia.world.scene import Scene

_STYLES = {
    name: np.array([getattr(style, name) for style in HAIR_STYLES], np.float64)
    for name in (
        *(
            "front",
            "width",
            "height",
            "back",
            "round",
            "length",
            "line",
            "slope",
            "arch",
            "frame",
            "jag",
            "curls",
            "waves",
        ),
        *("extra_x", "extra_y", "extra_width", "extra_height", "twice", "before"),
    )
}

_Style = dict[str, Numbers]


def _style(scene: Scene) -> _Style:
    """The hair style on each picture."""
    return {name: values[scene.who.hair_style] for name, values in _STYLES.items()}


def paint_hair_behind(scene: Scene) -> None:
    """Paints what is seen of the hair beside the head and below it, and knots and bunches behind."""
    who = scene.who
    style = _style(scene)
    if ((style["extra_width"] > 0) & (style["before"] == 0)).any():
        _paint_extra(scene, style, before=False)
    behind = (style["length"] > 0.03) & (style["front"] == 1)
    if not behind.any():
        return
    patch = _hair_patch(scene, style, style["back"], behind)
    distance, edge = _mass(scene, patch, style)
    shade = _strands(scene, patch).sub_(0.22)
    shade += (edge - 1).clamp_(-1, 0).mul_(0.15)
    coverage = inside(distance).mul_(column(behind * 1.0))
    scene.canvas.paint(patch, coverage, colour(who.hair) * shade)


def paint_hair_before(scene: Scene) -> None:
    """Paints the hair on top of the head and over the forehead."""
    who, how = scene.who, scene.how
    style = _style(scene)
    shown = style["front"] > 0
    if not shown.any():
        return
    patch = _hair_patch(scene, style, np.ones_like(style["back"]), shown)
    distance, edge = _mass(scene, patch, style)
    x = patch.x - column(scene.turned * 0.55)
    parted = (x - column(who.parting)).abs_()
    x2 = x * x
    x4 = x2 * x2
    line = parted * column(style["slope"])
    line += x4 * column(style["arch"])
    line += (x4 * x4).mul_(column(style["frame"] * 2.2))
    line += wave(x * 3.5 + column(who.strands)).mul_(column(style["jag"]))
    line += column(style["line"] + who.hairline + scene.nodded)
    coverage = inside(distance)
    forehead = (line - patch.y).mul_(column(1 / patch.grain_y))
    # A hairline is soft: the skin shines through over a stretch.
    coverage.mul_(forehead.mul_(column(np.where(style["front"] < 1, 0.35, 0.7))).add_(0.5).clamp_(0, 1))
    shade = _strands(scene, patch)
    shade += _ring(edge, patch).mul_(column(0.16 + 0.4 * np.abs(how.light_y)))
    shade += x * column(how.light_x * 0.6)
    shade -= parted.mul_(-8).add_(1).clamp_(min=0).mul_(column(np.where(style["slope"] > 0, 0.25, 0)))
    scene.canvas.paint(patch, coverage.mul_(column(style["front"])), colour(who.hair) * shade)
    if ((style["extra_width"] > 0) & (style["before"] == 1)).any():
        _paint_extra(scene, style, before=True)


def _hair_patch(scene: Scene, style: _Style, growth: Numbers, shown: Bool[np.ndarray, " pictures"]) -> Patch:
    who = scene.who
    width, height = _reach(scene, style)
    frame = scene.head.at(0, 0, who.head_width * growth, who.head_height * growth)
    return frame.patch(-width * 1.2, -height * 1.15, width * 1.2, style["length"] + 0.3, shown)


def _reach(scene: Scene, style: _Style) -> tuple[Numbers, Numbers]:
    """Half-width and half-height of the hair, in those of the head."""
    volume = (scene.who.hair_volume * 0.55 + scene.how.hair_volume * 4) * 0.11
    width = style["width"] + volume * (style["width"] - 0.94)
    height = style["height"] + volume * (style["height"] - 0.94) * 1.2
    return np.maximum(width, 1.0), np.maximum(height, 1.0)


def _mass(scene: Scene, patch: Patch, style: _Style) -> tuple[Plane, Plane]:
    """Distance in pixels to the outline of the hair, and how far from its middle each pixel is, 1 at the edge."""
    who, how = scene.who, scene.how
    width, height = _reach(scene, style)
    above = patch.y.clamp(max=0).mul_(column(1 / height))
    below = patch.y.clamp(min=0).mul_(column(style["round"] / (style["length"] + 0.35)))
    down = above.add_(below)
    x = patch.x
    if style["waves"].any():
        swing = swell(patch.y * 1.6 + column(who.strands + how.hair_phase * 0.3)).mul_(column(style["waves"]))
        x = x - swing * x.clamp(-1, 1)
    across = x * column(1 / width)
    across2, down2 = across * across, down * down
    # Fuller than an ellipse.
    edge = (across2 + down2).sub_(across2.clamp(max=1.2).mul_(down2.clamp(max=1.2)).mul_(0.30)).clamp_(min=0).sqrt_()
    if style["curls"].any():
        bumps = swell(patch.x * 1.9 + column(who.strands)).add_(swell(patch.y * 1.7 + column(how.hair_phase * 0.4)))
        edge += bumps.mul_(column(style["curls"] * 0.5))
    sides = (edge - 1).mul_(column(width / patch.grain_x))
    tips = (patch.y - column(style["length"])).add_(wave(patch.x * 3.1 + column(who.strands)).mul_(0.05))
    return sides.maximum(tips.mul_(column(1 / patch.grain_y))), edge


def _strands(scene: Scene, patch: Patch) -> Plane:
    """Locks that run down from the parting: lighter and darker, finer ones only where pixels are fine enough."""
    who, how = scene.who, scene.how
    spread = patch.y.abs().add_(0.55)
    along = (patch.x - column(who.parting * 0.6)).mul_(spread.mul_(-0.35).add_(1.25))
    locks = wave(along * 2.3 + column(who.strands * 3)).mul_(0.09)
    fineness = np.clip(1.5 - 24 * patch.grain_x, 0, 1)
    if fineness.any():
        fine = wave(along * 8.7 + (patch.y * 0.5 + column(who.strands * 5)))
        locks += fine.mul_(column(0.055 * fineness))
        finer = np.clip(1.5 - 60 * patch.grain_x, 0, 1)
        locks += wave(along * 21.3 + (patch.y * -0.9 + column(who.strands * 7))).mul_(column(0.05 * finer))
    locks += patch.y * column(how.light_y * 0.35)
    return locks.add_(0.97)


def _ring(edge: Plane, patch: Patch) -> Plane:
    """The gleam around the upper part of the head."""
    ring = (edge - 0.82).mul_(7)
    ring = (ring * ring).neg_().add_(1).clamp_(min=0)
    return ring.mul_((patch.y * -1.6).sub_(0.3).clamp_(0, 1))


def _paint_extra(scene: Scene, style: _Style, *, before: bool) -> None:
    who, how = scene.who, scene.how
    shown = (style["extra_width"] > 0) & (style["before"] == before)
    size = 1 + 0.16 * who.hair_volume + 1.5 * how.hair_volume
    side = np.where(who.parting < 0, -1.0, 1.0)
    wide, high = np.where(shown, style["extra_width"], 1.0) * size, np.where(shown, style["extra_height"], 1.0) * size
    for sign in (-1.0, 1.0):
        here = shown & ((style["twice"] == 1) | (sign == 1.0))
        if not here.any():
            continue
        lean = np.where(style["twice"] == 1, sign, side)
        x = style["extra_x"] * lean * who.head_width + how.yaw * np.where(before, 0.12, -0.10)
        frame = scene.head.at(
            x, style["extra_y"] * who.head_height, wide * who.head_width, high * who.head_height, 0.12 * lean
        )
        patch = frame.patch(-1.15, -1.15, 1.15, 1.15, here)
        shade = (
            wave(patch.x * 1.4 + (patch.y * 0.5 + column(who.strands * 3))).mul_(0.10).add_(0.90 if before else 0.80)
        )
        shade += blob(patch) * 0.18
        shade += patch.x * column(how.light_x * 0.5)
        scene.canvas.paint(patch, ellipse(patch).mul_(column(here * 1.0)), colour(who.hair) * shade)
