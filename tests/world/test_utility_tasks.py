import subprocess
import sys

import numpy as np
import pytest

from idia.errors import SettingError
from idia.photos import open_photo, photo_sha256
from idia.tasks import RetrievalTask, TaskSet, ZeroShotTask
from idia.world import render_objects, render_people
from idia.world.captions import N_OBJECT_CAPTIONS, N_PERSON_CAPTIONS, object_caption, person_caption
from idia.world.facts import OBJECT_ATTRIBUTES, PERSON_ATTRIBUTES, object_facts, person_facts
from idia.world.utility_tasks import FIRST_OBJECT, FIRST_PERSON, world_utility_tasks


@pytest.fixture(scope="module")
def tasks() -> TaskSet:
    return world_utility_tasks(0)


def _zero_shot(tasks: TaskSet, name: str) -> ZeroShotTask:
    (task,) = (task for task in tasks.tasks if task.name == name)
    assert isinstance(task, ZeroShotTask)
    return task


def test_a_world_asks_for_shapes_colours_hair_and_captions(tasks: TaskSet) -> None:
    assert [(task.name, task.kind, len(task.photos)) for task in tasks.tasks] == [
        ("shape", "zero-shot", 600),
        ("colour", "zero-shot", 600),
        ("hair colour", "zero-shot", 600),
        ("captions", "retrieval", 500),
    ]
    assert [len(task.choices) for task in tasks.tasks[:3]] == [12, 10, 6]
    assert len(tasks.tasks[3].choices) > 150


def test_pictures_are_the_ones_that_the_labels_speak_of(tasks: TaskSet) -> None:
    shape, hair = _zero_shot(tasks, "shape"), _zero_shot(tasks, "hair colour")
    people = np.arange(FIRST_PERSON, FIRST_PERSON + 1_000)
    facts = person_facts(0, people, np.zeros_like(people))
    bald = PERSON_ATTRIBUTES[1].values.index("bald")
    haired = people[facts[:, 1] != bald]

    for at in (0, 599):
        thing = np.array([FIRST_OBJECT + at])
        drawn = render_objects(0, thing, 32)[0].permute(1, 2, 0).numpy()
        assert np.array_equal(np.asarray(open_photo(shape.photos[at])), drawn)
        assert object_facts(0, thing)[0, 0] == shape.labels[at]
        person = haired[at : at + 1]
        drawn = render_people(0, person, np.zeros(1, np.int64), 32)[0].permute(1, 2, 0).numpy()
        assert np.array_equal(np.asarray(open_photo(hair.photos[at])), drawn)
        assert person_facts(0, person, np.zeros(1, np.int64))[0, 0] == hair.labels[at]


def test_every_class_is_shown_many_times(tasks: TaskSet) -> None:
    for task in tasks.tasks[:3]:
        assert isinstance(task, ZeroShotTask)
        assert np.bincount(task.labels, minlength=len(task.classes)).min() >= 20


def test_captions_are_true_and_pictures_of_which_the_same_is_said_share_one(tasks: TaskSet) -> None:
    task = tasks.tasks[3]
    assert isinstance(task, RetrievalTask)
    people = np.arange(FIRST_PERSON, FIRST_PERSON + 250)
    facts = person_facts(0, people, np.zeros_like(people))
    assert [attribute.name for attribute in PERSON_ATTRIBUTES][:4] == ["hair colour", "hair style", "glasses", "beard"]

    for row, caption in zip(facts, task.captions, strict=False):
        hair, style, glasses, beard = (PERSON_ATTRIBUTES[at].values[row[at]] for at in range(4))
        assert ("a bald head" if style == "bald" else f"{hair} hair") in caption
        assert glasses in caption
        assert beard in caption
    assert len(task.choices) < len(task.captions)


def test_all_sentences_belong_to_the_language_of_the_training(tasks: TaskSet) -> None:
    object_rows = np.stack(np.meshgrid(*(range(len(each.values)) for each in OBJECT_ATTRIBUTES)), -1).reshape(-1, 3)
    spoken = {object_caption(row, variant) for row in object_rows for variant in range(N_OBJECT_CAPTIONS)}
    for hair in range(6):
        row = np.array([hair, 2, 0, 0, 0])
        spoken |= {person_caption(row, variant) for variant in range(N_PERSON_CAPTIONS)}

    for task in tasks.tasks[:3]:
        assert isinstance(task, ZeroShotTask)
        said = {text for texts in task.templates.fill(task.classes) for text in texts}
        assert said <= spoken, sorted(said - spoken)[:3]


def test_another_seed_is_another_world(tasks: TaskSet) -> None:
    other = world_utility_tasks(1)

    assert other.id != tasks.id
    assert photo_sha256(other.tasks[0].photos[0]) != photo_sha256(tasks.tasks[0].photos[0])
    assert other.manifest_sha256 != tasks.manifest_sha256
    assert world_utility_tasks(0).manifest_sha256 == tasks.manifest_sha256
    with pytest.raises(SettingError, match="seed"):
        world_utility_tasks(-1)


def test_knowing_what_is_asked_neither_draws_nor_loads_torch() -> None:
    script = (
        "import sys, idia.world.utility_tasks as tasks; tasks.world_utility_tasks(0); assert 'torch' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", script], check=True)
