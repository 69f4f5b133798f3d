from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from idia.errors import DatasetError, SettingError
from idia.tasks import RetrievalTask, ZeroShotTask
from idia.utility_data import CLIP_TEMPLATES, captioned_photos, labelled_folder, own_tasks


def photo(path: Path, shade: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), (shade, 0, 0)).save(path)
    return path


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    root = tmp_path / "animals"
    for shade, name in enumerate(("polar_bear/1.jpg", "polar_bear/2.PNG", "cat/1.jpg")):
        photo(root / name, shade)
    return root


def table(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_classes_are_called_after_their_folders(animals: Path) -> None:
    (animals / "notes.txt").write_text("not a photo")
    (animals / "cat" / "notes.txt").write_text("not a photo")
    (animals / ".hidden").mkdir()
    (animals / "__MACOSX").mkdir()

    task = labelled_folder(animals)

    assert task.name == "animals"
    assert task.classes == ("cat", "polar bear")
    assert [(path.parent.name, path.name) for path in task.photos if isinstance(path, Path)] == [
        ("cat", "1.jpg"),
        ("polar_bear", "1.jpg"),
        ("polar_bear", "2.PNG"),
    ]
    assert task.labels.tolist() == [0, 1, 1]
    assert task.templates == CLIP_TEMPLATES


def test_a_table_puts_words_in_the_place_of_folder_names(animals: Path) -> None:
    table(animals / "classes.csv", "WNID,Name", 'cat,"house cat, mouser"', "polar_bear,ice bear", "dog,dog")

    assert labelled_folder(animals).classes == ("house cat", "ice bear")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["folder,colour", "cat,x"], r"classes\.csv' has no column 'words' or 'name'"),
        (["words", "cat"], r"classes\.csv' has no column 'folder' or 'class'"),
        (["folder,words", "cat,cat"], r"no words for 'polar_bear'"),
        (["folder,words", "cat,", "polar_bear,bear"], r"line 2: class 'cat' has no words"),
        (["folder,words", "cat,bear", "polar_bear,Bear"], r"line 3: the words 'Bear' came before, in line 2"),
        (["folder,words", "cat,cat", "cat,kitten", "polar_bear,bear"], r"line 3: folder 'cat' came before, in line 2"),
    ],
)
def test_a_table_of_words_must_serve_every_class(animals: Path, lines: list[str], message: str) -> None:
    table(animals / "classes.csv", *lines)

    with pytest.raises(DatasetError, match=message):
        labelled_folder(animals)


def test_a_folder_may_bring_its_own_templates(animals: Path) -> None:
    table(animals / "templates.txt", "# of this zoo", "a {} in the zoo", "the {}")

    assert labelled_folder(animals).templates.templates == ("a {} in the zoo", "the {}")

    table(animals / "templates.txt", "an animal")
    with pytest.raises(SettingError, match="must hold the placeholder"):
        labelled_folder(animals)


def test_an_empty_class_is_an_error(animals: Path) -> None:
    (animals / "dog").mkdir()

    with pytest.raises(DatasetError, match="no photos in class 'dog'"):
        labelled_folder(animals)


def test_a_single_class_is_an_error(tmp_path: Path) -> None:
    photo(tmp_path / "animals" / "cat" / "1.jpg")

    with pytest.raises(DatasetError, match="holds 1 classes; at least 2"):
        labelled_folder(tmp_path / "animals")


def test_photos_must_lie_in_classes_and_no_deeper(animals: Path) -> None:
    stray = photo(animals / "stray.jpg")
    with pytest.raises(DatasetError, match=r"in no class: 'stray\.jpg'"):
        labelled_folder(animals)
    stray.unlink()

    photo(animals / "cat" / "young" / "1.jpg")
    with pytest.raises(DatasetError, match="young' is a folder of photos within a class"):
        labelled_folder(animals)


