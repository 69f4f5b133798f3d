import hashlib
import json
from pathlib import Path

import pytest
from PIL import Image

from idia.errors import DatasetError, SettingError
from idia.people import PeopleSet, Person
from idia.plan import Target
from idia.settings import Settings, resolve
from idia.utility_plan import planned_tasks

SOMEBODY = PeopleSet("people", (Person("Ada Example", (Image.new("RGB", (2, 2)),)),))


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    """A labelled folder in which one of three photos is broken."""
    for name in ("cat/1.png", "dog/1.png", "dog/2.png"):
        path = tmp_path / "animals" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(path)
    (tmp_path / "animals" / "dog" / "2.png").write_bytes(b"broken")
    return tmp_path / "animals"


def settings_of(folder: Path, **given: str) -> Settings:
    values = {name: [value] for name, value in given.items()}
    return resolve(values, {}, {}, working_folder=folder, project_folder=folder)


def world_model(folder: Path, seed: int) -> str:
    folder.mkdir(parents=True)
    hashes = {"weights_sha256": "a" * 64, "identities_sha256": hashlib.sha256(b"").hexdigest()}
    world = {"seed": seed, "n_people": 4, "n_photos": 3}
    (folder / "recipe.json").write_text(json.dumps({"world": world, **hashes}))
    return f"local-dir:{folder}"


def test_models_of_synthetic_people_are_asked_about_the_world_they_know(tmp_path: Path) -> None:
    first, same, other = (world_model(tmp_path / name, seed) for name, seed in (("a", 3), ("b", 3), ("c", 4)))
    (tmp_path / "plain").mkdir()
    others = [f"local-dir:{tmp_path / 'plain'}", "ViT-B-32,laion400m_e32", f"local-dir:{tmp_path / 'absent'}"]

    tasks = planned_tasks(settings_of(tmp_path), [first, same, other, *others], [SOMEBODY], is_checked=False)

    assert {spec: each.id for spec, each in tasks.items()} == {
        first: "synthetic-3",
        same: "synthetic-3",
        other: "synthetic-4",
    }
    assert tasks[first] is tasks[same]


def test_a_copy_is_asked_about_the_world_whose_people_it_is_asked_about(tmp_path: Path) -> None:
    world_model(tmp_path / "original", 3)
    copy, another = "python:defence:model", world_model(tmp_path / "another", 4)
    settings = settings_of(tmp_path, people=f"world:{tmp_path / 'original'}", model=copy)

    tasks = planned_tasks(settings, [copy, another], [SOMEBODY], is_checked=False)

    assert {spec: each.id for spec, each in tasks.items()} == {copy: "synthetic-3", another: "synthetic-4"}


def test_tasks_of_the_users_own_are_asked_of_all_models(tmp_path: Path, animals: Path) -> None:
    (animals / "dog" / "2.png").unlink()
    specs = [world_model(tmp_path / "a", 3), "ViT-B-32,laion400m_e32"]

    tasks = planned_tasks(settings_of(tmp_path, utility_labels="animals"), specs, [SOMEBODY], is_checked=False)

    assert list(tasks) == specs
    assert {each.id for each in tasks.values()} == {"animals"}


@pytest.mark.usefixtures("animals")
def test_photos_that_cannot_be_read_end_the_run_or_are_dropped_by_every_process(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"1 of 3 photos cannot be read:\n.*2\.png"):
        planned_tasks(settings_of(tmp_path, utility_labels="animals"), ["m"], [], is_checked=False)

    skipping = settings_of(tmp_path, utility_labels="animals", skip_unreadable="true")
    for is_checked in (False, True):
        tasks = planned_tasks(skipping, ["m"], [], is_checked=is_checked)["m"]
        assert (len(tasks.tasks[0].photos), tasks.unreadable) == (2, 1)


@pytest.mark.usefixtures("animals")
def test_no_folder_of_photos_may_be_named_after_somebody_under_attack(tmp_path: Path) -> None:
    (tmp_path / "animals").rename(tmp_path / "ada_example")
    settings = settings_of(tmp_path, utility_labels="ada_example")

    with pytest.raises(SettingError, match="names nobody") as raised:
        planned_tasks(settings, ["m"], [SOMEBODY], is_checked=True)
    assert "Ada" not in str(raised.value)


def test_what_is_broken_on_purpose_has_no_utility() -> None:
    assert [
        Target("m", control).has_utility for control in (None, "clean-model", "permuted-map", "random-weights")
    ] == [True, True, False, False]
