"""Runs on toy people with planted members."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from idia.testing import toy_people
from idia.training.export import export_model

if TYPE_CHECKING:
    from idia.training.loop import TrainedModel
    from tests.pytest_plugin.conftest import Run, RunIn, WritePeople

TOY = "--idia-model=python:idia.testing:toy_clip"
CONTROLLED = ("--idia-draws=3", "--idia-control=permuted", "--idia-text-only=cheap", "--idia-text-reference=20")
SHORT = (TOY, "--idia-names=150", "--idia-photos=1,all", *CONTROLLED)
ITEMS = (
    2 * (2 + 2 * 6 + 2) + 6 + 2
)  # models, with the control: photos, photos x bins, others; by names alone: bins, others
BLACK_BOX = """
from dataclasses import replace
class BlackBox:
    model = ToyClip()
    info = replace(model.info, name='BlackBox', spec='python:broken:BlackBox')
    encode_images, encode_texts = model.encode_images, model.encode_texts
"""
BY_NAMES = {"tuni-gibberish", "tuni-names"}


@pytest.fixture(scope="module")
def serial(cache: Path, tmp_path_factory: pytest.TempPathFactory, run_in: "RunIn") -> "Run":
    """The default benchmark in short, with a control, and with attacks by names alone."""
    return run_in(tmp_path_factory.mktemp("serial"), cache, *SHORT)


def test_one_command_gives_a_row_a_table_and_figures(serial: "Run") -> None:
    assert serial.status == 0, serial.output
    assert f"{ITEMS} passed" in serial.output
    assert "idia: models=toy, controls=permuted, people=toy, photos=1,all, names=150, tau=1, draws=3" in serial.output
    assert "= identity leakage =" in serial.output
    described = serial.output.replace("\n  ", " ")
    assert re.search(r"^ToyClip, weights .*, names compared by (cpu|cpu-int8|reference)$", described, re.M)
    assert {row["attack"] for row in serial.every_attack} == {"idia", "calibrated", "nameless", *BY_NAMES}
    row = next(row for row in serial.leaderboard if row["n_photos"] == row["occurrences"] == "all")
    assert (row["model"], row["people"], row["attack"], row["status"]) == ("ToyClip", "toy", "idia", "ok")
    assert (row["members"], row["non_members"], row["tau"], row["draws"]) == ("48", "48", "1", "3")
    assert (row["n_names"], row["n_prompts"]) == ("150", "21")
    assert (float(row["tpr"]), float(row["fpr"])) == (1, 0)
    assert float(row["tpr_low"]) < 1
    assert float(row["fpr_high"]) > 0
    assert {Path(path).suffix for path in serial.results if path.startswith("figures")} >= {".svg", ".png", ".csv"}


def test_names_alone_give_records_rows_and_figures(serial: "Run") -> None:
    rows = {row["attack"]: row for row in serial.every_attack if (row["n_photos"], row["occurrences"]) == ("0", "all")}
    figures = {path.rpartition("/")[2] for path in serial.results if path.startswith("figures/toy-")}

    assert rows.keys() == BY_NAMES
    for row in rows.values():
        assert (row["status"], row["members"], row["non_members"], row["tau"]) == ("ok", "48", "48", "n/a")
        assert (row["text_mode"], row["access"]) == ("cheap", "gradient")
        assert float(row["auc"]) > 0.9  # planted members
    assert {path.split("/")[2] for path in serial.results if path.startswith("records/")} >= BY_NAMES
    assert {"text-only.svg", "text-only.csv"} <= figures
    assert "## From the name alone" in serial.results["leaderboard.md"].decode()
    assert "cheap vote: recall" in serial.output


def test_a_control_is_marked_and_at_the_floor(serial: "Run") -> None:
    control = [row for row in serial.leaderboard if row["status"] == "control"]

    assert {row["model"] for row in control} == {"ToyClip (permuted names)"}
    assert float(next(row for row in control if row["n_photos"] == row["occurrences"] == "all")["tpr"]) <= 0.1


def test_no_name_of_an_attacked_person_appears_under_the_results(serial: "Run") -> None:
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


def test_running_again_changes_nothing(serial: "Run", cache: Path, run_in: "RunIn") -> None:
    root = serial.folder / "results"
    before = {path: (content, (root / path).stat().st_mtime_ns) for path, content in serial.results.items()}

    assert run_in(serial.folder, cache, *SHORT).status == 0
    assert {path: (content, (root / path).stat().st_mtime_ns) for path, content in serial.results.items()} == before


def test_xdist_writes_identical_results(serial: "Run", cache: Path, tmp_path: Path, run_in: "RunIn") -> None:
    parallel = run_in(tmp_path, cache, *SHORT, "-n", "2")

    assert f"{ITEMS} passed" in parallel.output
    assert "= identity leakage =" in parallel.output
    assert parallel.results == serial.results


def test_settings_come_from_ini_and_environment_and_smaller_runs_overwrite_nothing(
    cache: Path, tmp_path: Path, run_in: "RunIn"
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nidia_names = 140\nidia_draws = 9\nidia_photos =\n    1\n    all\n")
    small = ("-c", "pytest.ini", "-k", "attack_samples or text_only", "-rs")
    fuller = run_in(tmp_path, cache, *small, IDIA_DRAWS="2")
    assert "2 passed, 3 skipped" in fuller.output  # nobody has asked for attacks by names alone
    assert "nobody is attacked by their name alone: --idia-text-only MODE asks for it" in fuller.output
    assert not BY_NAMES & {row["attack"] for row in fuller.every_attack}
    assert {(row["n_names"], row["draws"]) for row in fuller.leaderboard} == {("140", "2")}
    records = {path: content for path, content in fuller.results.items() if path.startswith("records")}

    smaller = run_in(tmp_path, cache, *small, "--idia-photos=all", "--idia-text-only=off", IDIA_DRAWS="2")

    assert "1 passed, 3 skipped" in smaller.output
    assert records.items() < smaller.results.items()
    assert len({row["protocol"] for row in smaller.leaderboard}) == 2


def test_a_model_that_fails_costs_no_finished_work_and_is_tried_once(
    tmp_path: Path, cache: Path, run_in: "RunIn", write_people: "WritePeople"
) -> None:
    (tmp_path / "broken.py").write_text(
        "from idia.errors import ModelError\n"
        "from idia.testing import ToyClip\n"
        "def clip():\n"
        "    raise ModelError('no such weights')\n"
        "class Exhausted(ToyClip):\n"
        "    def encode_images(self, images):\n"
        "        raise RuntimeError('out of memory, said the library')\n" + BLACK_BOX
    )
    models = (f'[models."{model}"]' for model in (TOY.partition("=")[2], "python:broken:BlackBox"))
    (tmp_path / "gates.toml").write_text("\n".join(f'{model}\n"tuni-names/auc_max" = 0.9' for model in models))
    people, membership = toy_people()
    chosen = sorted(people.people, key=lambda person: membership.counts[person.name])
    chosen = [*chosen[:3], *chosen[-3:]]
    write_people(tmp_path, chosen, [membership.counts[person.name] for person in chosen])

    run = run_in(
        tmp_path,
        cache,
        *("--idia-model=python:idia.testing:toy_clip", "--idia-model=python:broken:clip"),
        *("--idia-model=python:broken:Exhausted", "--idia-model=python:broken:BlackBox"),
        *("--idia-people=people", "--idia-membership=who.csv", "--idia-names=150", "--idia-photos=1,all"),
        *("--idia-text-only=cheap", "--idia-text-reference=20", "--idia-gates=gates.toml"),
    )

    assert run.status == pytest.ExitCode.TESTS_FAILED
    assert "python:broken:clip: no such weights" in run.output
    assert "python:broken:clip could not be scored; the first of its tests says why" in run.output
    assert "During handling of the above exception" not in run.output
    assert "python:broken:Exhausted could not be scored; the first of its tests says why" in run.output
    assert "raised while python:broken:Exhausted was scored" in run.output
    assert run.output.count("E       RuntimeError: out of memory, said the library") == 1
    whole = [row["model"] for row in run.leaderboard if row["n_photos"] == row["occurrences"] == "all"]
    assert whole == ["BlackBox", "ToyClip"]
    # A model that answers and no more is attacked with photos all the same.
    assert "model 'BlackBox' gives embeddings, but no gradients with respect to the image" in run.output
    assert "python:broken:BlackBox, from text alone (cheap) could not be scored; the first of its tests" in run.output
    assert {row["model"] for row in run.every_attack if row["attack"] in BY_NAMES} == {"ToyClip"}
    assert re.search(r"^regressed +ToyClip +tuni-names/auc_max = 0.9", run.output, re.M)
    assert re.search(r"^no evidence +python:broken:BlackBox +tuni-names/auc_max = 0.9", run.output, re.M)


def test_models_in_folders_of_the_same_name_are_told_apart(
    tmp_path: Path, cache: Path, run_in: "RunIn", write_people: "WritePeople", untrained: "Callable[..., TrainedModel]"
) -> None:
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
    # Nothing says what the models should be good at, or asks by names alone; speed tests are left out.
    assert re.search(r"8 passed, 9 skipped, \d+ deselected, 1 error", run.output)
    assert "local-dir:run0/model" in run.output