def test_two_folders_of_one_class_are_an_error(animals: Path) -> None:
    photo(animals / "Polar Bear" / "1.jpg")

    with pytest.raises(DatasetError, match="two folders name one class: 'Polar Bear' and 'polar_bear'"):
        labelled_folder(animals)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"cannot read the classes in .*no such folder"):
        labelled_folder(tmp_path / "nowhere")


def test_captions_are_read_beside_their_photos(tmp_path: Path) -> None:
    first, second = photo(tmp_path / "photos" / "1.jpg"), photo(tmp_path / "2.jpg", 1)
    path = table(
        tmp_path / "captions.csv",
        "Caption,FileName,other",
        '"a cat, asleep",photos/1.jpg,x',
        f"a  dog,{second},",
        "an animal,./photos/../photos/1.jpg,",
    )

    task = captioned_photos(path)

    assert (task.name, task.kind) == ("captions", "retrieval")
    assert task.photos == (first, second)
    assert task.captions == ("a cat, asleep", "a dog", "an animal")
    assert task.owners.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["image,words", "1.jpg,a cat"], r"captions\.csv' has no column 'caption' or 'text'"),
        (["picture,caption", "1.jpg,a cat"], r"captions\.csv' has no column 'image' or 'filename'"),
        (["image,caption", "1.jpg,a cat", "1.jpg,"], r"line 3: the caption is empty"),
        (["image,caption", ",a cat"], r"line 2: the file is empty"),
        (
            ["image,caption", "1.jpg,a cat", "2.jpg,a dog", "3.jpg,a cow"],
            r"2 rows .*: line 3: '2\.jpg', line 4: '3\.jpg'",
        ),
        (["image,caption", "1.jpg,a cat", f"{'x' * 5000},a dog"], r"1 rows .*: line 3"),
        (["image,caption", "1.jpg,a cat", "1.jpg,a cat"], r"1 different captions; at least 2"),
        (["image,caption"], r"0 different captions"),
        (["image,path,caption", "1.jpg,1.jpg,a cat"], r"several columns that mean the same: 'image' and 'path'"),
        ([""], r"is empty"),
    ],
)
def test_a_table_of_captions_that_cannot_be_used_is_an_error(tmp_path: Path, lines: list[str], message: str) -> None:
    photo(tmp_path / "1.jpg")

    with pytest.raises(DatasetError, match=message):
        captioned_photos(table(tmp_path / "captions.csv", *lines))


def test_both_make_one_set_of_tasks(animals: Path, tmp_path: Path) -> None:
    captions = table(
        tmp_path / "zoo.csv", "image,caption", "animals/cat/1.jpg,a cat", "animals/polar_bear/1.jpg,a bear"
    )

    both = own_tasks(animals, captions)

    assert both.id == "animals+zoo"
    assert [type(task) for task in both.tasks] == [ZeroShotTask, RetrievalTask]
    assert own_tasks(animals, None).id == "animals"
    assert own_tasks(None, captions).id == "zoo"
    with pytest.raises(DatasetError, match="nothing to be good at"):
        own_tasks(None, None)


def test_tasks_of_one_name_are_told_apart(animals: Path) -> None:
    captions = table(animals.with_suffix(".csv"), "image,caption", "animals/cat/1.jpg,a", "animals/polar_bear/1.jpg,b")

    both = own_tasks(animals, captions)

    assert both.id == "animals"
    assert [task.name for task in both.tasks] == ["animals zero-shot", "animals retrieval"]


def test_labels_follow_photos_in_large_folders_too(tmp_path: Path) -> None:
    for number in range(12):
        for copy in range(number + 1):
            photo(tmp_path / "many" / f"class_{number}" / f"{copy}.png")

    task = labelled_folder(tmp_path / "many")

    assert len(task.photos) == 78
    for path, label in zip(task.photos, task.labels, strict=True):
        assert isinstance(path, Path)
        assert path.parent.name.replace("_", " ") == task.classes[label]
    assert np.array_equal(np.unique(task.labels), np.arange(12))
