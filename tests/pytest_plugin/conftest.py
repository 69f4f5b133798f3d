"""Real pytest runs, in processes of their own, of the project's own benchmarks."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from idia.options import OPTIONS
from idia.people import Person
from idia.training.loop import TrainedModel
from idia.training.network import new_model
from idia.training.recipe import model_config

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@dataclass(frozen=True)
class Run:
    """A finished pytest run in a folder of its own."""

    folder: Path
    status: int
    output: str

    @property
    def every_attack(self) -> list[dict[str, str]]:
        with (self.folder / "results" / "leaderboard.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    @property
    def leaderboard(self) -> list[dict[str, str]]:
        """The rows of the attack as published."""
        return [row for row in self.every_attack if row["attack"] == "idia"]

    @property
    def results(self) -> dict[str, bytes]:
        root = self.folder / "results"
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


RunIn = Callable[..., Run]
WritePeople = Callable[[Path, Sequence[Person], Sequence[int]], None]


@pytest.fixture(scope="session")
def benchmarks() -> Path:
    """The project's own benchmarks."""
    return BENCHMARKS


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One embedding cache for all runs of this module."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def run_in(plugins_left_out: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunIn]:
    """Runs the project's benchmarks in a folder, with results below it, each time in a process of its own."""
    output = tmp_path_factory.mktemp("runs") / "output"

    def run_in(folder: Path, cache: Path, *arguments: str, only: str = "", **variables: str) -> Run:
        ours = {option.variable for option in OPTIONS}
        environment = {
            name: value for name, value in os.environ.items() if name not in ours and not name.startswith("PYTEST")
        }
        environment |= {"IDIA_CACHE_DIR": str(cache), "IDIA_RESULTS": "results", "COLUMNS": "160"} | variables
        environment["PYTEST_ADDOPTS"] = plugins_left_out
        own = folder / "benchmarks"
        benchmarks = (own if own.is_dir() else BENCHMARKS) / only
        asked = {
            "folder": str(folder),
            "arguments": [str(benchmarks), "-p", "no:cacheprovider", *arguments],
            "variables": environment,
            "output": str(output),
        }
        assert server.stdin is not None
        assert server.stdout is not None
        print(json.dumps(asked), file=server.stdin, flush=True)
        return Run(folder, int(server.stdout.readline()), output.read_text())

    with subprocess.Popen(
        [sys.executable, Path(__file__).parent / "run_server.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        yield run_in


@pytest.fixture(scope="session")
def untrained() -> Callable[..., TrainedModel]:
    """Makes models of the size that is shipped, with random weights that nobody says are random."""
    return _untrained


@pytest.fixture(scope="session")
def write_people() -> WritePeople:
    """Writes three photos of each person below `people/`, and `who.csv`."""
    return _write_people


def _untrained(*, seed: int) -> TrainedModel:
    return TrainedModel(new_model(32, seed=seed), model_config(32), ())


def _write_people(folder: Path, people: Sequence[Person], occurrences: Sequence[int]) -> None:
    rows = ["name,occurrences"]
    for person, count in zip(people, occurrences, strict=True):
        photos = folder / "people" / person.name.replace(" ", "_")
        photos.mkdir(parents=True)
        for number, photo in enumerate(person.photos[:3]):
            assert isinstance(photo, Image.Image)
            photo.save(photos / f"{number}.png")
        rows.append(f"{person.name},{count}")
    (folder / "who.csv").write_text("\n".join(rows))
