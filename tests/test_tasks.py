from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from idia.errors import DatasetError, ShapeError
from idia.prompts import PromptTemplates
from idia.tasks import RetrievalTask, Task, TaskSet, ZeroShotTask, checked_tasks

TEMPLATES = PromptTemplates(("{}", "a photo of {}"))


def picture(shade: int) -> Image.Image:
    return Image.new("RGB", (4, 4), (shade, 0, 0))


def sorting(**changes: object) -> ZeroShotTask:
    parts = {
        "name": "shape",
        "classes": ("star", "cube"),
        "templates": TEMPLATES,
        "photos": (picture(0), picture(1), picture(2)),
        "labels": np.array([0, 1, 1]),
    }
    return ZeroShotTask(**(parts | changes))  # type: ignore[arg-type]


def finding(**changes: object) -> RetrievalTask:
    parts = {
        "name": "captions",
        "photos": (picture(0), picture(1)),
        "captions": ("a star", "a cube", "red"),
        "owners": np.array([0, 1, 1]),
    }
    return RetrievalTask(**(parts | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": " "}, "needs a name"),
        ({"photos": (), "labels": np.array([], dtype=np.int64)}, "has no photos"),
        ({"classes": ("star",)}, "at least 2 classes"),
        ({"classes": ("star", "star")}, "2 classes are called 'star'"),
        ({"classes": ("star", " ")}, "class 1 has no words"),
    ],
)
def test_what_cannot_be_asked_is_an_error(changes: dict[str, object], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        sorting(**changes)


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 2], [-1, 0, 1], [0.0, 1.0, 1.0]])
def test_labels_are_one_class_per_photo(labels: list[float]) -> None:
    with pytest.raises(ShapeError, match=r"'shape'"):
        sorting(labels=np.array(labels))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"captions": ("a star", "", "red")}, "caption 1 is blank"),
        ({"owners": np.array([0, 0, 0])}, "1 photos have no caption, photo 1 first"),
        ({"captions": ("red", "red", "red")}, "at least 2 different captions"),
    ],
)
def test_captions_that_leave_nothing_to_find_are_an_error(changes: dict[str, object], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        finding(**changes)


def test_a_caption_that_is_repeated_is_one_choice_and_right_for_each_of_its_photos() -> None:
    task = finding(captions=("red", "a cube", "red"))

    rows, choices = task.right(0, 2)

    assert task.choices == ("red", "a cube")
    assert list(zip(rows.tolist(), choices.tolist(), strict=True)) == [(0, 0), (1, 0), (1, 1)]
    assert [part.tolist() for part in task.right(1, 2)] == [[0, 0], [0, 1]]


def test_a_set_of_tasks_is_neither_empty_nor_ambiguous() -> None:
    with pytest.raises(DatasetError, match="is empty"):
        TaskSet("mine", ())
    with pytest.raises(DatasetError, match="2 tasks of 'mine' are called 'shape'"):
        TaskSet("mine", (sorting(), sorting()))


def test_the_fingerprint_follows_photos_words_and_answers() -> None:
    tasks: list[Task] = [
        sorting(),
        sorting(labels=np.array([1, 0, 1])),
        sorting(classes=("cube", "star")),
        sorting(templates=PromptTemplates(("{}",))),
        sorting(photos=(picture(0), picture(1), picture(3))),
        sorting(name="form"),
        finding(),
        finding(captions=("a star", "a cube", "blue")),
        finding(owners=np.array([0, 1, 0])),
        finding(photos=(picture(0), picture(5))),
    ]
    prints = {TaskSet("any", (task,)).manifest_sha256 for task in tasks}

    assert len(prints) == len(tasks)
    assert TaskSet("another name", (sorting(),)).manifest_sha256 == TaskSet("any", (sorting(),)).manifest_sha256


def test_photos_that_cannot_be_read_are_listed_or_left_out_and_counted(tmp_path: Path) -> None:
    broken, whole = tmp_path / "broken.jpg", tmp_path / "whole.png"
    broken.write_bytes(b"no photo")
    picture(7).save(whole)
    tasks = TaskSet(
        "mine",
        (sorting(photos=(broken, whole, picture(1))), finding(photos=(whole, broken), owners=np.array([0, 1, 0]))),
    )

    with pytest.raises(DatasetError, match=r"2 of 5 photos cannot be read:\n.*broken\.jpg"):
        checked_tasks(tasks)
    kept = checked_tasks(tasks, skip_unreadable=True)

    assert kept.unreadable == 2
    sorted_, found = kept.tasks
    assert sorted_.photos[0] == whole
    assert isinstance(sorted_, ZeroShotTask)
    assert sorted_.labels.tolist() == [1, 1]
    assert isinstance(found, RetrievalTask)
    assert (found.captions, found.owners.tolist()) == (("a star", "red"), [0, 0])
    with pytest.raises(DatasetError, match="no photo that can be read is left of task 'shape'"):
        checked_tasks(TaskSet("mine", (sorting(photos=(broken,) * 3),)), skip_unreadable=True)


def test_tasks_whose_photos_can_all_be_read_stay_what_they_are() -> None:
    tasks = TaskSet("mine", (sorting(), finding()))

    assert checked_tasks(tasks) is tasks
