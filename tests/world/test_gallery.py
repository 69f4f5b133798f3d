import hashlib
import io
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from idia.photos import photo_sha256
from idia.world import gallery
from idia.world.designs import FIRST_ATTACK_PHOTO
from idia.world.gallery import PEOPLE_PER_BLOCK, SIDE, Drawings, WorldGallery

N_PHOTOS = 2
BLOCK = PEOPLE_PER_BLOCK * N_PHOTOS


class Painter:
    """Paints every photo in a colour of its own, and remembers how many there were."""

    def __init__(self) -> None:
        self.painted: list[tuple[int, int, int]] = []

    def __call__(self, seed: int, people: np.ndarray, photos: np.ndarray, side: int) -> np.ndarray:
        self.painted += [(seed, *pair) for pair in zip(people.tolist(), photos.tolist(), strict=True)]
        colours = np.stack([people + seed, photos - FIRST_ATTACK_PHOTO, np.full_like(people, 9)], axis=1).astype(
            np.uint8
        )
        return np.broadcast_to(colours[:, None, None, :], (len(people), side, side, 3))


def test_nothing_is_drawn_before_somebody_looks() -> None:
    painter = Painter()
    WorldGallery(Drawings(0, N_PHOTOS, folder=None, draw=painter), 5)

    assert painter.painted == []


def test_photos_come_person_by_person_from_the_first_attack_photo_on() -> None:
    hung = WorldGallery(Drawings(7, N_PHOTOS, folder=None, draw=Painter()), 5)
    picture = hung.picture(2 * N_PHOTOS + 1)

    assert (picture.mode, picture.size) == ("RGB", (SIDE, SIDE))
    assert picture.getpixel((0, 0)) == (7 + 2, 1, 9)
    assert hung.sha256(5) == photo_sha256(picture)


def test_a_look_draws_everybody_once() -> None:
    painter = Painter()
    drawings = Drawings(3, N_PHOTOS, folder=None, draw=painter)
    small, large = WorldGallery(drawings, 1), WorldGallery(drawings, PEOPLE_PER_BLOCK + 1)
    small.picture(0)
    assert len(painter.painted) == BLOCK

    large.draw()
    large.picture(BLOCK)
    assert len(painter.painted) == len(set(painter.painted)) == 2 * BLOCK
    assert {seed for seed, _, _ in painter.painted} == {3}


def test_a_picture_that_is_painted_over_hangs_there_unchanged() -> None:
    hung = WorldGallery(Drawings(0, N_PHOTOS, folder=None, draw=Painter()), 1)
    hung.picture(0).paste("white", (0, 0, SIDE, SIDE))

    assert photo_sha256(hung.picture(0)) == hung.sha256(0)


def test_what_was_drawn_is_not_drawn_again(tmp_path: Path) -> None:
    drawn = Drawings(1, N_PHOTOS, folder=tmp_path / "world", draw=Painter())
    drawn.draw(PEOPLE_PER_BLOCK)
    painter = Painter()
    read = WorldGallery(Drawings(1, N_PHOTOS, folder=tmp_path / "world", draw=painter), PEOPLE_PER_BLOCK)

    assert [read.sha256(number) for number in range(BLOCK)] == [
        WorldGallery(drawn, 1).sha256(number) for number in range(BLOCK)
    ]
    assert painter.painted == []


@pytest.mark.parametrize("other", [{"seed": 2}, {"n_photos": 3}])
def test_another_world_is_drawn_anew(tmp_path: Path, other: dict[str, int]) -> None:
    Drawings(1, N_PHOTOS, folder=tmp_path, draw=Painter()).draw(1)
    painter = Painter()
    wanted = {"seed": 1, "n_photos": N_PHOTOS} | other
    Drawings(wanted["seed"], wanted["n_photos"], folder=tmp_path, draw=painter).draw(1)

    assert len(painter.painted) == PEOPLE_PER_BLOCK * wanted["n_photos"]


def test_another_renderer_draws_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Drawings(1, N_PHOTOS, folder=tmp_path, draw=Painter()).draw(1)
    painter = Painter()
    monkeypatch.setattr(gallery, "_renderer_sha256", lambda: "another")
    Drawings(1, N_PHOTOS, folder=tmp_path, draw=painter).draw(1)

    assert len(painter.painted) == BLOCK


@pytest.mark.parametrize("damage", [b"", b"cut short", None])
def test_a_damaged_file_is_drawn_again(tmp_path: Path, damage: bytes | None) -> None:
    Drawings(1, N_PHOTOS, folder=tmp_path, draw=Painter()).draw(1)
    (path,) = tmp_path.glob("*.npy")
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]) if damage is None else damage)
    painter = Painter()
    Drawings(1, N_PHOTOS, folder=tmp_path, draw=painter).draw(1)

    assert len(painter.painted) == BLOCK
    assert path.read_bytes() == content


