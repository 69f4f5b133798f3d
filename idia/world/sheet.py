"""A look at a world: some of its people on several photos each, then strangers, then objects."""

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from idia.errors import SettingError
from idia.world.designs import FIRST_STRANGER
from idia.world.faces import render_people
from idia.world.objects import render_objects

_PAPER = 250  # grey of the ground


def contact_sheet(seed: int, n_people: int = 12, n_photos: int = 10, side: int = 96) -> Image.Image:
    """Returns pictures of a world in rows: one for each person, then two of strangers and two of objects.

    Args:
        seed: Of the world.
        n_people: How many people.
        n_photos: How many photos of each, and how many pictures in the other rows.
        side: Pixels a side of one picture.

    Raises:
        SettingError: A number is out of range.
    """
    if n_people < 1 or n_photos < 1:
        raise SettingError(f"expected at least one person and one photo, got {n_people} and {n_photos}.")
    people = np.repeat(np.arange(n_people), n_photos)
    photos = np.tile(np.arange(n_photos), n_people)
    strangers = FIRST_STRANGER + np.arange(2 * n_photos)
    rows = [
        render_people(seed, people, photos, side).numpy().reshape(n_people, n_photos, 3, side, side),
        render_people(seed, strangers, np.zeros_like(strangers), side).numpy().reshape(2, n_photos, 3, side, side),
        render_objects(seed, np.arange(2 * n_photos), side).numpy().reshape(2, n_photos, 3, side, side),
    ]
    gap = max(2, side // 24)
    break_ = 4 * gap
    width = gap + n_photos * (side + gap)
    sheet = np.full((gap + sum(len(part) for part in rows) * (side + gap) + 2 * break_, width, 3), _PAPER, np.uint8)
    top = gap
    for part in rows:
        for row in part:
            _lay(sheet, row, top, gap)
            top += side + gap
        top += break_
    return Image.fromarray(sheet)


def _lay(sheet: UInt8[np.ndarray, "height width 3"], row: np.ndarray, top: int, gap: int) -> None:
    side = row.shape[-1]
    for number, picture in enumerate(row):
        left = gap + number * (side + gap)
        sheet[top : top + side, left : left + side] = picture.transpose(1, 2, 0)
