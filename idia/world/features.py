"""What is on a face: eyes, brows, nose, mouth, beard and glasses."""

import numpy as np

from idia.world import looks
from idia.world.drawing import Plane, between, blob, colour, column, disc, ellipse, inside, length, wave
from idia.world.head import SIDES, outline
from idia.world.looks import table
from idia.world.scene import Scene

_WHITE = np.array([[0.95], [0.94], [0.92]])
_LASH = np.array([[0.10], [0.07], [0.06]])


def paint_eyes(scene: Scene) -> None:
    """Paints eyes and brows."""
    for side in SIDES:
        _paint_eye(scene, side)
        _paint_brow(scene, side)


def _paint_eye(scene: Scene, side: float) -> None:
    who, how, canvas = scene.who, scene.how, scene.canvas
    slant = -side * who.eye_slant * 0.8
    frame = scene.on_face(side * who.eye_distance, who.eye_height, who.eye_size, who.eye_size, slant)
    patch = frame.patch(-1.25, -1.6, 1.25, 0.8)
    lens = (patch.x * patch.x).neg_().add_(1)
    opening = who.eye_opening * how.lids
    top = lens * column(-opening)
    bottom = lens * column(0.5 * opening)
    eyeball = between(patch, top, bottom).mul_(inside((patch.x.abs() - 1).mul_(column(1 / patch.grain_x))))
    # The lid casts a shadow on the upper part.
    shade = (patch.y * 0.35).add_(0.92).clamp_(0.6, 1)
    canvas.paint(patch, eyeball, colour(_WHITE) * shade)
    x, y = column(how.gaze_x * 1.2 + 0.25 * how.yaw), column(how.gaze_y - 0.06)
    distance = length(patch.x - x, patch.y - y)
    grain = column(1 / patch.grain_x)
    iris = inside((distance - 0.47).mul_(grain)).mul_(eyeball)
    rim = (distance * -0.9).add_(1.25)
    canvas.paint(patch, iris, colour(who.eyes) * rim)
    pupil = inside((distance - 0.21).mul_(grain)).mul_(eyeball)
    canvas.paint(patch, pupil, colour(_LASH * 0.5))
    glint = disc(patch, how.gaze_x + 0.45 * how.light_x + 0.05, how.gaze_y - 0.24, 0.13).mul_(eyeball)
    canvas.paint(patch, glint.mul_(0.9), colour(np.ones((3, 1))))
    thickness = 0.075 + 0.13 * who.lashes
    lid = (patch.y - top).abs_().sub_(column(thickness))
    lid = inside(lid.maximum(patch.x.abs() - 1.04).mul_(column(1 / patch.grain_y)))
    canvas.paint(patch, lid.mul_(0.88), colour(_LASH))
    crease = (patch.y - top).add_(column(0.20 + 0.15 * how.lids)).abs_().sub_(0.05)
    crease = inside(crease.maximum(patch.x.abs() - 0.9).mul_(column(1 / patch.grain_y)))
    canvas.paint(patch, crease.mul_(0.45), colour(who.skin * 0.5))


def _paint_brow(scene: Scene, side: float) -> None:
    who, how = scene.who, scene.how
    height = who.eye_height - who.brow_height - how.brow_lift
    turn = -side * who.brow_angle
    frame = scene.on_face(side * (who.eye_distance + 0.008), height, who.brow_length, 0.05, turn)
    patch = frame.patch(-1.2, -1.6, 1.2, 1.6)
    arch = (patch.x * patch.x).sub_(0.4).mul_(column(who.brow_arch * 20))
    # Thick at the nose, thin at the temple.
    thickness = (patch.x * (-0.38 * side)).add_(0.95).mul_(column(who.brow_thickness * 20))
    distance = (patch.y - arch).abs_().sub_(thickness).mul_(column(1 / patch.grain_y))
    ends = (patch.x.abs() - 1).mul_(column(1 / patch.grain_x))
    scene.canvas.paint(patch, inside(distance.maximum(ends)).mul_(0.9), colour(who.brows))


def paint_nose(scene: Scene) -> None:
    """Paints nostrils and the edge of the nose; its form is in the relief."""
    who = scene.who
    for side in SIDES:
        frame = scene.on_face(side * who.nose_width * 0.48, who.nose_length + 0.012, 0.026, 0.015, side * 0.3, 0.06)
        patch = frame.patch(-1.3, -1.6, 1.3, 1.6)
        scene.canvas.paint(patch, ellipse(patch).mul_(0.66), colour(who.skin * 0.28))
        frame = scene.on_face(side * who.nose_width * 1.02, who.nose_length - 0.012, 0.016, 0.036, side * -0.25, 0.05)
        patch = frame.patch(-1.3, -1.3, 1.3, 1.3)
        scene.canvas.paint(patch, blob(patch).mul_(0.60), colour(who.skin * 0.45))


