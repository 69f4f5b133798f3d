import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from idia.cli import main
from idia.records import read_records
from idia.report import render

SHIPPED = Path(__file__).parents[2] / "results"


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["verify", *map(str, arguments)])


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of the records that are shipped, with the utility of its model and the tables; copy it to change it."""
    results = tmp_path_factory.mktemp("rendered") / "results"
    for path in (
        *SHIPPED.glob("records/synthetic-200-*/idia/vit-75-*"),
        *SHIPPED.glob("utility/synthetic-0-*/vit-75-*.json"),
    ):
        (results / path.relative_to(SHIPPED)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, results / path.relative_to(SHIPPED))
    render(results, only=())
    return results


@pytest.fixture
def results(rendered: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(rendered, tmp_path / "results"))


def edited(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(path.read_bytes())
    edit(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def test_shipped_records_are_recomputed_and_nothing_is_written(rendered: Path) -> None:
    before = {path: path.read_bytes() for path in rendered.rglob("*") if path.is_file()}

    result = invoke(rendered, "--against", rendered)

    assert result.exit_code == 0, result.output
    assert re.search(r"^same +records/synthetic-200-.*/vit-75-.*: 200 people; votes, 34 cells", result.output, re.M)
    assert re.search(r"^same +utility/.*/vit-75-.*: 600 photos; 8 rates$", result.output, re.M)
    assert "1 records of attacks and 1 of utility recomputed, and the tables rendered: no difference." in result.output
    assert f"All 2 records of {rendered} are still there." in result.output
    assert {path: path.read_bytes() for path in rendered.rglob("*") if path.is_file()} == before


def test_a_difference_is_one_line_that_says_where(results: Path) -> None:
    (record,) = read_records(results)
    low = record.document["cells"][0]["tpr"]["low"]
    edited(record.path, lambda it: it["cells"][0]["tpr"].update(low=0.0))

    result = invoke(results)

    assert result.exit_code == 1
    (line,) = (line for line in result.output.splitlines() if "cells[0].tpr.low" in line)
    assert line.strip() == f"{record.path.relative_to(results)}: cells[0].tpr.low: expected {low}, found 0.0"
    assert "is not what its votes and counts give" in result.output


def test_of_very_many_differences_some_are_shown_and_all_are_counted(results: Path) -> None:
    (record,) = read_records(results)
    edited(record.path, lambda it: [cell["auc"].update(method="guessed") for cell in it["cells"]])

    result = invoke(results)

    assert result.output.count('found "guessed"') == 20
    assert "… and 14 more in this record" in result.output
    assert re.search(r"^34 differences in 1 file of ", result.output, re.M)


@pytest.mark.parametrize("table", ["leaderboard.csv", "leaderboard.md", "utility.csv"])
def test_an_edited_table_is_caught(results: Path, table: str) -> None:
    text = (results / table).read_text(encoding="utf-8")
    (results / table).write_text(text.replace("vit-75", "vit-best"), encoding="utf-8")

    result = invoke(results)

    assert result.exit_code == 1
    assert re.search(rf"^{table}: line \d+: expected .*vit-75.*, found .*vit-best", result.output, re.M)
    assert f"records, never edited: idia report {results}" in result.output


def test_edited_numbers_beside_a_figure_are_caught(results: Path) -> None:
    folder = results / "figures" / "some" / "model"
    folder.mkdir(parents=True)
    (folder / "roc.csv").write_text("fpr,tpr\n0.0,0.5\n")
    stamp = {"files": {"roc.csv": hashlib.sha256((folder / "roc.csv").read_bytes()).hexdigest()}}
    (folder / "rendered.json").write_text(json.dumps(stamp))
    assert invoke(results).exit_code == 0

    (folder / "other.csv").write_text("fpr,tpr\n")
    (folder / "roc.csv").write_text("fpr,tpr\n0.0,0.1\n")
    for content in (json.dumps(stamp), "", "[]", json.dumps({"files": {"../roc.csv": ""}})):
        (folder / "rendered.json").write_text(content)
        result = invoke(results)
        assert result.exit_code == 1, content
        assert "figures/some/model/roc.csv: it is not as it was drawn." in result.output
        assert "figures/some/model/other.csv: it is not as it was drawn." in result.output


def test_a_missing_table_is_caught(results: Path) -> None:
    (results / "leaderboard.md").unlink()

    result = invoke(results)

    assert result.exit_code == 1
    assert f"leaderboard.md: it is missing. Render it from the records: idia report {results}" in result.output


def test_a_removed_row_is_caught_though_the_tables_know_nothing_of_it(results: Path, rendered: Path) -> None:
    for path in (results / "utility").rglob("*.json"):
        path.unlink()
    render(results, only=())

    assert invoke(results).exit_code == 0
    result = invoke(results, "--against", rendered)

    assert result.exit_code == 1
    assert "was removed. A record is withdrawn by setting its status to invalid" in result.output


@pytest.mark.parametrize("folder", ["", "records", "figures"])
def test_an_empty_folder_is_not_green(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)

    result = invoke(tmp_path)

    assert result.exit_code == 1
    assert f"There is nothing to verify in {tmp_path}: it holds no records." in result.output
    assert f"make one: pytest benchmarks --idia-results {tmp_path}" in result.output


def test_records_without_numbers_are_not_green(results: Path) -> None:
    (record,) = read_records(results)
    shutil.rmtree(results / "utility")
    assert record.votes_path is not None
    record.votes_path.unlink()
    nothing: dict[str, Any] = {"status": "error", "votes": None, "cells": [], "threshold_sweep": []}
    numbers = ("trend", "groups", "precision", "controls", "blind")
    document = {key: value for key, value in record.document.items() if key not in numbers} | nothing
    record.path.write_text(json.dumps(document), encoding="utf-8")

    result = invoke(results)

    assert result.exit_code == 1
    assert "There is nothing to verify" in result.output
    assert "holds numbers" in result.output


def test_nothing_to_compare_with_is_not_green(rendered: Path, tmp_path: Path) -> None:
    result = invoke(rendered, "--against", tmp_path)

    assert result.exit_code == 1
    assert f"There is nothing to compare with in {tmp_path}" in result.output


@pytest.mark.parametrize("arguments", [["nowhere"], [".", "--against", "nowhere"]])
def test_a_wrong_path_is_a_usage_error(arguments: list[str]) -> None:
    result = invoke(*arguments)

    assert result.exit_code == 2
    assert "Directory 'nowhere' does not exist" in result.output
