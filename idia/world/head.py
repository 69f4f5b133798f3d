"""Head, neck and ears: skin, and the light on it."""

import numpy as np

from idia.world.drawing import Patch, Plane, blob, colour, column, ellipse, ellipse_distance, inside, wave
from idia.world.scene import Scene

SIDES = (-1.0, 1.0)
"""Left and right in the picture, as signs."""

_RUST = np.array([[0.68], [0.50], [0.40]])  # of freckles, over the skin


def outline(scene: Scene, patch: Patch, growth: float = 0.0) -> tuple[Plane, Plane]:
    """Returns the distance in pixels to the outline of the face, and the first coordinate as a share of its width.

    Args:
        scene: Whose faces.
        patch: In coordinates of half the head's width and height.
        growth: By how much the outline is wider and longer than the face, as a share, from the cheeks down.
    """
    who = scene.who
    below = patch.y.clamp(min=0)
    below = below * below
    across = (below * column(who.chin)).add_(column(who.taper)).mul_(below).add_(1).mul_(patch.x)
    down = patch.y
    if growth:
        across = across * (1 - growth)
        down = down * (1 - growth)
    return ellipse_distance(patch, across, down, who.squareness), across


def paint_neck(scene: Scene) -> None:
    """Paints the neck, with the shadow of the head on it."""
    who, how = scene.who, scene.how
    patch = scene.body.at(0, 0, who.head_width * who.neck, 1.0).patch(-1.6, 0.2, 1.6, 1.2)
    flare = (patch.y - 0.62).clamp_(0, 0.4)
    width = (flare * flare).mul_(2.4).add_(1)
    distance = (patch.x.abs() - width).mul_(column(1 / patch.grain_x))
    distance = distance.maximum((patch.y - 0.7).abs_().sub_(0.5).mul_(column(1 / patch.grain_y)))
    shade = (patch.y - column(who.head_height + 0.26)).clamp_(-0.3, 0).mul_(1.1).add_(0.92)
    shade -= (patch.x * patch.x) * 0.14
    shade += patch.x * column(how.light_x * 0.5)
    scene.canvas.paint(patch, inside(distance), colour(who.skin) * shade)


def paint_ears(scene: Scene) -> None:
    """Paints both ears; the one on the far side of a turned head is half hidden."""
    who, how = scene.who, scene.how
    for side in SIDES:
        size = who.ear_size
        place = side * (who.head_width * (1 - 0.06 * side * how.yaw) + 0.018 * size) + how.yaw * 0.03
        frame = scene.head.at(place, 0.035 + 0.10 * how.pitch, 0.066 * size, 0.115 * size, 0.10 * side)
        patch = frame.patch(-1.1, -1.1, 1.1, 1.1)
        shade = (blob(patch) * -0.30).add_(column(0.93 + 0.5 * side * how.light_x))
        skin = who.skin * np.array([[1.0], [0.93], [0.92]])
        scene.canvas.paint(patch, ellipse(patch), colour(skin) * shade)


def paint_earrings(scene: Scene) -> None:
    """Paints what hangs from the ears."""
    who, how = scene.who, scene.how
    if not who.earrings.any():
        return
    for side in SIDES:
        place = side * (who.head_width * (1 - 0.06 * side * how.yaw) + 0.030) + how.yaw * 0.03
        radius = 0.034 + 0.022 * who.earrings
        frame = scene.head.at(place, 0.155 + 0.10 * how.pitch, radius, radius * (0.7 + 0.8 * who.earrings))
        patch = frame.patch(-1.1, -1.1, 1.1, 1.1, who.earrings > 0)
        coverage = ellipse(patch).mul_(column((who.earrings > 0) * 1.0))
        shade = (patch.x * -0.15).sub_(patch.y * 0.2).add_(0.95)
        scene.canvas.paint(patch, coverage, colour(who.jewellery) * shade)


def paint_face(scene: Scene) -> None:
    """Paints the skin of the face with the light on its forms."""
    who = scene.who
    _model_forms(scene)
    patch = scene.head.at(0, 0, who.head_width, who.head_height).patch(-1.05, -1.05, 1.05, 1.05)
    distance, across = outline(scene, patch)
    shade = _skin_shade(scene, patch, across)
    shade += scene.relief[patch.rows, patch.columns]
    scene.canvas.paint(patch, inside(distance), colour(who.skin) * shade)
    _paint_blush(scene)
    _paint_freckles(scene)
    _paint_mole(scene)


