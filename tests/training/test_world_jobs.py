import json
from pathlib import Path
from typing import Any

import pytest

from idia.errors import SettingError, TrainingError
from idia.models.folders import world_model
from idia.training.run import train
from idia.training.world_jobs import SHIPPED, altered, job_named, name_of, other_renderer
from idia.world.designs import PAPER_OCCURRENCES, WorldDesign


def test_the_papers_experiments_are_there() -> None:
    assert list(SHIPPED) == [
        *("vit-mixed", "rn-mixed", "vit-twin", "vit-clean"),
        *(f"vit-{count}" for count in PAPER_OCCURRENCES),
    ]
    assert {name: job.design.occurrences for name, job in SHIPPED.items() if job.design.people == 200} == {
        f"vit-{count}": (count,) for count in PAPER_OCCURRENCES
    }


def test_no_seed_was_chosen() -> None:
    assert {job.recipe.seed for job in SHIPPED.values()} == {0}


def test_a_recipe_gives_its_own_job_back(tmp_path: Path) -> None:
    small = {"people": 4, "members_per_count": 1, "occurrences": (1, 2), "n_photos": 1, "strangers": 3, "objects": 2}
    job = altered(SHIPPED["vit-mixed"], name="vit-mixed", design=small, steps=1)
    train(job, tmp_path / "small")
    clean = altered(job_named(str(tmp_path / "small")), name="small", design={"roles": "absent"})
    train(clean, tmp_path / "clean")

    assert clean.control_of == "small"
    for name, expected in (("small", job), ("clean", clean)):
        for path in (tmp_path / name, tmp_path / name / "recipe.json"):
            assert job_named(str(path)) == expected
            assert name_of(str(path)) == name
            assert other_renderer(str(path)) is None
    for name in ("small", "clean"):
        brought = world_model(tmp_path / name)
        assert brought is not None
        assert brought.clean_of == ("small" if name == "clean" else None)


def test_a_recipe_of_another_renderer_is_told(tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps({"request": {"renderer_sha256": "00"}}), encoding="utf-8")

    assert "another version of the renderer" in str(other_renderer(str(path)))


def test_an_unknown_experiment_names_the_nearest() -> None:
    with pytest.raises(SettingError, match=r"no experiment 'vit-mixd', and no recipe .* Did you mean 'vit-mixed'"):
        job_named("vit-mixd")


@pytest.mark.parametrize("content", ["", "[]", '{"request": 1}', '{"request": {"settings": {}}}'])
def test_a_recipe_of_something_else_is_an_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "recipe.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(TrainingError, match="is no recipe of a"):
        job_named(str(path))


def test_another_encoder_brings_its_own_learning_rate() -> None:
    job = altered(SHIPPED["vit-mixed"], name="vit-mixed", design={}, encoder="resnet")

    assert job.recipe.optimisation == SHIPPED["rn-mixed"].recipe.optimisation
    assert job.design == WorldDesign(people=540)


def test_more_occurrences_than_photos_are_an_error() -> None:
    with pytest.raises(SettingError, match="1,001 occurrences"):
        altered(SHIPPED["vit-75"], name="vit-75", design={"occurrences": (1_001,)})


@pytest.mark.parametrize("option", ["seed", "steps", "threads"])
def test_numbers_out_of_range_are_errors(option: str) -> None:
    with pytest.raises(SettingError, match=f"--{option} must be a whole number"):
        altered(SHIPPED["vit-75"], **dict[str, Any](name="vit-75", design={}) | {option: -1})


@pytest.mark.parametrize(("option", "value"), [("seed", 1), ("people", 600), ("occurrences", (1, 2))])
def test_a_control_stands_under_a_table_that_exists(option: str, value: object) -> None:
    changed: dict[str, Any] = {"design": {}, "seed": value} if option == "seed" else {"design": {option: value}}

    with pytest.raises(SettingError, match="a control with absent roles stands under the table of another experiment"):
        altered(SHIPPED["vit-clean"], name="vit-clean", **changed)


def test_a_control_with_drawn_roles_is_none() -> None:
    job = altered(SHIPPED["vit-clean"], name="vit-clean", design={"roles": "drawn"})

    assert (job.control_of, job.order) == (None, None)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("optimisation", "batch_size", 0),
        ("optimisation", "batch_size", "x"),
        ("optimisation", "peak_lr", 1e30),
        (None, "encoder", "foo"),
        (None, "steps", "x"),
        (None, "seed", -3),
        ("design", "people", 30.5),
        ("design", "n_photos", 2_000),
    ],
)
def test_a_recipe_of_impossible_values_is_an_error_before_anything_is_drawn(
    part: str | None, key: str, value: object, tmp_path: Path
) -> None:
    request = SHIPPED["vit-mixed"].request("vit-mixed")
    where = request["design"] if part == "design" else request["recipe"] if part is None else request["recipe"][part]
    where[key] = value
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps({"request": request}), encoding="utf-8")

    with pytest.raises(
        TrainingError,
        match=r"cannot be repeated: the (number|seed|people|batch|peak|encoder)|cannot be repeated: there are 1,000",
    ):
        job_named(str(path))
