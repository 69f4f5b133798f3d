"""Shoulders in a suit, a dress, a shirt or a sweater."""

import numpy as np
from jaxtyping import Bool

from idia.world import looks
from idia.world.drawing import Plane, colour, column, inside, wave
from idia.world.identity import Numbers
from idia.world.scene import Scene

_SKIN_IN_SHADE = 0.96


def paint_clothes(scene: Scene) -> None:
    """Paints shoulders, neckline, collar, lapels and tie."""
    suit, dress, shirt, sweater = (scene.how.clothing == number for number in range(len(looks.CLOTHES)))
    _paint_shoulders(scene, suit | dress)
    if (suit | dress | shirt).any():
        _paint_opening(scene, suit, dress, shirt)
    if (suit | shirt).any():
        _paint_collar(scene, suit, shirt)
    if suit.any():
        _paint_tie(scene, suit * scene.how.tie)
    if sweater.any():
        _paint_crew_neck(scene, sweater)
    jewelled = dress & (scene.how.pattern > 0)
    if jewelled.any():
        _paint_necklace(scene, jewelled)


def _throat(scene: Scene) -> Numbers:
    """Height at which clothes begin at the neck."""
    return np.where(scene.who.man, 0.665, 0.695)


def _neck(scene: Scene) -> Numbers:
    """Half of the width of the neck."""
    return np.asarray(scene.who.head_width * scene.who.neck)


def _paint_shoulders(scene: Scene, plain: Bool[np.ndarray, " pictures"]) -> None:
    who, how = scene.who, scene.how
    patch = scene.body.patch(-2.2, 0.5, 2.2, 2.6)
    wide = patch.x.abs()
    x2 = patch.x * patch.x
    # Sloping beside the neck, round at the shoulders.
    slope = (wide - column(_neck(scene))).mul_(column(np.where(who.man, 0.20, 0.27)))
    edge = (x2 * x2).mul_(column(np.where(who.man, 0.12, 0.22))).add_(slope).add_(column(_throat(scene)))
    body = inside((edge - patch.y).mul_(column(1 / patch.grain_y)))
    shade = _folds(scene, patch.x, patch.y)
    shade -= x2 * 0.08
    shade += (patch.y - edge).mul_(-3).add_(0.35).clamp_(0, 1).mul_(0.10)
    stripes = wave(patch.y * column(np.where(how.neckline < 0.5, 6.0, 0.0)) + patch.x * column(3.5 + 3 * how.neckline))
    stripes = stripes.mul_(3).clamp_(-1, 1).mul_(column(np.where(plain, 0.04, 0.15) * how.pattern))
    scene.canvas.paint(patch, body, colour(how.cloth) * (shade + stripes))


def _folds(scene: Scene, x: Plane, y: Plane) -> Plane:
    folds = wave(x * 2.6 + (y * 1.2 + column(scene.how.backdrop_phase))).mul_(0.035).add_(0.95)
    folds += x * column(scene.how.light_x * 0.4)
    return folds


def _paint_opening(
    scene: Scene,
    suit: Bool[np.ndarray, " pictures"],
    dress: Bool[np.ndarray, " pictures"],
    shirt: Bool[np.ndarray, " pictures"],
) -> None:
    """A V between lapels, an open collar or a low neckline."""
    who, how = scene.who, scene.how
    opened = suit | dress | shirt
    throat, neck = _throat(scene), _neck(scene)
    depth = np.where(suit, 0.62 + 0.2 * how.neckline, np.where(dress, 0.15 + 0.13 * how.neckline, 0.10))
    top = np.where(suit, 0.80, np.where(dress, 1.55, 0.80)) * neck
    patch = scene.body.patch(-0.8, 0.5, 0.8, 1.8, opened)
    wide = patch.x.abs()
    fall = (patch.y - column(throat)).mul_(column(1 / depth))
    # Straight edges, or round ones for a dress.
    width = fall.mul(-1).add_(1)
    curved = (fall * fall).neg_().add_(1)
    width = (width + (curved - width) * column(dress * 1.0)).clamp_(-0.5, 1.6).mul_(column(top))
    gap = (wide - width).mul_(column(1 / patch.grain_x))
    above = (column(throat - 0.06) - patch.y).mul_(column(1 / patch.grain_y))
    seen = np.where(suit, how.lining, who.skin * _SKIN_IN_SHADE)
    shade = (patch.y - column(throat)).mul_(0.5).add_(0.90).clamp_(0.85, 1)
    coverage = inside(gap.maximum(above)).mul_(column(opened * 1.0))
    scene.canvas.paint(patch, coverage, colour(seen) * shade)
    lapel = np.where(suit, 0.115, np.where(shirt, 0.0, 0.02))
    outer = (wide - width.add_(column(lapel))).mul_(column(1 / patch.grain_x))
    lapels = inside(outer.maximum(-gap).maximum(above)).mul_(column((opened & ~shirt) * 1.0))
    lapels.mul_((patch.y * -1.6).add_(column(2.1 + throat)).clamp_(0, 1))
    tone = np.where(suit, how.cloth * 1.25 + 0.05, how.cloth * 0.72)
    scene.canvas.paint(patch, lapels, colour(tone) * _folds(scene, patch.x, patch.y))


