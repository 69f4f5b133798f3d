"""Photos of strangers that somebody brings: which are taken, and which are refused."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from idia.audit.start_pictures import own_pictures
from idia.errors import DatasetError, SettingError
from idia.people import Person


def photo(path: Path, number: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(number).integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(path)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    faces = tmp_path_factory.mktemp("faces")
    for number in range(12):
        photo(faces / f"person{number % 3}" / f"{number}.png", number)
    photo(faces / "twice.png", 5)
    (faces / "notes.txt").write_text("no photo")
    return faces


def test_every_content_is_taken_once(folder: Path) -> None:
    taken = own_pictures(folder, 100, (), seed=0, at_least=5)

    assert len(taken.photos) == 12
    assert len(taken.opened(2, 4)) == 2
    assert str(folder) not in taken.source


def test_fewer_are_the_first_of_more_and_seeds_differ(folder: Path) -> None:
    more, fewer, other = (own_pictures(folder, n, (), seed=seed, at_least=5) for n, seed in ((10, 0), (6, 0), (10, 1)))

    assert more.photos[:6] == fewer.photos
    assert more.photos != other.photos
    assert len({more.sha256, fewer.sha256, other.sha256}) == 3


def test_too_few_are_refused(folder: Path) -> None:
    with pytest.raises(SettingError, match="holds 12 different photos, and 13 are needed"):
        own_pictures(folder, 100, (), seed=0, at_least=13)


def test_photos_of_attacked_people_are_refused(folder: Path, tmp_path: Path) -> None:
    attacked = Person("Ada Example", (photo(tmp_path / "ada.png", 3), photo(tmp_path / "other.png", 99)))

    with pytest.raises(DatasetError, match=r"1 of the photos .* are of people under attack") as raised:
        own_pictures(folder, 100, [attacked], seed=0, at_least=5)
    assert "Ada" not in str(raised.value)