def paint_mouth(scene: Scene) -> None:
    """Paints lips, teeth and the line between the lips."""
    who, how, canvas = scene.who, scene.how, scene.canvas
    width = who.mouth_width * (1 + 0.14 * np.clip(how.smile, 0, 1))
    patch = scene.on_face(0, who.mouth_height, width, 0.1, 0.0, 0.03).patch(-1.2, -1.8, 1.2, 2.7)
    x2 = patch.x * patch.x
    lens = 1 - x2
    middle = (x2 - 0.45).mul_(column(-0.42 * how.smile))
    opened = column(how.mouth_open * 0.85)
    bow = (x2 * -9).add_(1).clamp_(min=0).mul_(-0.28).add_(1)
    top = middle - lens * bow * column(who.upper_lip * 10)
    lower = middle + lens * opened
    bottom = lower + lens * column(who.lower_lip * 10)
    ends = (patch.x.abs() - 1).mul_(column(1 / patch.grain_x))
    within = inside(ends.clone())
    lips = between(patch, top, bottom).mul_(within)
    shade = (patch.y - middle).clamp_(-0.4, 0.4).mul_(0.30).add_(0.97)
    canvas.paint(patch, lips.mul_(0.92), colour(who.lips) * shade)
    gape = between(patch, middle, lower).mul_(within).mul_(column(np.clip(how.mouth_open * 8, 0, 1)))
    canvas.paint(patch, gape, colour(np.array([[0.24], [0.06], [0.07]])))
    teeth = between(patch, middle, middle + lens.mul_(column(np.minimum(how.mouth_open * 0.6, 0.34))))
    teeth.mul_(within).mul_(column(np.clip(how.mouth_open * 6, 0, 1) * 0.95))
    canvas.paint(patch, teeth, colour(_WHITE * 0.98))
    line = (patch.y - middle).abs_().sub_(0.045).mul_(column(1 / patch.grain_y))
    closed = 0.75 * np.clip(1 - how.mouth_open * 4, 0, 1)
    canvas.paint(patch, inside(line.maximum(ends)).mul_(column(closed)), colour(who.lips * 0.42))


def paint_beard(scene: Scene) -> None:
    """Paints stubble, moustache, goatee or full beard."""
    who = scene.who
    kinds = {name: who.beard == looks.BEARDS.index(name) for name in looks.BEARDS}
    grown = kinds["full beard"] | kinds["stubble"]
    if grown.any():
        _paint_full_beard(scene, np.where(kinds["full beard"], 0.96, 0.40) * grown)
    upper = kinds["moustache"] | kinds["goatee"]
    if upper.any():
        _paint_moustache(scene, upper * 0.95)
    if kinds["goatee"].any():
        _paint_goatee(scene, kinds["goatee"] * 0.95)


def _paint_full_beard(scene: Scene, amount: np.ndarray) -> None:
    who = scene.who
    patch = scene.head.at(0, 0, who.head_width, who.head_height).patch(-1.1, -0.7, 1.1, 1.2, amount > 0)
    distance, across = outline(scene, patch, growth=0.055)
    x = across - column(scene.turned * 0.5)
    x2 = x * x
    line = (x2 * x2).mul_(-0.62).add_(column(who.nose_length / who.head_height + 0.115 + scene.nodded))
    coverage = inside(distance).mul_((patch.y - line).mul_(9).add_(0.5).clamp_(0, 1))
    shade = _stubbly(x, patch.y, scene)
    shade += x * column(scene.how.light_x * 0.8)
    scene.canvas.paint(patch, coverage.mul_(column(amount)), colour(who.brows) * shade)


