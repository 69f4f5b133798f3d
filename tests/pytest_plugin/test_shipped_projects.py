"""Runs of projects that ship models of synthetic people."""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from idia.models.checkpoints import read_checkpoint, state_sha256
from idia.training.export import export_model
from idia.world.people import world_names

if TYPE_CHECKING:
    from idia.training.loop import TrainedModel
    from tests.pytest_plugin.conftest import Run, RunIn


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, benchmarks: Path, untrained: "Callable[..., TrainedModel]"
) -> Path:
    """A project that ships three untrained models of small worlds: two of the same people, one of them clean."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "benchmarks").mkdir()
    for name in ("test_attack_samples.py", "test_training_occurrences.py"):
        shutil.copy(benchmarks / name, folder / "benchmarks")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    for order, (name, counts, of) in enumerate(
        [("one", (75, 5, 0, 0), None), ("two", (0, 0, 0, 75, 5, 0), None), ("clean", (75, 5, 0, 0), "one")]
    ):
        write_world_model(folder / "fixtures" / "models" / name, untrained(seed=order), counts, order=order, of=of)
    return folder


def write_world_model(
    folder: Path, model: "TrainedModel", counts: Sequence[int], *, order: int, of: str | None
) -> None:
    """Writes a model folder as a training on synthetic people does, but for the training."""
    export_model(folder, model)
    rows = sorted(f"{name},{count}" for name, count in zip(world_names(0), counts, strict=False))
    (folder / "identities.csv").write_text("\n".join(["name,occurrences", *rows]))
    recipe = {
        "name": folder.name,
        "training_set": f"{folder.name}-training",
        "order": order,
        "weights_sha256": state_sha256(read_checkpoint(folder / "open_clip_model.safetensors")),
        "identities_sha256": hashlib.sha256((folder / "identities.csv").read_bytes()).hexdigest(),
        "control": None if of is None else {"kind": "clean-model", "of": of},
        "world": {"seed": 0, "n_people": len(counts), "n_photos": 3},
    }
    (folder / "recipe.json").write_text(json.dumps(recipe))


@pytest.fixture(scope="module")
def run_project(run_in: "RunIn") -> "RunIn":
    """Runs a project's own benchmarks, with results elsewhere."""

    def run(project: Path, cache: Path, results: Path, *arguments: str, **variables: str) -> "Run":
        folder = f"--idia-results={results / 'results'}"
        done = run_in(project, cache, "--idia-names=40", folder, *arguments, **variables)
        return replace(done, folder=results)

    return run


SIZES = 3  # 1, 3 and all
SHIPPED_ITEMS = 3 * SIZES * (1 + 2)  # models, each with two bins


@pytest.fixture(scope="module")
def shipped(project: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory, run_project: "RunIn") -> "Run":
    """The default run where models are shipped."""
    return run_project(project, cache, tmp_path_factory.mktemp("shipped"), "-v")


def test_by_default_the_shipped_models_are_scored_on_synthetic_people(shipped: "Run") -> None:
    assert shipped.status == 0, shipped.output
    assert f"{SHIPPED_ITEMS} passed" in shipped.output
    assert "idia: models=one two clean, people=of each model, photos=" in shipped.output
    rows = {row["model"]: row for row in shipped.leaderboard if row["n_photos"] == row["occurrences"] == "all"}
    assert {name: (row["people"], row["members"], row["non_members"]) for name, row in rows.items()} == {
        "one": ("synthetic-4", "2", "2"),
        "two": ("synthetic-6", "2", "4"),
        "clean": ("synthetic-4", "2", "2"),
    }
    assert {name: (row["status"], row["control"]) for name, row in rows.items()} == {
        "one": ("ok", "n/a"),
        "two": ("ok", "n/a"),
        "clean": ("control", "clean-model"),
    }
    assert {row["how_known"] for row in rows.values()} == {"injected"}


def test_the_tests_of_a_model_stand_together_and_say_what_they_ask(shipped: "Run") -> None:
    asked = re.findall(r"::(test_\w+)\[local-dir:(\w+)-(\S+)\] PASSED", shipped.output)

    assert [model for model, _ in groupby(model for _, model, _ in asked)] == ["one", "two", "clean"]
    assert ("test_attack_samples", "two", "photos-all") in asked
    assert ("test_training_occurrences", "two", "occurrences-75-photos-3") in asked


