from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from idia.errors import DatasetError
from idia.training.pictures import STORED_SIDE, cut_face, load_pictures


def marked(width: int, height: int, side: int) -> Image.Image:
    """A black picture with a white square of that side in its middle."""
    image = Image.new("RGB", (width, height))
    left, top = (width - side) // 2, (height - side) // 2
    image.paste("white", (left, top, left + side, top + side))
    return image


@pytest.mark.parametrize(("width", "height"), [(250, 250), (400, 250), (250, 400)])
def test_the_face_is_cut_from_the_middle(width: int, height: int) -> None:
    face = cut_face(marked(width, height, 120), 0.48)

    assert face.size == (120, 120)
    assert np.asarray(face).min() == 255


def test_the_stored_square_is_a_little_larger_than_the_face() -> None:
    pictures, _ = load_pictures([marked(300, 250, 120)], 0.48)

    white = (pictures.pixels[0, 0] > 127).float().mean().sqrt().item()

    assert pictures.pixels.shape == (1, 3, STORED_SIDE, STORED_SIDE)
    assert white == pytest.approx(0.9, abs=0.02)
    assert pictures.margin == pytest.approx(10 / 9)


def test_a_whole_photo_leaves_no_margin() -> None:
    assert load_pictures([marked(100, 100, 50)], 1.0)[0].margin == 1.0


def test_equal_pictures_correlate_and_blank_ones_do_not_break() -> None:
    blank = Image.new("RGB", (60, 60), "grey")

    _, fingerprints = load_pictures([marked(100, 100, 50), marked(200, 200, 100), blank, blank], 1.0)
    correlation = fingerprints @ fingerprints.T

    assert correlation[0, 1] > 0.99
    assert correlation[2, 3] == pytest.approx(1)
    assert abs(correlation[0, 2]) < 1e-5


def test_all_unreadable_photos_are_listed(tmp_path: Path) -> None:
    good, text, cut = (tmp_path / name for name in ("good.png", "text.jpg", "cut.png"))
    marked(50, 50, 20).save(good)
    text.write_text("no picture")
    cut.write_bytes(good.read_bytes()[:60])

    with pytest.raises(DatasetError, match=r"(?s)2 of 3 photos cannot be read:.*text\.jpg.*cut\.png"):
        load_pictures([good, text, cut], 0.5)