@pytest.mark.parametrize("what", ["no array", "fewer photos", "other numbers"])
def test_a_file_of_the_right_hash_but_of_another_shape_is_drawn_again(what: str, tmp_path: Path) -> None:
    Drawings(1, N_PHOTOS, folder=tmp_path, draw=Painter()).draw(1)
    (path,) = tmp_path.glob("*.npy")
    rows = np.load(path)
    path.unlink()
    file = io.BytesIO()
    np.save(file, rows[1:] if what == "fewer photos" else np.zeros(len(rows)))
    content = b"not an array" if what == "no array" else file.getvalue()
    wrong = path.with_name(f"{path.name.split('-')[0]}-{hashlib.sha256(content).hexdigest()}.npy")
    wrong.write_bytes(content)
    Drawings(1, N_PHOTOS, folder=tmp_path, draw=Painter()).draw(1)

    assert path.is_file()


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    hung = WorldGallery(Drawings(1, N_PHOTOS, folder=tmp_path / "file" / "world", draw=Painter()), 1)

    assert photo_sha256(hung.picture(0)) == hung.sha256(0)


def test_a_full_disk_costs_time_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("idia.models.private_files.tempfile.mkstemp", full)
    hung = WorldGallery(Drawings(1, N_PHOTOS, folder=tmp_path, draw=Painter()), 1)

    assert photo_sha256(hung.picture(0)) == hung.sha256(0)
    assert not list(tmp_path.glob("*.npy"))


def test_what_a_kill_left_behind_goes(tmp_path: Path) -> None:
    (tmp_path / "idia-half.tmp").write_bytes(b"half")
    (tmp_path / "mine.tmp").write_bytes(b"of somebody else")
    Drawings(1, N_PHOTOS, folder=tmp_path, draw=Painter()).draw(1)

    assert [path.name for path in tmp_path.glob("*.tmp")] == ["mine.tmp"]


@pytest.mark.skipif(os.name == "nt", reason="needs permissions")
def test_folders_are_their_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        Drawings(1, N_PHOTOS, folder=tmp_path / "cache" / "world", draw=Painter()).draw(1)
    finally:
        os.umask(before)

    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "cache", tmp_path / "cache" / "world")] == [0o700] * 2


def test_of_two_that_want_the_same_one_draws(tmp_path: Path) -> None:
    painter = Painter()
    both = [Drawings(1, N_PHOTOS, folder=tmp_path, draw=painter) for _ in range(2)]
    threads = [threading.Thread(target=drawings.draw, args=(3 * PEOPLE_PER_BLOCK,)) for drawings in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(painter.painted) == 3 * BLOCK


def test_progress_counts_the_photos() -> None:
    told: list[tuple[str, int, int]] = []
    Drawings(1, N_PHOTOS, folder=None, draw=Painter()).draw(
        2 * PEOPLE_PER_BLOCK, lambda stage, done, total: told.append((stage, done, total))
    )

    assert told == [("drawing", BLOCK, 2 * BLOCK), ("drawing", 2 * BLOCK, 2 * BLOCK)]


def test_the_pictures_of_the_renderer_are_turned_into_rows_of_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    import idia.world

    def render(seed: int, people: np.ndarray, photos: np.ndarray, side: int) -> torch.Tensor:
        pictures = np.zeros((len(people), 3, side, side), dtype=np.uint8)
        pictures[:, 0] = people[:, None, None] + seed
        pictures[:, 1, 0] = (photos - FIRST_ATTACK_PHOTO)[:, None]
        return torch.from_numpy(pictures)

    monkeypatch.setattr(idia.world, "render_people", render, raising=False)
    picture = WorldGallery(Drawings(5, N_PHOTOS, folder=None), 1).picture(3)

    assert isinstance(picture, Image.Image)
    assert picture.getpixel((4, 0)) == (5 + 1, 1, 0)
    assert picture.getpixel((4, 1)) == (5 + 1, 0, 0)


def test_drawing_leaves_the_threads_of_others_alone() -> None:
    import torch

    before = torch.get_num_threads()
    Drawings(1, N_PHOTOS, folder=None, draw=Painter()).draw(1)

    assert torch.get_num_threads() == before


def test_the_number_of_threads_changes_no_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    for cores in (1, 2):
        monkeypatch.setattr("os.cpu_count", lambda: cores)  # noqa: B023 - called in this very turn
        hung = WorldGallery(Drawings(0, 1, folder=None), 2 * PEOPLE_PER_BLOCK)
        drawn.append([hung.sha256(number) for number in range(2 * PEOPLE_PER_BLOCK)])

    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 2 * PEOPLE_PER_BLOCK