def _skin_shade(scene: Scene, patch: Patch, across: Plane) -> Plane:
    """Darker towards the edge, where the skin turns away, and lit from one side."""
    how = scene.how
    away = (across * across).add_(patch.y * patch.y)
    shade = (away * away).mul_(-0.13).add_(1.0)
    shade += across * column(how.light_x)
    shade += patch.y * column(how.light_y * 0.55)
    return shade


def _model_forms(scene: Scene) -> None:
    who, how = scene.who, scene.how
    forehead = scene.on_face(0, -0.33, 0.30, 0.19)
    scene.shade(forehead, 0.07)
    for side in SIDES:
        lit = side * how.light_x
        eye = scene.on_face(side * who.eye_distance, who.eye_height - 0.025, 0.165, 0.125)
        scene.shade(eye, -0.17)
        scene.shade(scene.on_face(side * 0.235, 0.115, 0.13, 0.10), 0.05 + 0.06 * who.cheekbones + 0.15 * lit)
        scene.shade(scene.on_face(side * 0.325, 0.30, 0.12, 0.20), -0.12 * who.cheekbones - 0.02)
        # From the nose to the corner of the mouth: deeper with age and with a smile.
        fold = scene.on_face(side * (who.mouth_width + 0.01), who.mouth_height - 0.075, 0.030, 0.105, side * -0.42)
        scene.shade(fold, -0.05 - 0.16 * who.age - 0.08 * np.clip(how.smile, 0, 1))
        bag = scene.on_face(side * who.eye_distance, who.eye_height + 0.085, 0.095, 0.042)
        scene.shade(bag, -0.03 - 0.11 * who.age)
        wing = scene.on_face(side * who.nose_width * 1.0, who.nose_length * 0.62, 0.055, 0.15, 0.0, 0.02)
        scene.shade(wing, -0.13 + 0.42 * lit)
    scene.shade(scene.on_face(0, who.nose_length * 0.35, 0.045, 0.20, 0.0, 0.05), 0.11)
    tip = who.nose_length - 0.03
    scene.shade(scene.on_face(0.3 * how.light_x * who.nose_width, tip, who.nose_width * 0.75, 0.06, 0.0, 0.10), 0.15)
    scene.shade(scene.on_face(0, who.nose_length + 0.040, who.nose_width * 1.25, 0.040, 0.0, 0.06), -0.20)
    scene.shade(scene.on_face(0, who.mouth_height + 0.105, 0.12, 0.050, 0.0, 0.02), -0.14)
    scene.shade(scene.on_face(0, who.mouth_height + 0.19, 0.12, 0.085, 0.0, 0.03), 0.07)


def _paint_blush(scene: Scene) -> None:
    who = scene.who
    tint = who.skin * np.array([[1.0], [0.62], [0.60]])
    for side in SIDES:
        patch = scene.on_face(side * 0.235, 0.15, 0.15, 0.115).patch()
        scene.canvas.paint(patch, blob(patch).mul_(column(who.blush * 0.55)), colour(tint))
    patch = scene.on_face(0, who.nose_length - 0.02, who.nose_width * 0.9, 0.07, 0.0, 0.10).patch()
    scene.canvas.paint(patch, blob(patch).mul_(column(0.12 + 0.25 * who.blush)), colour(tint))


def _paint_freckles(scene: Scene) -> None:
    who = scene.who
    if not who.freckles.any():
        return
    frame = scene.on_face(0, 0.11, 0.36, 0.17, 0.0, 0.0)
    patch = frame.patch(shown=who.freckles > 0)
    dots = wave(patch.x * 5.5 + (patch.y * 1.1 + column(who.strands)))
    dots += wave(patch.y * 3.1 + (patch.x * 2.3 + 0.3))
    dots = dots.sub_(0.75).mul_(1.6).clamp_(0, 1).mul_(blob(patch).sqrt_())
    scene.canvas.paint(patch, dots.mul_(column(who.freckles * 0.75)), colour(who.skin * _RUST))


def _paint_mole(scene: Scene) -> None:
    who = scene.who
    if not who.mole.any():
        return
    patch = scene.on_face(who.mole_x, who.mole_y, 0.026, 0.026).patch(-1.5, -1.5, 1.5, 1.5, who.mole > 0)
    scene.canvas.paint(patch, ellipse(patch).mul_(column(who.mole * 0.85)), colour(who.skin * 0.32))
