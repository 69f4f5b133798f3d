import os
import unicodedata
from pathlib import Path

import pytest

from idia.errors import DatasetError, SettingError
from idia.layouts import PersonFolder, person_folders


def make(root: Path, *files: str) -> Path:
    """Empty files, with the folders they lie in: layouts are read without opening a photo."""
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def names(root: Path, layout: str = "auto") -> list[str]:
    return [person.name for person in person_folders(root, layout)]


@pytest.mark.parametrize("layout", ["auto", "folders", "lfw", "facescrub"])
def test_a_folder_per_person_is_read_in_every_layout(tmp_path: Path, layout: str) -> None:
    make(tmp_path, "Ben_B._Sample/2.png", "Ben_B._Sample/10.JPG", "Ada_Example/a.webp")

    assert person_folders(tmp_path, layout) == (
        PersonFolder(tmp_path / "Ada_Example", "Ada Example", (tmp_path / "Ada_Example/a.webp",)),
        PersonFolder(
            tmp_path / "Ben_B._Sample",
            "Ben B. Sample",
            (tmp_path / "Ben_B._Sample/10.JPG", tmp_path / "Ben_B._Sample/2.png"),
        ),
    )


def test_hidden_files_and_other_files_are_ignored(tmp_path: Path) -> None:
    make(tmp_path, "README.txt", ".DS_Store", ".git/Ada/a.jpg", "__MACOSX/Ada/a.jpg", "@eaDir/a.jpg")
    make(tmp_path / "Ada_Example", "a.jpg", ".b.jpg", "Thumbs.db", "notes.txt", ".thumbs/c.jpg", "@eaDir/d.jpg")
    make(tmp_path / "Ada_Example", "meta/notes.txt")

    (ada,) = person_folders(tmp_path)

    assert [photo.name for photo in ada.photos] == ["a.jpg"]


def test_a_folder_called_like_a_photo_is_listed_so_that_it_is_found_unreadable(tmp_path: Path) -> None:
    make(tmp_path, "Ada_Example/a.jpg", "Ada_Example/b.jpg/inside.txt")

    assert [photo.name for photo in person_folders(tmp_path)[0].photos] == ["a.jpg", "b.jpg"]


def test_photos_deeper_than_the_persons_folder_are_an_error(tmp_path: Path) -> None:
    make(tmp_path, "Ada_Example/a.jpg", "Ada_Example/2020/b.jpg")

    with pytest.raises(DatasetError, match=r"2020' is a folder of photos within a person's folder"):
        person_folders(tmp_path)


def test_photos_straight_in_the_root_are_an_error_that_tells_the_layout(tmp_path: Path) -> None:
    make(tmp_path, "Ada_Example_0001.jpg", "Ben_Sample/a.jpg")

    with pytest.raises(DatasetError, match=r"'Ada_Example_0001\.jpg'\. Expected one folder per person"):
        person_folders(tmp_path)


def test_people_without_photos_are_named(tmp_path: Path) -> None:
    make(tmp_path, "Ada_Example/a.jpg", "Ben_Sample/notes.txt", *(f"Person_{i}/x.md" for i in range(7)))

    with pytest.raises(DatasetError, match=r"no photos in '.*Ben_Sample', .* and 3 more\. Add photos \(\.jpg, "):
        person_folders(tmp_path)


def test_a_folder_that_is_not_there_is_an_error_of_our_own(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"missing': no such folder"):
        person_folders(tmp_path / "missing")


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "lfw.tgz").touch()

    with pytest.raises(DatasetError, match=r"lfw\.tgz': it is a file, not a folder \(unpack archives first\)"):
        person_folders(tmp_path / "lfw.tgz")


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no folders of people"):
        person_folders(tmp_path)


def test_a_path_that_no_folder_can_have_is_an_error_of_our_own() -> None:
    with pytest.raises(DatasetError, match="cannot read the people"):
        person_folders(Path("nul\0"))


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="the superuser may read everything")
def test_a_folder_without_permission_is_an_error_of_our_own(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0)

    with pytest.raises(DatasetError, match="permission denied"):
        person_folders(locked)


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="the superuser may read everything")
def test_a_folder_that_may_be_listed_but_not_entered_is_an_error_of_our_own(tmp_path: Path) -> None:
    locked = make(tmp_path / "locked", "Ada_Example/a.jpg")
    locked.chmod(0o400)
    try:
        with pytest.raises(DatasetError, match=r"cannot look at .*Permission denied"):
            person_folders(locked)
    finally:
        locked.chmod(0o700)