def _paint_collar(scene: Scene, suit: Bool[np.ndarray, " pictures"], shirt: Bool[np.ndarray, " pictures"]) -> None:
    """Two wings beside the throat."""
    how = scene.how
    shown = suit | shirt
    neck = _neck(scene)
    patch = scene.body.at(0, _throat(scene), neck, 0.2).patch(-1.6, -1.0, 1.6, 1.3, shown)
    wide = patch.x.abs()
    inner = (patch.y * -0.62).add_(0.42).clamp_(min=0.03)
    side = (inner - wide).mul_(column(1 / patch.grain_x))
    outer = (wide - 1.16).mul_(column(1 / patch.grain_x))
    top = ((wide * -0.45).add_(-0.05) - patch.y).mul_(column(1 / patch.grain_y))
    # The lower edge runs from a point near the middle up to the shoulder.
    bottom = (patch.y - (wide * -1.05).add_(1.20)).mul_(column(0.7 / patch.grain_y))
    wing = side.maximum(outer).maximum(top).maximum(bottom)
    tone = np.where(suit, how.lining * 0.97, how.cloth * 0.62 + 0.36)
    coverage = inside(wing.clone()).mul_(column(shown * 1.0))
    scene.canvas.paint(patch, coverage, colour(tone) * (patch.x * column(how.light_x * 0.4)).add_(0.97))
    seam = inside(wing.abs_().sub_(0.3)).mul_(column(shown * 0.35))
    scene.canvas.paint(patch, seam, colour(tone * 0.35))


def _paint_tie(scene: Scene, tied: Numbers) -> None:
    patch = scene.body.at(0, _throat(scene) + 0.085).patch(-0.2, -0.1, 0.2, 1.0, tied > 0)
    wide = patch.x.abs()
    knot = (patch.y * -0.45).add_(0.062)
    blade = (patch.y * 0.16).add_(0.022)
    width = knot.maximum(blade).clamp_(max=0.1)
    tie = (wide - width).mul_(column(1 / patch.grain_x))
    tie = tie.maximum((patch.y * -1).mul_(column(1 / patch.grain_y))).maximum(
        (patch.y - 0.9).mul_(column(1 / patch.grain_y))
    )
    shade = wave(patch.y * 5 + patch.x * 6).mul_(0.09).add_(0.95)
    scene.canvas.paint(patch, inside(tie).mul_(column(tied)), colour(scene.how.accent) * shade)


def _paint_crew_neck(scene: Scene, shown: Bool[np.ndarray, " pictures"]) -> None:
    """A ribbed collar, lying round the neck."""
    neck = _neck(scene)
    patch = scene.body.at(0, _throat(scene), neck, 0.1).patch(-1.5, -1.0, 1.5, 2.0, shown)
    curve = (patch.x * patch.x).mul_(-0.85).add_(1.0)
    edges = (patch.x.abs() - 1.22).mul_(column(1 / patch.grain_x))
    top = (patch.y * -1).sub_(0.5).mul_(column(1 / patch.grain_y))
    opening = inside((patch.y - curve).mul_(column(1 / patch.grain_y)).maximum(edges).maximum(top))
    scene.canvas.paint(patch, opening.mul_(column(shown * 1.0)), colour(scene.who.skin * 0.84))
    rim = (patch.y - curve).abs_().sub_(0.42).mul_(column(1 / patch.grain_y)).maximum(edges)
    ribs = wave(patch.x * 3.1).mul_(0.06).add_(0.80)
    scene.canvas.paint(patch, inside(rim).mul_(column(shown * 1.0)), colour(scene.how.cloth) * ribs)


def _paint_necklace(scene: Scene, shown: Bool[np.ndarray, " pictures"]) -> None:
    neck = _neck(scene)
    patch = scene.body.at(0, _throat(scene) - 0.01, neck, 0.1).patch(-1.2, -1.0, 1.2, 1.5, shown)
    curve = (patch.x * patch.x).mul_(-1.0).add_(0.75)
    chain = (patch.y - curve).abs_().sub_(0.13).mul_(column(1 / patch.grain_y))
    edges = (patch.x.abs() - 0.98).mul_(column(1 / patch.grain_x))
    scene.canvas.paint(patch, inside(chain.maximum(edges)).mul_(column(shown * 0.9)), colour(scene.who.jewellery))
