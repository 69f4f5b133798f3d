from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from idia.blind.crossvalidation import area, out_of_fold
from idia.blind.images import MOST_PHOTOS, image_features, image_judge
from idia.errors import DatasetError
from idia.people import Person

IS_MEMBER = np.arange(40) % 2 == 0
KEYS = np.arange(40, dtype=np.uint64)


def judged(people: tuple[Person, ...]) -> float:
    scores = out_of_fold(image_judge(image_features(people), IS_MEMBER), IS_MEMBER, KEYS, seed=0)
    return area(scores, IS_MEMBER)


def changed(people: tuple[Person, ...], change: object) -> tuple[Person, ...]:
    return tuple(
        Person(person.name, tuple(change(photo) for photo in person.photos) if member else person.photos)  # type: ignore[operator]  # a plain function
        for person, member in zip(people, IS_MEMBER, strict=True)
    )


def test_photos_of_noise_give_nothing_away(strangers: tuple[Person, ...]) -> None:
    assert 0.3 < judged(strangers) < 0.75


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda photo: photo.filter(ImageFilter.GaussianBlur(1)), id="blurred"),
        pytest.param(lambda photo: photo.resize((20, 16)), id="of-another-shape"),
        pytest.param(lambda photo: photo.point(lambda value: value // 2), id="darker"),
        pytest.param(lambda photo: photo.convert("L"), id="grey"),
    ],
)
def test_what_the_photos_of_members_have_in_common_is_found(strangers: tuple[Person, ...], change: object) -> None:
    assert judged(changed(strangers, change)) > 0.95


def test_the_number_of_photos_is_found(strangers: tuple[Person, ...]) -> None:
    people = tuple(
        Person(person.name, person.photos[: 1 + member]) for person, member in zip(strangers, IS_MEMBER, strict=True)
    )

    assert judged(people) > 0.95


def test_the_size_of_files_is_measured_and_unknown_without_one(tmp_path: Path, strangers: tuple[Person, ...]) -> None:
    picture = strangers[0].photos[0]
    assert isinstance(picture, Image.Image)
    picture.save(tmp_path / "ada.png")

    in_memory, on_disk = image_features([strangers[0], Person("Ada Example", (tmp_path / "ada.png",) * 2)])

    n_bytes = (tmp_path / "ada.png").stat().st_size
    assert on_disk[3:5] == pytest.approx([np.log(n_bytes), np.log(n_bytes / 256)])
    assert np.isnan(in_memory[3:5]).all()
    assert np.isfinite(np.delete(in_memory, [3, 4])).all()


def test_of_many_photos_eight_are_looked_at() -> None:
    opened = [Image.new("L", (8, 8), value) for value in range(100)]

    (features,) = image_features([Person("Ada Example", tuple(opened))])

    assert features[0] == pytest.approx(np.log(100))
    assert features[6] == pytest.approx(np.mean([index * 100 // MOST_PHOTOS for index in range(MOST_PHOTOS)]))


def test_photos_too_small_to_be_sharp_or_all_alike_can_be_judged() -> None:
    people = tuple(Person(f"Ada {number}", (Image.new("RGB", (1, 2)),)) for number in range(40))

    assert judged(people) == 0.5


def test_progress_is_told_and_a_photo_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    (tmp_path / "ada.jpg").write_bytes(b"no photo")

    image_features([Person("Ada Example", (Image.new("RGB", (8, 8)),))], lambda *progress: told.append(progress))

    assert told == [("looking at photos", 1, 1)]
    with pytest.raises(DatasetError, match="not a picture in a known format"):
        image_features([Person("Ada Example", (tmp_path / "ada.jpg",))])
