"""The models and results that come with the project: whole, small, reproducible, and as the README says."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from idia.membership import Membership
from idia.models import load_model
from idia.training.request import differences
from idia.training.world_jobs import SHIPPED, job_named, other_renderer
from idia.world.people import world_names

ROOT = Path(__file__).parent.parent
MODELS, RESULTS = ROOT / "fixtures" / "models", ROOT / "results"
MEBIBYTE = 2**20
FORGOT = "vit-forgot"  # made of another one; see tests/defences/test_shipped.py


def recipe(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((MODELS / name / "recipe.json").read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize("name", SHIPPED)
def test_a_models_weights_are_those_of_its_recipe(name: str) -> None:
    model = load_model(f"local-dir:{MODELS / name}", device="cpu")

    assert model.info.weights_sha256 == recipe(name)["weights_sha256"]
    assert model.info.name == name


@pytest.mark.parametrize("name", SHIPPED)
def test_a_models_recipe_is_the_experiment_of_that_name(name: str) -> None:
    assert job_named(str(MODELS / name)) == SHIPPED[name]
    assert differences(recipe(name)["request"], SHIPPED[name].request(name)) == []
    assert other_renderer(str(MODELS / name)) is None


@pytest.mark.parametrize("name", SHIPPED)
def test_a_models_people_are_those_of_its_world(name: str) -> None:
    job = SHIPPED[name]
    counts = Membership.from_csv(MODELS / name / "identities.csv").counts
    tested = job.design.tested(job.recipe.seed)

    assert counts == {world_names(job.recipe.seed)[person]: count for person, count in enumerate(tested)}


def test_the_models_are_small() -> None:
    sizes = {name: sum(file.stat().st_size for file in (MODELS / name).iterdir()) for name in SHIPPED}

    assert max(size for name, size in sizes.items() if name.startswith("vit")) < 3 * MEBIBYTE
    assert sum(sizes.values()) < 40 * MEBIBYTE


def test_nothing_else_is_shipped_as_a_model() -> None:
    assert sorted(path.name for path in MODELS.iterdir()) == sorted([*SHIPPED, FORGOT])


def rows(name: str) -> Iterator[dict[str, str]]:
    with (RESULTS / "leaderboard.csv").open(encoding="utf-8", newline="") as file:
        yield from (row for row in csv.DictReader(file) if (row["model"], row["attack"]) == (name, "idia"))


def row(name: str, occurrences: str = "all") -> dict[str, float]:
    found = [each for each in rows(name) if (each["n_photos"], each["occurrences"]) == ("30", occurrences)]
    assert len(found) == 1
    return {key: float(found[0][key]) for key in ("tpr", "tpr_low", "tpr_high", "fpr", "fpr_low", "fpr_high")}


def record(name: str) -> dict[str, Any]:
    (path,) = (RESULTS / "records").glob(f"*/idia/{name}-*.json")
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def test_the_published_leak_rises_from_few_to_nearly_all() -> None:
    assert row("vit-mixed", "75")["tpr"] >= 0.90
    assert row("vit-mixed", "1")["tpr"] <= 0.45
    assert row("vit-mixed")["fpr_high"] < 0.04
    assert record("vit-mixed")["trend"]["p"] < 0.001


def test_the_published_clean_model_is_a_control_that_finds_nobody() -> None:
    clean = row("vit-clean")

    assert clean["tpr_low"] <= clean["fpr_high"]
    assert clean["fpr_low"] <= clean["tpr_high"]
    assert {each["status"] for each in rows("vit-clean")} == {"control"}
    assert record("vit-clean")["model"]["training_data"] == "vit-clean-training"


@pytest.mark.parametrize("name", SHIPPED)
def test_the_published_utility_is_above_chance(name: str) -> None:
    with (RESULTS / "utility.csv").open(encoding="utf-8", newline="") as file:
        scores = [each for each in csv.DictReader(file) if each["model"] == name]

    assert {each["task"] for each in scores} >= {"shape", "colour", "hair colour", "captions"}
    for score in scores:
        if score["metric"] in ("top-1", "rank@1"):
            majority = 0.0 if score["majority"] == "n/a" else float(score["majority"])
            assert float(score["low"]) > 2 * max(float(score["chance"]), majority)
