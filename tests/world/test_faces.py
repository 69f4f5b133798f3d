import dataclasses
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from jaxtyping import Float64, Int64

from idia.errors import SettingError
from idia.world import batches, drawing, faces, looks, render_people
from idia.world.circumstances import Circumstances, circumstances
from idia.world.head import paint_face
from idia.world.identity import Identity, identities

SAMPLE = np.arange(96)
PINNED = "df00cb51a5685a2837a1dbf8fc15e33ce6798628cb2225c5cae4b78387b5ec37"


@pytest.fixture
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def sample(size: int = 96, side: int = 32) -> torch.Tensor:
    """Pictures of two photos of each person, some pictures at a time."""
    parts = [SAMPLE[start : start + size] for start in range(0, len(SAMPLE), size)]
    return torch.cat([render_people(3, part // 2, part % 2 * 1_000, side) for part in parts])


def sha256(pictures: torch.Tensor) -> str:
    return hashlib.sha256(pictures.numpy().tobytes()).hexdigest()


def test_the_pictures_are_the_same_for_ever() -> None:
    assert sha256(sample()) == PINNED


def test_a_processor_without_vector_instructions_draws_the_same_bytes() -> None:
    code = (
        "import numpy as np, hashlib\n"
        "from idia.world import render_people\n"
        "numbers = np.arange(96)\n"
        "pictures = render_people(3, numbers // 2, numbers % 2 * 1_000)\n"
        "print(hashlib.sha256(pictures.numpy().tobytes()).hexdigest())\n"
    )
    plain = {"ATEN_CPU_CAPABILITY": "default", "OMP_NUM_THREADS": "1"}
    found = subprocess.run([sys.executable, "-c", code], env=os.environ | plain, capture_output=True, check=True)

    assert found.stdout.decode().strip() == PINNED


@pytest.mark.parametrize("size", [1, 7, 64])
def test_a_picture_does_not_hang_on_the_others(size: int) -> None:
    assert torch.equal(sample(size), sample())


def test_a_picture_does_not_hang_on_the_order() -> None:
    shuffled = np.argsort(SAMPLE * 37 % 96)

    assert torch.equal(render_people(3, shuffled // 2, shuffled % 2 * 1_000), sample()[torch.from_numpy(shuffled)])


@pytest.mark.usefixtures("_threads")
def test_sharing_the_work_out_would_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_one_thread", nullcontext)
    torch.set_num_threads(2)
    few = SAMPLE[:64]

    assert torch.equal(render_people(3, few // 2, few % 2 * 1_000), sample()[:64])


@pytest.mark.usefixtures("_threads")
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_picture_does_not_hang_on_the_number_of_threads(threads: int) -> None:
    torch.set_num_threads(threads)

    assert sha256(sample()) == PINNED
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("side", [16, 33, 128])
def test_nothing_is_painted_outside_of_where_it_is_looked_for(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = render_people(3, SAMPLE[:24], SAMPLE[:24], side)
    monkeypatch.setattr(drawing, "_range", lambda *_: slice(0, side))

    assert torch.equal(render_people(3, SAMPLE[:24], SAMPLE[:24], side), drawn)


@pytest.mark.parametrize("side", [16, 31, 48, 256])
def test_pictures_are_as_large_as_asked_for(side: int) -> None:
    pictures = render_people(1, np.arange(3), np.arange(3), side)

    assert pictures.shape == (3, 3, side, side)
    assert pictures.dtype == torch.uint8
    assert pictures.float().std(dim=(1, 2, 3)).min() > 10


def test_a_size_shows_what_another_shows() -> None:
    small = render_people(1, np.arange(40), np.zeros(40, np.int64), 32).float()
    large = render_people(1, np.arange(40), np.zeros(40, np.int64), 128).float()
    shrunk = torch.nn.functional.avg_pool2d(large, 4)
    difference = (small - shrunk).abs().mean(dim=(1, 2, 3))

    assert difference.median() < 8  # noise alone makes 4
    assert difference.max() < 20


def test_no_pictures_are_drawn_of_nobody() -> None:
    assert render_people(1, np.arange(0), np.arange(0)).shape == (0, 3, 32, 32)


def test_seed_person_and_photo_each_change_a_picture() -> None:
    one = np.array([5])
    pictures = [
        sha256(render_people(*which))
        for which in ((1, one, one), (2, one, one), (1, one + 1, one), (1, one, one + 1), (1, one, one + 1_000))
    ]

    assert len(set(pictures)) == 5


def skin_share(pictures: torch.Tensor, who: Identity, how: Circumstances) -> Float64[np.ndarray, " pictures"]:
    """How much of the middle of each picture has about the hue of the person's skin in that light."""
    pixels = pictures.numpy().astype(np.float64)[:, :, 8:24, 8:24] / 255
    hues = pixels / np.clip(pixels.sum(axis=1, keepdims=True), 0.05, None)
    skin = (who.skin * how.gains).T[:, :, None, None]
    share: Float64[np.ndarray, " pictures"] = (
        np.abs(hues - skin / skin.sum(axis=1, keepdims=True)).max(axis=1) < 0.06
    ).mean(axis=(1, 2))
    return share


def skin_shares() -> Float64[np.ndarray, " pictures"]:
    """Over pictures with colours and nothing before the face."""
    numbers = np.arange(400)
    who = identities(1, numbers)
    how = circumstances(1, numbers, numbers % 3, who)
    shares = skin_share(render_people(1, numbers, numbers % 3), who, how)
    seen: Float64[np.ndarray, " pictures"] = shares[(how.grey == 0) & (how.occluder == 0)]
    return seen


def test_faces_are_visible() -> None:
    shares = skin_shares()

    assert shares.min() > 0.02
    assert np.median(shares) > 0.45


def test_a_vanished_face_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    others = tuple(layer for layer in faces._LAYERS if layer is not paint_face)
    monkeypatch.setattr(faces, "_LAYERS", others)

    assert np.median(skin_shares()) < 0.35


def photos_of(people: Int64[np.ndarray, " people"], n_photos: int) -> torch.Tensor:
    """Photos [people, photos, values]."""
    numbers = np.repeat(people, n_photos), np.tile(np.arange(n_photos), len(people))
    return render_people(4, *numbers).float().reshape(len(people), n_photos, -1)


def test_two_people_differ_more_than_two_photos_of_one() -> None:
    photos = photos_of(np.arange(50), 40)
    halves = photos[:, :20].mean(dim=1), photos[:, 20:].mean(dim=1)
    same = (halves[0] - halves[1]).square().mean()
    other = (halves[0] - halves[1].roll(1, dims=0)).square().mean()
    same_photo = (photos[:, :20] - photos[:, 20:]).square().mean()
    other_photo = (photos[:, :20] - photos[:, 20:].roll(1, dims=0)).square().mean()

    assert other > 3 * same
    assert other_photo > 1.08 * same_photo


def test_photos_of_a_person_differ_everywhere_and_people_do_in_the_middle() -> None:
    photos = photos_of(np.arange(30), 20)
    within = photos.std(dim=1).mean(dim=0).reshape(3, 32, 32)
    between = photos.mean(dim=1).std(dim=0).reshape(3, 32, 32).mean(dim=0)

    assert within.min() > 25
    # What people have in common is the background; chance alone makes within / sqrt(20).
    assert between[4:26, 8:24].mean() > 1.4 * between[:, [0, 1, 30, 31]].mean()


Change = Callable[[Identity, Circumstances], tuple[Identity, Circumstances]]

CHANGES: dict[str, Change] = {
    "hair colour": lambda who, how: (dataclasses.replace(who, hair=np.roll(who.hair, 1, axis=1)), how),
    "hair style": lambda who, how: (
        dataclasses.replace(who, hair_style=(who.hair_style + 1) % len(looks.HAIR_STYLES)),
        how,
    ),
    "glasses": lambda who, how: (who, dataclasses.replace(how, glasses=(how.glasses + 1) % len(looks.GLASSES))),
    "beard": lambda who, how: (dataclasses.replace(who, beard=(who.beard + 1) % len(looks.BEARDS)), how),
    "clothing": lambda who, how: (who, dataclasses.replace(how, clothing=(how.clothing + 1) % len(looks.CLOTHES))),
    "eyes": lambda who, how: (dataclasses.replace(who, eye_size=who.eye_size * 1.25), how),
    "nose": lambda who, how: (dataclasses.replace(who, nose_length=who.nose_length + 0.05), how),
    "mouth": lambda who, how: (dataclasses.replace(who, mouth_width=who.mouth_width * 1.3), how),
    "brows": lambda who, how: (dataclasses.replace(who, brow_thickness=who.brow_thickness * 2), how),
    "ears": lambda who, how: (dataclasses.replace(who, ear_size=who.ear_size * 1.5), how),
    "smile": lambda who, how: (who, dataclasses.replace(how, smile=how.smile + 1)),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_somebody_looks_like_is_seen(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.arange(128)
    drawn = render_people(6, numbers, numbers).float()
    who = identities(6, numbers)
    other, otherwise = CHANGES[what](who, circumstances(6, numbers, numbers, who))
    monkeypatch.setattr(faces, "identities", lambda *_: other)
    monkeypatch.setattr(faces, "circumstances", lambda *_: otherwise)
    changed = (render_people(6, numbers, numbers).float() - drawn).abs().amax(dim=(1, 2, 3))

    # By more than a few grey levels at one pixel at least; sunglasses hide eyes, and hair hides ears.
    assert (changed > 6).float().mean() > 0.7, what


@pytest.mark.parametrize("side", [15, 257])
def test_other_sizes_are_not_drawn(side: int) -> None:
    with pytest.raises(SettingError, match=f"16 to 256 pixels a side, got {side}"):
        render_people(1, np.arange(2), np.arange(2), side)


def test_numbers_that_nobody_has_are_errors() -> None:
    with pytest.raises(SettingError, match=r"seed must be a whole number in \[0, 2\*\*64\), got -1"):
        render_people(-1, np.arange(2), np.arange(2))
    with pytest.raises(SettingError, match="numbered from 0, got -3"):
        render_people(1, np.array([2, -3]), np.arange(2))
    with pytest.raises(SettingError, match=r"one number for each picture, got arrays of shapes \(2,\) and \(3,\)"):
        render_people(1, np.arange(2), np.arange(3))