def _paint_moustache(scene: Scene, amount: np.ndarray) -> None:
    who, how = scene.who, scene.how
    height = (who.mouth_height + who.nose_length + 0.02 - who.upper_lip) / 2 + 0.012
    frame = scene.on_face(0, height, who.mouth_width * 1.08, 0.05, 0.0, 0.05)
    patch = frame.patch(-1.2, -1.3, 1.2, 2.2, amount > 0)
    x2 = patch.x * patch.x
    droop = x2 * column(0.95 - 0.5 * np.clip(how.smile, 0, 1))
    thickness = (x2 * -0.55).add_(0.80)
    distance = (patch.y - droop).abs_().sub_(thickness).mul_(column(1 / patch.grain_y))
    ends = (patch.x.abs() - 1).mul_(column(1 / patch.grain_x))
    coverage = inside(distance.maximum(ends)).mul_(column(amount))
    scene.canvas.paint(patch, coverage, colour(who.brows) * _stubbly(patch.x, patch.y * 0.1, scene))


def _paint_goatee(scene: Scene, amount: np.ndarray) -> None:
    who = scene.who
    patch = scene.on_face(0, who.mouth_height + 0.185, 0.145, 0.135, 0.0, 0.03).patch(-1.1, -1.1, 1.1, 1.1, amount > 0)
    coverage = ellipse(patch).mul_(column(amount))
    scene.canvas.paint(patch, coverage, colour(who.brows) * _stubbly(patch.x, patch.y, scene))


def _stubbly(x: Plane, y: Plane, scene: Scene) -> Plane:
    hairs = wave(x * 5.3 + (y * 2.2 + column(scene.who.strands))).mul_(wave(y * 4.1 - x * 1.3))
    return hairs.mul_(0.10).add_(0.97)


def paint_glasses(scene: Scene) -> None:
    """Paints glasses or sunglasses."""
    who, how, canvas = scene.who, scene.how, scene.canvas
    worn = how.glasses > 0
    if not worn.any():
        return
    round_ = how.glasses == looks.GLASSES.index("round glasses")
    dark = how.glasses == looks.GLASSES.index("sunglasses")
    frames = table(looks.GLASSES_PAINTS)[:, how.glasses_colour]
    shown = column(worn * 1.0)
    for side in SIDES:
        frame = scene.on_face(side * (who.eye_distance + 0.004), who.eye_height + 0.012, 0.15, 0.15, 0.0, 0.03)
        patch = frame.patch(-1.2, -1.1, 1.2, 1.1, worn)
        circle = length(patch.x, patch.y).sub_(0.94)
        box = length((patch.x.abs() - 0.72).clamp_(min=0), (patch.y.abs() - 0.46).clamp_(min=0)).sub_(0.27)
        share = column(round_ * 1.0)
        distance = box + (circle - box) * share
        grain = column(1 / patch.grain_x)
        lens = inside(distance * grain).mul_(shown).mul_(column(np.where(dark, 0.93, 0.10)))
        glass = np.where(dark, np.array([[0.07], [0.07], [0.09]]), np.array([[0.86], [0.92], [0.96]]))
        gleam = (patch.x * -0.2).sub_(patch.y * 0.5).mul_(column(dark * 1.0)).add_(1)
        canvas.paint(patch, lens, colour(glass) * gleam)
        ring = inside(distance.abs_().sub_(column(np.where(dark, 0.09, 0.115))).mul_(grain)).mul_(shown)
        canvas.paint(patch, ring, colour(frames))
        _paint_temple(scene, side, worn, frames)
    patch = scene.on_face(0, who.eye_height - 0.01, who.eye_distance - 0.12, 0.03, 0.0, 0.06).patch(
        -1.3, -1.5, 1.3, 1.5, worn
    )
    arc = (patch.x * patch.x).mul_(0.5)
    coverage = between(patch, arc - 0.6, arc + 0.6).mul_(inside((patch.x.abs() - 1.1).mul_(column(1 / patch.grain_x))))
    canvas.paint(patch, coverage.mul_(shown), colour(frames))


def _paint_temple(scene: Scene, side: float, worn: np.ndarray, frames: np.ndarray) -> None:
    """The bar from a lens to the ear."""
    who = scene.who
    # From where the lens ends to where the head does.
    start = who.eye_distance + 0.145
    middle, half = (start + who.head_width * 0.97) / 2, np.maximum((who.head_width * 0.97 - start) / 2, 0.01)
    patch = scene.on_face(side * middle, who.eye_height - 0.01, half, 0.016).patch(-1.2, -1.5, 1.2, 1.5, worn)
    length = (patch.x.abs() - 1).mul_(column(1 / patch.grain_x))
    width = (patch.y.abs() - 1).mul_(column(1 / patch.grain_y))
    scene.canvas.paint(patch, inside(length.maximum(width)).mul_(column(worn * 0.85)), colour(frames))
