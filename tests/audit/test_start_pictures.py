"""Faces of strangers: always the same ones, and nobody else's."""

from pathlib import Path

import pytest
from PIL import Image

from idia.audit.start_pictures import SYNTHETIC, StartPictures, start_pictures
from idia.photos import open_photo
from idia.world.people import world_people


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("world")


@pytest.fixture(scope="module")
def six(folder: Path) -> StartPictures:
    return start_pictures(6, seed=0, folder=folder)


def contents(pictures: list[Image.Image]) -> list[bytes]:
    return [picture.tobytes() for picture in pictures]


def test_each_is_another_face(six: StartPictures) -> None:
    assert len(six.photos) == 6
    assert {picture.mode for picture in six.opened()} == {"RGB"}
    assert len(set(contents(six.opened()))) == 6
    assert contents(six.opened(1, 3)) == contents(six.opened())[1:3]
    assert contents(six.opened(4)) == contents(six.opened())[4:]
    assert six.source == SYNTHETIC


def test_fewer_are_the_first_of_more(six: StartPictures, folder: Path) -> None:
    four = start_pictures(4, seed=0, folder=folder)

    assert contents(four.opened()) == contents(six.opened(0, 4))
    assert four.sha256 != six.sha256


def test_they_are_the_same_wherever_they_are_kept(six: StartPictures) -> None:
    assert start_pictures(6, seed=0, folder=None).sha256 == six.sha256


def test_another_seed_has_others_and_no_world_has_them(six: StartPictures, folder: Path) -> None:
    seen = set(contents(six.opened()))
    world = [open_photo(person.photos[0]) for person in world_people(0, 2, 1, folder=folder)]

    assert not seen & set(contents(start_pictures(2, seed=1, folder=folder).opened()))
    assert not seen & set(contents(world))