def test_an_unknown_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="layout must be one of auto, folders, lfw, facescrub, got 'imagenet'"):
        person_folders(tmp_path, "imagenet")


@pytest.mark.parametrize("inner", ["lfw", "LFW", "lfw-deepfunneled/lfw-deepfunneled"])
@pytest.mark.parametrize("layout", ["auto", "lfw"])
def test_the_folder_around_lfw_will_do(tmp_path: Path, inner: str, layout: str) -> None:
    make(tmp_path / inner, "Ada_Example/Ada_Example_0001.jpg", "Jean-Ada_D_Sample/1.jpg")
    make(tmp_path, "README.txt")

    assert names(tmp_path, layout) == ["Ada Example", "Jean-Ada D Sample"]


def test_somebody_whose_name_begins_like_lfw_is_a_person(tmp_path: Path) -> None:
    make(tmp_path, "Lfwyn_Example/a.jpg")

    assert names(tmp_path) == ["Lfwyn Example"]


@pytest.mark.parametrize("kind", ["", "images", "faces"])
def test_actors_and_actresses_are_people_of_facescrub(tmp_path: Path, kind: str) -> None:
    make(tmp_path / "actors" / kind, "Ben_Sample/1.jpg")
    make(tmp_path / "actresses" / kind, "Ada_Example/1.png")
    make(tmp_path, "facescrub_actors.txt")

    assert sorted(names(tmp_path)) == ["Ada Example", "Ben Sample"]


def test_whole_photos_are_taken_where_facescrub_has_crops_too(tmp_path: Path) -> None:
    make(tmp_path / "actors", "faces/Ben_Sample/crop.jpg", "images/Ben_Sample/whole.jpg")

    (ben,) = person_folders(tmp_path)

    assert [photo.name for photo in ben.photos] == ["whole.jpg"]


@pytest.mark.parametrize("prefix", ["", "actors/", "actresses/images/"])
def test_the_four_misspelled_names_of_facescrub_are_put_right(tmp_path: Path, prefix: str) -> None:
    wrong = ["Freddy_Prinze_Jr.", "Leslie_Neilsen", "Robert_Di_Niro", "Tatyana_M._Ali"]
    make(tmp_path, *(f"{prefix}{name}/1.jpg" for name in wrong))

    assert names(tmp_path, "facescrub") == ["Freddie Prinze Jr", "Leslie Nielsen", "Robert De Niro", "Tatyana Ali"]


def test_other_layouts_leave_names_as_they_are(tmp_path: Path) -> None:
    make(tmp_path, "Leslie_Neilsen/1.jpg")

    assert names(tmp_path) == ["Leslie Neilsen"]


def test_people_beside_actors_are_an_error(tmp_path: Path) -> None:
    make(tmp_path, "actors/Ben_Sample/1.jpg", "Ada_Example/1.jpg", "scripts/get.py")

    with pytest.raises(DatasetError, match=r"Ada_Example' holds photos, but lies beside actors/"):
        person_folders(tmp_path)


def test_somebody_called_actors_is_a_person(tmp_path: Path) -> None:
    make(tmp_path, "Actors/1.jpg", "Ada_Example/1.jpg")

    assert names(tmp_path) == ["Actors", "Ada Example"]


def test_photos_come_in_one_order_whatever_the_unicode_form_of_their_files(tmp_path: Path) -> None:
    composed, decomposed = tmp_path / "one", tmp_path / "two"
    files = ["é.jpg", "z.jpg", "f.jpg", "a.jpg"]
    make(composed, *(f"Ada_Example/{file}" for file in files))
    make(decomposed, *(f"Ada_Example/{unicodedata.normalize('NFD', file)}" for file in files))

    for root in (composed, decomposed):
        (ada,) = person_folders(root)
        ordered = [unicodedata.normalize("NFC", photo.name) for photo in ada.photos]
        assert ordered == ["a.jpg", "f.jpg", "z.jpg", "é.jpg"]


@pytest.mark.skipif(os.name == "nt", reason="file names are text on Windows")
def test_a_folder_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/Zo\xeb"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    make(folder, "a.jpg")

    with pytest.raises(DatasetError, match="not valid UTF-8"):
        person_folders(tmp_path)


def test_a_folder_that_names_nobody_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "_/a.jpg")

    with pytest.raises(DatasetError, match="names nobody"):
        person_folders(tmp_path)