def test_a_run_says_what_it_spent_and_publishes_nothing_of_it(shipped: "Run") -> None:
    (spent,) = re.findall(r"CPU seconds: \d+ in all; (.*)", shipped.output)

    assert re.fullmatch(r"loading models \d+\.\d, .*rendering \d+\.\d", spent)
    assert not [path for path, content in shipped.results.items() if b"loading models" in content]


def test_shipped_models_give_the_same_results_on_two_workers_and_again(
    shipped: "Run", project: Path, cache: Path, tmp_path: Path, run_project: "RunIn"
) -> None:
    parallel = run_project(project, cache, tmp_path, "-n", "2", "--dist", "loadgroup")
    assert parallel.results == shipped.results
    assert "CPU seconds: " in parallel.output

    assert run_project(project, cache, tmp_path).results == shipped.results


def test_a_model_is_chosen_by_its_name_and_another_is_scored_on_its_people(
    project: Path, cache: Path, tmp_path: Path, run_project: "RunIn"
) -> None:
    copied = tmp_path / "defended"
    shutil.copytree(project / "fixtures" / "models" / "one", copied, ignore=shutil.ignore_patterns("recipe.json"))
    run = run_project(
        project,
        cache,
        tmp_path,
        *("--idia-model=one", f"--idia-model=local-dir:{copied}", "--idia-people=world:one", "--idia-photos=all"),
    )

    rows = {row["model"]: row["people"] for row in run.leaderboard}
    assert rows == {"one": "synthetic-4", "defended": "synthetic-4"}


def test_an_altered_checkpoint_costs_no_finished_work(
    project: Path, cache: Path, tmp_path: Path, run_project: "RunIn"
) -> None:
    broken = tmp_path / "project"
    shutil.copytree(project, broken)
    weights = broken / "fixtures" / "models" / "two" / "open_clip_model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-4] ^= 1
    weights.write_bytes(content)
    run = run_project(broken, cache, tmp_path, "--idia-photos=all")

    assert run.status == pytest.ExitCode.TESTS_FAILED
    assert "two: " in run.output
    assert "expected sha256" in run.output
    assert "idia train --world two" in run.output
    assert {row["model"] for row in run.leaderboard} == {"one", "clean"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise")
@pytest.mark.parametrize(
    ("stop", "status"),
    [
        # What Ctrl-C raises: the signal itself may be ignored where tests run in the background.
        ("raise KeyboardInterrupt", pytest.ExitCode.INTERRUPTED),
        ("os.kill(os.getpid(), signal.SIGKILL)", -9),
    ],
    ids=["interrupted", "killed"],
)
def test_an_interrupted_run_keeps_what_was_finished(
    project: Path, cache: Path, tmp_path: Path, stop: str, status: int, run_project: "RunIn"
) -> None:
    (project / f"stopping_{abs(status)}.py").write_text(
        f"import os, signal\nfrom idia.testing import ToyClip\ndef model():\n    {stop}\n    return ToyClip()\n"
    )
    models = ("--idia-model=one", f"--idia-model=python:stopping_{abs(status)}:model", "--idia-people=world:one")
    run = run_project(project, cache, tmp_path, *models, "--idia-photos=all")

    assert run.status == status
    records = [path for path in run.results if path.startswith("records") and path.endswith(".json")]
    assert {Path(path).name.partition("-")[0] for path in records} == {"one"}
    if status == pytest.ExitCode.INTERRUPTED:
        assert {row["model"] for row in run.leaderboard} == {"one"}
    else:
        again = run_project(project, cache, tmp_path, "--idia-model=one", "--idia-photos=all")
        assert {row["model"] for row in again.leaderboard} == {"one"}


def test_a_leaderboard_that_cannot_be_rendered_costs_no_record(
    project: Path, cache: Path, tmp_path: Path, run_project: "RunIn"
) -> None:
    """The board is rendered at the end, when something may have come in its way since the run began."""
    (project / "in_the_way.py").write_text(
        "import os, pathlib\n"
        "from idia.testing import ToyClip\n"
        "def model():\n"
        "    (pathlib.Path(os.environ['IN_THE_WAY']) / 'leaderboard.md').mkdir()\n"
        "    return ToyClip()\n"
    )
    run = run_project(
        project,
        cache,
        tmp_path,
        *("--idia-model=python:in_the_way:model", "--idia-people=world:one", "--idia-photos=all"),
        IN_THE_WAY=str(tmp_path / "results"),
    )

    assert run.status == pytest.ExitCode.TESTS_FAILED
    assert "all records were kept, but the leaderboard could not be rendered" in run.output
    assert [path for path in run.results if path.startswith("records") and path.endswith(".json")]
