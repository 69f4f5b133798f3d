"""Real pytest runs, in processes of their own, of the project's own benchmarks on toy people."""

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from idia.models.checkpoints import read_checkpoint, state_sha256
from idia.options import OPTIONS
from idia.people import Person
from idia.testing import toy_people
from idia.training.export import export_model
from idia.training.loop import TrainedModel
from idia.training.network import new_model
from idia.training.recipe import model_config
from idia.world.people import world_names

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
TOY = "--idia-model=python:idia.testing:toy_clip"
SHORT = (TOY, "--idia-names=150", "--idia-photos=1,all", "--idia-draws=3", "--idia-control=permuted")
ITEMS = 2 * (2 + 2 * 6)  # models, with the control; photos; photos x bins


@dataclass(frozen=True)
class Run:
    """A finished pytest run in a folder of its own."""

    folder: Path
    status: int
    output: str

    @property
    def leaderboard(self) -> list[dict[str, str]]:
        with (self.folder / "results" / "leaderboard.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    @property
    def results(self) -> dict[str, bytes]:
        root = self.folder / "results"
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One embedding cache for all runs of this module."""
    return tmp_path_factory.mktemp("cache")


def run_in(folder: Path, cache: Path, *arguments: str, **variables: str) -> Run:
    """Runs the project's benchmarks in a folder, with results below it."""
    ours = {option.variable for option in OPTIONS}
    environment = {
        name: value for name, value in os.environ.items() if name not in ours and not name.startswith("PYTEST")
    }
    environment |= {"IDIA_CACHE_DIR": str(cache), "IDIA_RESULTS": "results", "COLUMNS": "160"} | variables
    own = folder / "benchmarks"
    benchmarks = own if own.is_dir() else BENCHMARKS
    command = [sys.executable, "-m", "pytest", str(benchmarks), "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return Run(folder, done.returncode, done.stdout + done.stderr)


def untrained(*, seed: int) -> TrainedModel:
    """A model of the size that is shipped, with random weights that nobody says are random."""
    return TrainedModel(new_model(32, seed=seed), model_config(32), ())


def write_people(folder: Path, people: Sequence[Person], occurrences: Sequence[int]) -> None:
    """Writes three photos of each person below `people/`, and `who.csv`."""
    rows = ["name,occurrences"]
    for person, count in zip(people, occurrences, strict=True):
        photos = folder / "people" / person.name.replace(" ", "_")
        photos.mkdir(parents=True)
        for number, photo in enumerate(person.photos[:3]):
            assert isinstance(photo, Image.Image)
            photo.save(photos / f"{number}.png")
        rows.append(f"{person.name},{count}")
    (folder / "who.csv").write_text("\n".join(rows))


@pytest.fixture(scope="module")
def serial(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The default benchmark in short, with a control."""
    return run_in(tmp_path_factory.mktemp("serial"), cache, *SHORT)


def test_one_command_gives_a_row_a_table_and_figures(serial: Run) -> None:
    assert serial.status == 0, serial.output
    assert f"{ITEMS} passed" in serial.output
    assert "idia: models=toy, controls=permuted, people=toy, photos=1,all, names=150, tau=1, draws=3" in serial.output
    assert "= identity leakage =" in serial.output
    row = next(row for row in serial.leaderboard if row["n_photos"] == row["occurrences"] == "all")
    assert (row["model"], row["people"], row["attack"], row["status"]) == ("ToyClip", "toy", "idia", "ok")
    assert (row["members"], row["non_members"], row["tau"], row["draws"]) == ("48", "48", "1", "3")
    assert (row["n_names"], row["n_prompts"]) == ("150", "21")
    assert (float(row["tpr"]), float(row["fpr"])) == (1, 0)
    assert float(row["tpr_low"]) < 1
    assert float(row["fpr_high"]) > 0
    assert {Path(path).suffix for path in serial.results if path.startswith("figures")} >= {".svg", ".png", ".csv"}


def test_a_control_is_marked_and_at_the_floor(serial: Run) -> None:
    control = [row for row in serial.leaderboard if row["status"] == "control"]

    assert {row["model"] for row in control} == {"ToyClip (permuted names)"}
    assert float(next(row for row in control if row["n_photos"] == row["occurrences"] == "all")["tpr"]) <= 0.1


def test_no_name_of_an_attacked_person_appears_under_the_results(serial: Run) -> None:
    names = [person.name.casefold() for person in toy_people()[0].people]
    needles = {name.replace(" ", gap).encode() for name in names for gap in (" ", "_", "-", "")}

    assert serial.results
    for path, content in serial.results.items():
        haystack = path.casefold().encode() + content.lower()
        if path.endswith(".npz"):
            with np.load(serial.folder / "results" / path) as arrays:
                words = [" ".join(map(str, arrays[key].ravel())) for key in arrays if arrays[key].dtype.kind == "U"]
                haystack += " ".join(words).casefold().encode()
        assert not {needle for needle in needles if needle in haystack}, path


def test_running_again_changes_nothing(serial: Run, cache: Path) -> None:
    root = serial.folder / "results"
    before = {path: (content, (root / path).stat().st_mtime_ns) for path, content in serial.results.items()}

    assert run_in(serial.folder, cache, *SHORT).status == 0
    assert {path: (content, (root / path).stat().st_mtime_ns) for path, content in serial.results.items()} == before


def test_xdist_writes_identical_results(serial: Run, cache: Path, tmp_path: Path) -> None:
    parallel = run_in(tmp_path, cache, *SHORT, "-n", "2")

    assert f"{ITEMS} passed" in parallel.output
    assert "= identity leakage =" in parallel.output
    assert parallel.results == serial.results


def test_settings_come_from_ini_and_environment_and_smaller_runs_overwrite_nothing(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nidia_names = 140\nidia_draws = 9\nidia_photos =\n    1\n    all\n")
    small = ("-c", "pytest.ini", "-k", "attack_samples")
    fuller = run_in(tmp_path, cache, *small, IDIA_DRAWS="2")
    assert "2 passed" in fuller.output
    assert {(row["n_names"], row["draws"]) for row in fuller.leaderboard} == {("140", "2")}
    records = {path: content for path, content in fuller.results.items() if path.startswith("records")}

    smaller = run_in(tmp_path, cache, *small, "--idia-photos=all", IDIA_DRAWS="2")

    assert "1 passed" in smaller.output
    assert records.items() < smaller.results.items()
    assert len({row["protocol"] for row in smaller.leaderboard}) == 2


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["serial", "xdist"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--idia-tau=22",), "τ must be in [1, 21]"),
        (
            ("--idia-model=random:ViT-B-32", "--idia-people=.", "--idia-membership=x.csv"),
            "only make sense as a control",
        ),
        (("--idia-model=a,b", "--idia-people=nowhere", "--idia-membership=x.csv"), "nowhere"),
        (("--idia-results=file/results",), "file"),
        (("--idia-model=ViT-B-32", "--idia-people=people", "--idia-membership=who.csv"), "names no weights"),
    ],
)
def test_bad_input_ends_the_run_with_one_clean_message(
    tmp_path: Path, cache: Path, arguments: tuple[str, ...], message: str, workers: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("")
    write_people(tmp_path, toy_people()[0].people[:2], [1, 0])
    run = run_in(tmp_path, cache, *arguments, *workers)

    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert run.output.count("ERROR: ") == 1
    assert message in run.output.split("ERROR: ")[1]
    assert "Traceback" not in run.output
    assert not (tmp_path / "results" / "leaderboard.csv").exists()


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["serial", "xdist"])
def test_bad_input_from_the_environment_ends_the_run_as_cleanly(
    tmp_path: Path, cache: Path, workers: tuple[str, ...]
) -> None:
    run = run_in(tmp_path, cache, *workers, IDIA_TAU="22")

    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert run.output.count("ERROR: ") == 1
    assert "τ must be in [1, 21]" in run.output
    assert "Traceback" not in run.output


def test_a_default_results_folder_that_cannot_be_written_ends_a_run_on_two_workers(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "results").write_text("")
    run = run_in(tmp_path, cache, "-n", "2")

    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert "results cannot be written" in run.output
    assert "Traceback" not in run.output


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["serial", "xdist"])
def test_settings_of_the_environment_do_not_get_in_the_way_of_other_tests(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    pytester.makepyfile("def test_unrelated(): pass")
    monkeypatch.setenv("IDIA_PEOPLE", "nowhere")
    monkeypatch.setenv("IDIA_DRAWS", "many")

    pytester.runpytest_subprocess("-p", "no:cacheprovider", *workers).assert_outcomes(passed=1)
    assert not (pytester.path / "results").exists()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that ships three untrained models of small worlds: two of the same people, one of them clean."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "benchmarks").mkdir()
    for name in ("test_attack_samples.py", "test_training_occurrences.py"):
        shutil.copy(BENCHMARKS / name, folder / "benchmarks")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    for order, (name, counts, of) in enumerate(
        [("one", (75, 5, 0, 0), None), ("two", (0, 0, 0, 75, 5, 0), None), ("clean", (75, 5, 0, 0), "one")]
    ):
        write_world_model(folder / "fixtures" / "models" / name, counts, order=order, of=of)
    return folder


def write_world_model(folder: Path, counts: Sequence[int], *, order: int, of: str | None) -> None:
    """Writes a model folder as a training on synthetic people does, but for the training."""
    export_model(folder, untrained(seed=order))
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


def run_project(project: Path, cache: Path, results: Path, *arguments: str, **variables: str) -> Run:
    """Runs a project's own benchmarks, with results elsewhere."""
    run = run_in(project, cache, "--idia-names=40", f"--idia-results={results / 'results'}", *arguments, **variables)
    return Run(results, run.status, run.output)


SIZES = 3  # 1, 3 and all
SHIPPED_ITEMS = 3 * SIZES * (1 + 2)  # models, each with two bins


@pytest.fixture(scope="module")
def shipped(project: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The default run where models are shipped."""
    return run_project(project, cache, tmp_path_factory.mktemp("shipped"), "-v")


def test_by_default_the_shipped_models_are_scored_on_synthetic_people(shipped: Run) -> None:
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


def test_the_tests_of_a_model_stand_together_and_say_what_they_ask(shipped: Run) -> None:
    asked = re.findall(r"::(test_\w+)\[local-dir:(\w+)-(\S+)\] PASSED", shipped.output)

    assert [model for model, _ in groupby(model for _, model, _ in asked)] == ["one", "two", "clean"]
    assert ("test_attack_samples", "two", "photos-all") in asked
    assert ("test_training_occurrences", "two", "occurrences-75-photos-3") in asked


def test_a_run_says_what_it_spent_and_publishes_nothing_of_it(shipped: Run) -> None:
    (spent,) = re.findall(r"CPU seconds: \d+ in all; (.*)", shipped.output)

    assert re.fullmatch(r"loading models \d+\.\d, .*rendering \d+\.\d", spent)
    assert not [path for path, content in shipped.results.items() if b"loading models" in content]


def test_shipped_models_give_the_same_results_on_two_workers_and_again(
    shipped: Run, project: Path, cache: Path, tmp_path: Path
) -> None:
    parallel = run_project(project, cache, tmp_path, "-n", "2", "--dist", "loadgroup")
    assert parallel.results == shipped.results
    assert "CPU seconds: " in parallel.output

    assert run_project(project, cache, tmp_path).results == shipped.results


def test_a_model_is_chosen_by_its_name_and_another_is_scored_on_its_people(
    project: Path, cache: Path, tmp_path: Path
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


def test_an_altered_checkpoint_costs_no_finished_work(project: Path, cache: Path, tmp_path: Path) -> None:
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
    project: Path, cache: Path, tmp_path: Path, stop: str, status: int
) -> None:
    (project / f"stopping_{abs(status)}.py").write_text(
        f"import os, signal\nfrom idia.testing import ToyClip\ndef model():\n    {stop}\n    return ToyClip()\n"
    )
    models = ("--idia-model=one", f"--idia-model=python:stopping_{abs(status)}:model", "--idia-people=world:one")
    run = run_project(project, cache, tmp_path, *models, "--idia-photos=all")

    assert run.status == status
    records = [path for path in run.results if path.startswith("records") and path.endswith(".json")]
    assert [Path(path).name.partition("-")[0] for path in records] == ["one"]
    if status == pytest.ExitCode.INTERRUPTED:
        assert {row["model"] for row in run.leaderboard} == {"one"}
    else:
        again = run_project(project, cache, tmp_path, "--idia-model=one", "--idia-photos=all")
        assert {row["model"] for row in again.leaderboard} == {"one"}


def test_a_leaderboard_that_cannot_be_rendered_costs_no_record(project: Path, cache: Path, tmp_path: Path) -> None:
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


def test_listing_the_benchmarks_writes_nothing(tmp_path: Path, cache: Path) -> None:
    run = run_in(tmp_path, cache, "--collect-only", "-q", "--idia-tau=1")

    assert run.status == 0
    assert not (tmp_path / "results").exists()


def test_a_model_that_fails_costs_no_finished_work_and_is_tried_once(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "broken.py").write_text(
        "from idia.errors import ModelError\n"
        "from idia.testing import ToyClip\n"
        "def clip():\n"
        "    raise ModelError('no such weights')\n"
        "class Exhausted(ToyClip):\n"
        "    def encode_images(self, images):\n"
        "        raise RuntimeError('out of memory, said the library')\n"
    )
    people, membership = toy_people()
    chosen = sorted(people.people, key=lambda person: membership.counts[person.name])
    chosen = [*chosen[:3], *chosen[-3:]]
    write_people(tmp_path, chosen, [membership.counts[person.name] for person in chosen])

    run = run_in(
        tmp_path,
        cache,
        *("--idia-model=python:idia.testing:toy_clip", "--idia-model=python:broken:clip"),
        "--idia-model=python:broken:Exhausted",
        *("--idia-people=people", "--idia-membership=who.csv", "--idia-names=150", "--idia-photos=1,all"),
    )

    assert run.status == pytest.ExitCode.TESTS_FAILED
    assert "python:broken:clip: no such weights" in run.output
    assert "python:broken:clip could not be scored; the first of its tests says why" in run.output
    assert "During handling of the above exception" not in run.output
    assert "python:broken:Exhausted could not be scored; the first of its tests says why" in run.output
    assert "raised while python:broken:Exhausted was scored" in run.output
    assert run.output.count("E       RuntimeError: out of memory, said the library") == 1
    assert [row["model"] for row in run.leaderboard if row["n_photos"] == row["occurrences"] == "all"] == ["ToyClip"]


def test_models_in_folders_of_the_same_name_are_told_apart(tmp_path: Path, cache: Path) -> None:
    """Each is scored and recorded, and one that cannot be loaded does not stand in the way of another."""
    people, membership = toy_people()
    members = [person for person in people.people if membership.counts[person.name]][:3]
    others = [person for person in people.people if not membership.counts[person.name]][:3]
    write_people(tmp_path, [*members, *others], [1, 1, 1, 0, 0, 0])
    for number in (1, 2):
        export_model(tmp_path / f"run{number}" / "model", untrained(seed=number))
    (tmp_path / "run0" / "model").mkdir(parents=True)

    models = [f"--idia-model=local-dir:run{number}/model" for number in (0, 1, 2)]
    run = run_in(
        tmp_path,
        cache,
        *models,
        *("--idia-people=people", "--idia-membership=who.csv", "--idia-names=50", "--idia-photos=all"),
    )

    rows = [row for row in run.leaderboard if row["n_photos"] == row["occurrences"] == "all"]
    assert len({row["weights"] for row in rows}) == 2
    assert "4 passed, 4 skipped, 13 deselected, 1 error" in run.output  # nothing says what the models should be good at
    assert "local-dir:run0/model" in run.output


def test_unrelated_tests_load_nothing_heavy_and_write_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import sys\n"
        "def test_light():\n"
        "    assert not {'torch', 'open_clip', 'matplotlib', 'pandas', 'scipy', 'triton', 'PIL'} & set(sys.modules)\n"
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)

    assert not (pytester.path / "results").exists()


def test_listing_the_benchmarks_does_not_import_torch(tmp_path: Path) -> None:
    code = "import pytest, sys; pytest.main(sys.argv[1:]); assert 'torch' not in sys.modules"
    command = [sys.executable, "-c", code, str(BENCHMARKS), "--collect-only", "-q", "-p", "no:cacheprovider"]

    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)


def test_help_lists_every_option(pytester: pytest.Pytester) -> None:
    text = pytester.runpytest_subprocess("--help").stdout.str()

    for option in OPTIONS:
        assert option.flag in text
        assert option.ini in text
