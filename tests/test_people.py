import json
import os
import random
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from idia.errors import DatasetError, SettingError
from idia.people import PeopleSet, Person, checked, load_people
from idia.photos import DrawnPhoto

ZOE = "Zoë_Example"


def save(*paths: Path) -> None:
    """A small photo of its own for each path."""
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (sum(map(ord, path.name)) % 256, len(path.parent.name), 0)).save(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "faces"
    save(root / "Ben_Sample/1.png", root / "Ada_Example/2.png", root / "Ada_Example/1.png")
    return root


def test_people_come_by_name_and_photos_by_file_name(root: Path) -> None:
    people_set = load_people(root)

    assert people_set == PeopleSet(
        "faces",
        (
            Person("Ada Example", (root / "Ada_Example/1.png", root / "Ada_Example/2.png")),
            Person("Ben Sample", (root / "Ben_Sample/1.png",)),
        ),
    )
    assert load_people(str(root)) == people_set
    assert len(people_set) == 2
    assert [person.name for person in people_set] == ["Ada Example", "Ben Sample"]
    assert people_set.min_photos == 1
    assert people_set.unreadable == 0


def test_loading_decodes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "Ada_Example" / "1.jpg"
    path.parent.mkdir()
    path.write_text("no photo")

    assert load_people(tmp_path).people == (Person("Ada Example", (path,)),)


@pytest.mark.parametrize("other", ["ada_example", "Ada Example", "Ada__Example"])
def test_two_folders_of_one_name_are_an_error(root: Path, other: str) -> None:
    save(root / other / "3.png")
    if len(list(root.iterdir())) < 3:
        pytest.skip("this file system takes the two for one folder")

    with pytest.raises(DatasetError, match="two people have the same name"):
        load_people(root)


def test_two_unicode_forms_of_one_name_are_an_error_that_tells_them_apart(tmp_path: Path) -> None:
    save(*(tmp_path / unicodedata.normalize(form, ZOE) / "1.png" for form in ("NFC", "NFD")))
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this file system takes the two for one folder")

    with pytest.raises(DatasetError, match=r"Zoe\\u0308_Example' and '.*Zo\\xeb_Example'"):
        load_people(tmp_path)


def test_errors_about_the_folder_come_through(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such folder"):
        load_people(tmp_path / "missing")
    with pytest.raises(SettingError, match="layout must be one of"):
        load_people(tmp_path, layout="imagenet")


def test_the_set_is_called_after_its_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)

    assert load_people(".").id == "faces"
    assert load_people("../faces/").id == "faces"
    assert load_people("Ada_Example/..").id == "faces"


def test_the_attack_photos_of_a_training_are_called_after_the_set_they_are_from(tmp_path: Path) -> None:
    save(tmp_path / "attack/Ada_Example/1.png", tmp_path / "other/Ada_Example/1.png")
    assert load_people(tmp_path / "attack").id == "attack"

    (tmp_path / "recipe.json").write_text(json.dumps({"people": "lfw"}))

    assert load_people(tmp_path / "attack").id == "lfw"
    assert load_people(tmp_path / "other").id == "other"


@pytest.mark.parametrize("recipe", ['{"people": 3}', '{"people": " "}', "{}", "{"])
def test_a_recipe_that_names_nothing_changes_nothing(tmp_path: Path, recipe: str) -> None:
    save(tmp_path / "attack/Ada_Example/1.png")
    (tmp_path / "recipe.json").write_text(recipe)

    assert load_people(tmp_path / "attack").id == "attack"


def test_a_set_of_nobody_is_refused() -> None:
    with pytest.raises(DatasetError, match="nobody in the set"):
        PeopleSet("none", ())


def test_two_people_of_one_name_are_refused() -> None:
    with pytest.raises(DatasetError, match="'Ada Example' and 'ADA_EXAMPLE'"):
        PeopleSet("two", (Person("Ada Example", ()), Person("ADA_EXAMPLE", ())))


def test_a_person_without_a_name_is_refused() -> None:
    with pytest.raises(DatasetError, match="name is blank"):
        PeopleSet("one", (Person("_", ()),))


def test_the_manifest_does_not_depend_on_any_order_or_place(root: Path, tmp_path: Path) -> None:
    people_set = load_people(root)
    moved = root.rename(tmp_path / "moved")
    (moved / "Ada_Example/1.png").rename(moved / "Ada_Example/9.png")
    elsewhere = load_people(moved)
    shuffled = list(elsewhere.people)
    random.Random(1).shuffle(shuffled)

    before = PeopleSet("other", tuple(shuffled)).manifest_sha256

    assert before == elsewhere.manifest_sha256
    assert people_set.id != elsewhere.id


def test_the_manifest_depends_on_names_and_photos(root: Path) -> None:
    first = load_people(root).manifest_sha256
    (root / "Ada_Example").rename(root / "Ada_Other")
    renamed = load_people(root).manifest_sha256
    save(root / "Ben_Sample/more.png")

    assert len({first, renamed, load_people(root).manifest_sha256}) == 3


def test_the_manifest_is_computed_once(root: Path) -> None:
    people_set = load_people(root)
    first = people_set.manifest_sha256
    (root / "Ben_Sample/1.png").unlink()

    assert people_set.manifest_sha256 == first


def test_pictures_in_memory_have_a_manifest() -> None:
    red, blue = (PeopleSet("m", (Person("Ada", (Image.new("RGB", (2, 2), colour),)),)) for colour in ("red", "blue"))

    assert red.manifest_sha256 != blue.manifest_sha256


def test_readable_people_are_left_as_they_are(root: Path) -> None:
    people_set = load_people(root)

    assert checked(people_set) is people_set
    assert checked(people_set, skip_unreadable=True) is people_set


def test_unreadable_photos_are_listed_and_end_the_run(root: Path) -> None:
    (root / "Ada_Example/3.jpg").write_text("no photo")
    (root / "Ben_Sample/2.jpg").mkdir()

    with pytest.raises(DatasetError) as caught:
        checked(load_people(root))

    message = str(caught.value)
    assert message.startswith("2 of 5 photos cannot be read:\n")
    assert f"  {str(root / 'Ada_Example/3.jpg')!r}: not a picture in a known format" in message
    assert f"  {str(root / 'Ben_Sample/2.jpg')!r}: it is a folder, not a photo\n" in message
    assert "--idia-skip-unreadable" in message


def test_no_more_than_20_unreadable_photos_are_listed(root: Path) -> None:
    for number in range(25):
        (root / f"Ada_Example/bad{number:02}.jpg").touch()

    with pytest.raises(DatasetError, match=r"bad19\.jpg': the file is empty\n  and 5 more\n"):
        checked(load_people(root))


def test_unreadable_photos_are_dropped_and_counted_on_demand(root: Path) -> None:
    good = load_people(root)
    (root / "Ada_Example/3.jpg").touch()

    kept = checked(load_people(root), skip_unreadable=True)

    assert kept.people == good.people
    assert kept.unreadable == 1
    assert kept.manifest_sha256 == good.manifest_sha256


def test_somebody_without_a_readable_photo_is_an_error_all_the_same(root: Path) -> None:
    (root / "Ben_Sample/1.png").write_text("no photo")

    with pytest.raises(DatasetError, match="no photo that can be read is left of 'Ben Sample'"):
        checked(load_people(root), skip_unreadable=True)


def test_unreadable_pictures_in_memory_are_found_too() -> None:
    good, bad = Image.new("RGB", (2, 2)), Image.new("L", (1, 1_000))
    people_set = PeopleSet("memory", (Person("Ada Example", (good, bad)),))

    with pytest.raises(DatasetError, match="a picture in memory: a strip of 1 x 1000"):
        checked(people_set)
    assert checked(people_set, skip_unreadable=True).people[0].photos == (good,)


@pytest.mark.real_photos
@pytest.mark.skipif("IDIA_TEST_DATA" not in os.environ, reason="IDIA_TEST_DATA names no folder of real inputs")
def test_the_people_of_lfw_load() -> None:
    people_set = load_people(Path(os.environ["IDIA_TEST_DATA"]) / "lfw" / "people")

    assert len(people_set) == 158
    assert sum(len(person.photos) for person in people_set) == 3_456
    assert people_set.min_photos == 10
    assert people_set.id == "people"
    assert not any("_" in person.name for person in people_set)


@pytest.mark.real_photos
@pytest.mark.skipif("IDIA_TEST_DATA" not in os.environ, reason="IDIA_TEST_DATA names no folder of real inputs")
def test_real_photos_can_all_be_read() -> None:
    people_set = load_people(Path(os.environ["IDIA_TEST_DATA"]) / "lfw" / "people")
    some = PeopleSet("some", people_set.people[:10])

    assert checked(some) is some


class Wall:
    """A gallery that counts how often it is drawn."""

    def __init__(self) -> None:
        self.drawn = 0

    def picture(self, number: int) -> Image.Image:
        raise AssertionError(f"picture {number} was looked at")

    def sha256(self, number: int) -> str:
        return f"{number:064x}"

    def draw(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        self.drawn += 1
        if progress is not None:
            progress("drawing", 1, 1)


def test_photos_of_a_gallery_are_drawn_together_and_known_without_a_look() -> None:
    wall, told = Wall(), list[str]()
    people_set = PeopleSet(
        "drawn",
        (
            Person("Ada Example", (DrawnPhoto(wall, 0), DrawnPhoto(wall, 1))),
            Person("Ben Sample", (DrawnPhoto(wall, 2), Image.new("RGB", (2, 2)))),
        ),
    )

    assert checked(people_set) is people_set
    assert len(people_set.manifest_sha256) == 64
    assert wall.drawn == 0
    people_set.draw(lambda stage, *_: told.append(stage))
    assert wall.drawn == 1
    assert told == ["drawing"]


@pytest.mark.parametrize(
    ("n_all", "most", "chosen"),
    [(3, 8, [0, 1, 2]), (8, 8, list(range(8))), (10, 4, [0, 2, 5, 7]), (5, 1, [0]), (0, 8, []), (5, 0, [])],
)
def test_some_photos_are_spread_evenly(n_all: int, most: int, chosen: list[int]) -> None:
    photos = tuple(Path(f"{number}.png") for number in range(n_all))

    assert Person("Ada Example", photos).some_photos(most) == tuple(photos[number] for number in chosen)
