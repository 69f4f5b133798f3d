"""The benchmark of utility from end to end, in pytest processes of its own."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from tests.pytest_plugin.conftest import Run, RunIn

BENCHMARK = "test_utility.py"
TOY = ("--idia-model=python:idia.testing:toy_clip", "--idia-names=120")
OWN = ("--idia-utility-labels=kinds", "--idia-utility-captions=words.csv")


Measure = Callable[..., "Run"]


@pytest.fixture
def measure(cache: Path, run_in: "RunIn") -> Measure:
    """Runs the benchmark of utility alone, on a toy."""
    return lambda folder, *arguments: run_in(folder, cache, *TOY, *arguments, only=BENCHMARK)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("benchmark")
    rng = np.random.default_rng(0)
    rows = ["image,caption"]
    for name in ("hard_noise", "soft_noise"):
        (folder / "kinds" / name).mkdir(parents=True)
        for number in range(4):
            path = folder / "kinds" / name / f"{number}.png"
            Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(path)
            rows.append(f"{path.relative_to(folder)},{name} {number}")
    (folder / "words.csv").write_text("\n".join(rows))
    return folder


def test_own_photos_give_a_record_a_table_and_the_same_bytes_from_several_workers(
    folder: Path, measure: Measure
) -> None:
    run = measure(folder, *OWN, "--idia-control=permuted")
    first = run.results

    assert run.status == 0, run.output
    assert "1 passed" in run.output  # a control with other names is the same model
    assert "kinds+words  kinds top-1" in run.output
    assert "guessing" in run.output
    (record,) = (name for name in first if name.startswith("utility/"))
    assert record.startswith("utility/kinds-words-")
    rows = list(csv.DictReader(first["utility.csv"].decode().splitlines()))
    assert [(row["task"], row["metric"], row["n_photos"]) for row in rows] == [
        ("kinds", "top-1", "8"),
        ("words", "rank@1", "8"),
        ("words", "rank@5", "8"),
    ]

    again = measure(folder, *OWN, "-n", "2")
    assert again.status == 0, again.output
    assert "kinds+words  kinds top-1" in again.output
    assert again.results == first


def test_without_tasks_the_test_says_which_option_to_give(tmp_path: Path, measure: Measure) -> None:
    run = measure(tmp_path)

    assert run.status == pytest.ExitCode.TESTS_FAILED
    assert "1 skipped" in run.output
    assert "ERROR: nothing was measured: the only benchmark was skipped: " in run.output
    assert "--idia-utility-labels DIR or --idia-utility-captions CSV" in run.output
    assert not list((tmp_path / "results").rglob("*.json"))


def test_photos_that_cannot_be_used_end_the_run_with_one_message(folder: Path, measure: Measure) -> None:
    run = measure(folder, "--idia-utility-labels=nowhere")

    assert run.status == 4
    assert "ERROR: cannot read the classes in " in run.output
    assert "Traceback" not in run.output
