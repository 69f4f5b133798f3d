"""Pictures reach a network in order and bit by bit the same, whoever opens them and however many threads there are."""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from idia.errors import ModelError
from idia.models.pictures import Pictures, in_batches
from idia.photos import DrawnPhoto, Photo, UnreadablePhotoError, open_photo

CPU, ELSEWHERE = torch.device("cpu"), torch.device("meta")
# How the network is fed: small and on several cores, large on the same cores, or on another device.
WAYS = [(CPU, 2), (CPU, 3), (CPU, 1), (ELSEWHERE, 1)]


def transform(picture: Image.Image) -> Tensor:
    return torch.from_numpy(np.asarray(picture.resize((4, 4)), np.float32)).permute(2, 0, 1)


class Hall:
    """A gallery of one colour each."""

    def picture(self, number: int) -> Image.Image:
        return Image.new("RGB", (5, 5), (number, 0, 0))

    def sha256(self, number: int) -> str:
        raise AssertionError(f"nobody asked for the fingerprint of {number}")

    def draw(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        raise AssertionError("nobody asked for all")


@pytest.fixture(params=[1, 2, 5])
def n_threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.fixture
def photos(photo_files: list[Path], pictures: list[Image.Image]) -> list[Photo]:
    """Files, pictures in memory and drawn ones, mixed."""
    return [*photo_files[:5], *pictures[5:], DrawnPhoto(Hall(), 3), *photo_files[5:], DrawnPhoto(Hall(), 4)]


@pytest.mark.parametrize(("device", "n_workers"), WAYS)
@pytest.mark.parametrize("size", [1, 3, 64])
@pytest.mark.parametrize("are_opened", [True, False])
def test_a_network_gets_every_picture_in_order(
    photos: list[Photo], n_threads: int, device: torch.device, n_workers: int, size: int, are_opened: bool
) -> None:
    images = [open_photo(photo) for photo in photos] if are_opened else Pictures(photos)
    with in_batches(images, transform, lambda batch: batch * 2, size=size, device=device, n_workers=n_workers) as made:
        batches = list(made)

    assert [len(batch) for batch in batches[:-1]] == [size] * (len(photos) // size - (len(photos) % size == 0))
    assert torch.equal(torch.cat(batches), torch.stack([transform(open_photo(photo)) * 2 for photo in photos]))
    assert torch.get_num_threads() == n_threads


def test_a_model_that_takes_them_one_by_one_gets_the_same(photos: list[Photo], n_threads: int) -> None:
    taken: list[int] = []
    threads: list[int] = []
    for picture, photo in zip(Pictures(photos, taken.append), photos, strict=True):
        assert picture.tobytes() == open_photo(photo).tobytes()
        threads.append(torch.get_num_threads())

    assert taken == list(range(len(photos)))
    assert set(threads) == {n_threads}, "the model's own work must not be slowed down"


def test_photos_are_counted_by_the_thread_that_takes_them(photos: list[Photo]) -> None:
    for device, n_workers in WAYS:
        counted: list[tuple[int, int]] = []

        def count(position: int, counted: list[tuple[int, int]] = counted) -> None:
            counted.append((position, threading.get_ident()))

        images = Pictures(photos, count)
        with in_batches(images, transform, _itself, size=2, device=device, n_workers=n_workers) as made:
            list(made)
        assert counted == [(position, threading.get_ident()) for position in range(len(photos))]


@pytest.mark.parametrize(("device", "n_workers"), WAYS)
def test_of_two_unreadable_photos_the_first_is_named(
    photo_files: list[Path], n_threads: int, device: torch.device, n_workers: int
) -> None:
    for number in (3, 4):
        photo_files[number].write_text("no photo")

    with (
        in_batches(Pictures(photo_files), transform, _itself, size=2, device=device, n_workers=n_workers) as made,
        pytest.raises(UnreadablePhotoError, match=r"3\.png"),
    ):
        list(made)
    assert torch.get_num_threads() == n_threads
    with pytest.raises(UnreadablePhotoError, match=r"3\.png"):
        list(Pictures(photo_files))


@pytest.mark.parametrize(("device", "n_workers"), WAYS)
@pytest.mark.parametrize("how", ["stops", "interrupted"])
def test_nothing_goes_on_after_an_early_end(
    photo_files: list[Path], device: torch.device, n_workers: int, how: str
) -> None:
    n_before, done = threading.active_count(), 0

    def slowly(picture: Image.Image) -> Tensor:
        nonlocal done
        time.sleep(0.005)
        done += 1
        return transform(picture)

    def early() -> None:
        images = Pictures(photo_files * 30)
        with in_batches(images, slowly, _itself, size=4, device=device, n_workers=n_workers) as made:
            next(made)
            if how == "interrupted":
                raise KeyboardInterrupt

    if how == "interrupted":
        with pytest.raises(KeyboardInterrupt):
            early()
    else:
        early()
    done_then = done
    time.sleep(0.02)
    assert done == done_then < 30
    assert threading.active_count() == n_before


def test_pictures_ahead_of_another_device_are_few(photo_files: list[Path]) -> None:
    taken: list[int] = []
    images = Pictures(photo_files * 30, taken.append)
    with in_batches(images, transform, _itself, size=8, device=ELSEWHERE, n_workers=1) as made:
        next(made)
        assert len(taken) <= 2 * 8 + 1


def test_pictures_are_made_ready_while_another_device_computes(photo_files: list[Path]) -> None:
    ready = threading.Event()
    n_done = 0

    def counted(picture: Image.Image) -> Tensor:
        nonlocal n_done
        n_done += 1
        if n_done > 2:
            ready.set()
        return transform(picture)

    def encode(batch: Tensor) -> Tensor:
        assert ready.wait(timeout=30)  # for ever, if the next pictures waited for this batch
        return batch

    with in_batches(Pictures(photo_files), counted, encode, size=2, device=ELSEWHERE, n_workers=1) as made:
        assert len(torch.cat(list(made))) == len(photo_files)


def test_files_are_opened_side_by_side(photo_files: list[Path]) -> None:
    together, before = threading.Barrier(2, timeout=30), torch.get_num_threads()

    def waiting(picture: Image.Image) -> Tensor:
        together.wait()  # broken, if nobody else is there
        return transform(picture)

    torch.set_num_threads(2)
    try:
        for device, n_workers in ((CPU, 2), (CPU, 1), (ELSEWHERE, 1)):
            with in_batches(
                Pictures([*photo_files, photo_files[0]]), waiting, _itself, size=2, device=device, n_workers=n_workers
            ) as made:
                list(made)
    finally:
        torch.set_num_threads(before)


def test_of_pictures_that_were_begun_none_is_lost(photo_files: list[Path], n_threads: int) -> None:
    pictures = Pictures(photo_files)
    first = next(pictures)
    for _ in range(2):
        with pytest.raises(ModelError, match=r"some were taken.*itertools.chain"):
            pictures.unopened()

    with in_batches(chain([first], pictures), transform, _itself, size=3, device=CPU, n_workers=1) as made:
        pixels = torch.cat(list(made))
    assert torch.equal(pixels, torch.stack([transform(open_photo(photo)) for photo in photo_files]))


def test_pictures_are_taken_in_one_way_alone(photo_files: list[Path]) -> None:
    pictures = Pictures(photo_files)
    unopened = pictures.unopened()
    with pytest.raises(ModelError, match="taken unopened"):
        next(pictures)
    with pytest.raises(ModelError, match="some were taken"):
        pictures.unopened()

    assert list(unopened) == photo_files
    assert list(unopened) == []


@pytest.mark.parametrize("is_opened", [True, False])
def test_after_an_error_there_is_never_an_end(
    pictures: list[Image.Image], photo_files: list[Path], n_threads: int, is_opened: bool
) -> None:
    photo_files[3].write_text("no photo")
    strip = Image.new("RGB", (1, 1000))
    images = Pictures(photo_files) if is_opened else Pictures([*photo_files[:3], strip, *photo_files[4:]])
    taken: Iterator[object] = images if is_opened else images.unopened()
    with pytest.raises(UnreadablePhotoError) as first:
        list(taken)

    for _ in range(3):
        with pytest.raises(UnreadablePhotoError) as again:
            next(taken)
        assert again.value is first.value


def _itself(batch: Tensor) -> Tensor:
    return batch
