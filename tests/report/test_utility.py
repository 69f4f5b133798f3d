import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idia.records import Record, read_records, read_utility, write_record, write_utility
from idia.report import render
from idia.report.utility import shown_scores, utility_beside_leakage, utility_csv, utility_section

MakeRecord = Callable[..., Record]
MakeUtility = Callable[..., dict[str, Any]]

ANSWERS = {("shape", "top-1"): 0.7, ("shape", "top-5"): 0.9, ("captions", "rank@1"): 0.4, ("captions", "rank@5"): 0.8}
FIGURE = "utility-beside-leakage"


@pytest.fixture(scope="module")
def rendered(make_record: MakeRecord, make_utility: MakeUtility, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rendered results of two models and a clean model, with one more that leaks and one more that is useful."""
    results = tmp_path_factory.mktemp("rendered") / "results"
    for at, (model, tpr) in enumerate((("vit-5", 0.4), ("vit-10", 0.9), ("vit-clean", 0.1))):
        control = {"control": {"kind": "clean-model", "of": "vit-10"}} if model == "vit-clean" else {}
        leak = make_record(model=model, found=(tpr,) * 8, sizes=("all",), with_bins=False, seed=at)
        leak = Record({**leak.document, **control}, leak.votes)
        write_record(results, leak)
        answers = {key: value - 0.1 * at for key, value in ANSWERS.items()}
        write_utility(results, make_utility(leak.document["model"], answers))
    alone = make_record(model="leaks alone", sizes=("all",), with_bins=False, seed=7)
    write_record(results, alone)
    useful = {**alone.document["model"], "name": "useful alone", "weights_sha256": "0" * 64}
    write_utility(results, make_utility(useful, ANSWERS))
    render(results)
    return results


@pytest.fixture
def results(rendered: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(rendered, tmp_path / "results"))


def _rows(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content)))


def test_the_table_has_a_row_for_every_model_task_and_metric(rendered: Path) -> None:
    rows = _rows((rendered / "utility.csv").read_text(encoding="utf-8"))

    assert [row["model"] for row in rows[::4]] == ["useful alone", "vit-5", "vit-10", "vit-clean"]
    first = rows[4]
    assert (first["data"], first["task"], first["metric"]) == ("a-world", "shape", "top-1")
    assert (first["value"], first["right"], first["n_photos"]) == ("0.7", "140", "200")
    assert 0 < float(first["low"]) < 0.7 < float(first["high"]) < 1
    assert (first["chance"], first["majority"], first["n_choices"], first["n_templates"]) == ("0.1", "0.13", "10", "7")
    assert (rows[7]["metric"], rows[7]["majority"], rows[7]["n_templates"]) == ("rank@5", "n/a", "n/a")
    assert len(first["weights"]) == len(first["manifest"]) == 8


def test_readers_see_what_guessing_gives_below_the_models(rendered: Path) -> None:
    text = (rendered / "leaderboard.md").read_text(encoding="utf-8")
    section = text[text.index("## Utility") : text.index("## How to read")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]

    assert rows[0] == ["Model", "shape top-1", "captions rank@1", "captions rank@5"]
    assert rows[3][:2] == ["vit-5", "0.70 [0.63, 0.76]"]
    guessing, majority = (next(row for row in rows if name in row[0]) for name in ("guessing", "frequent"))
    assert guessing[1:] == ["0.10", "0.01", "0.05"]
    assert majority[1:] == ["0.13", "–", "–"]
    assert "shape (200 photos, 10 classes); captions (200 photos, 100 different captions)" in section
    (figure,) = rendered.rglob(f"{FIGURE}.svg")
    assert f"(figures/utility/{figure.parent.name})" in section


def test_a_score_that_guessing_reaches_is_left_to_machines_unless_it_is_the_only_one(
    make_utility: MakeUtility, make_record: MakeRecord
) -> None:
    model = make_record().document["model"]
    several = make_utility(model, ANSWERS)
    easy = make_utility(model, ANSWERS)
    for score in easy["scores"]:
        score["chance"] = 0.5

    assert [(each["task"], each["metric"]) for each in shown_scores(several)] == [
        ("shape", "top-1"),
        ("captions", "rank@1"),
        ("captions", "rank@5"),
    ]
    assert shown_scores(easy) == easy["scores"]


def test_models_are_joined_by_their_weights_and_activation(results: Path) -> None:
    (beside,) = utility_beside_leakage(read_utility(results), read_records(results))

    (group,) = beside.groups
    assert [row.leak["model"]["name"] for row in group] == ["vit-10", "vit-5", "vit-clean"]
    assert all(row.leak["model"]["weights_sha256"] == row.utility["model"]["weights_sha256"] for row in group)
    assert len(beside.records) == 6


def test_controls_whose_names_or_weights_are_broken_are_not_compared(
    tmp_path: Path, make_record: MakeRecord, make_utility: MakeUtility
) -> None:
    leak = make_record(sizes=("all",), with_bins=False)
    write_utility(tmp_path, make_utility(leak.document["model"], ANSWERS))
    permuted = {**leak.document, "control": {"kind": "permuted-map", "of": "a model"}}
    write_record(tmp_path, Record(permuted, leak.votes))

    assert utility_beside_leakage(read_utility(tmp_path), read_records(tmp_path)) == ()


def test_people_who_were_asked_something_else_are_a_group_of_their_own(
    tmp_path: Path, make_record: MakeRecord, make_utility: MakeUtility
) -> None:
    for people, n in (("few", 4), ("many", 8)):
        leak = make_record(people=people, found=(0.5,) * n, sizes=("all",), with_bins=False)
        write_record(tmp_path, leak)
    write_utility(tmp_path, make_utility(leak.document["model"], ANSWERS))

    (beside,) = utility_beside_leakage(read_utility(tmp_path), read_records(tmp_path))

    assert [[row.leak["people"]["id"] for row in group] for group in beside.groups] == [["many"], ["few"]]


def test_the_figure_names_its_models_and_tasks_and_its_table_holds_its_numbers(rendered: Path) -> None:
    (figure,) = rendered.rglob(f"{FIGURE}.svg")
    drawn = figure.read_text(encoding="utf-8")
    rows = _rows(figure.with_suffix(".csv").read_text(encoding="utf-8"))

    for words in ("vit-10", "vit-clean (control)", "captions", "guessing", "Utility beside leakage: a-world"):
        assert f"<!-- {words} -->" in drawn
    assert "leaks alone" not in drawn
    assert "useful alone" not in drawn
    assert [row["measure"] for row in rows[:6]] == ["TPR", "FPR", *(" ".join(key) for key in ANSWERS)]
    assert (rows[0]["model"], rows[0]["control"], rows[0]["chance"]) == ("vit-10", "n/a", "n/a")
    assert (rows[2]["value"], rows[2]["chance"], rows[2]["n"]) == ("0.6", "0.1", "200")
    assert rows[-1]["control"] == "clean-model"


def test_rendering_again_changes_no_byte_and_a_changed_utility_draws_anew(
    results: Path, make_utility: MakeUtility
) -> None:
    assert render(results) == ()
    (figure,) = results.rglob(f"{FIGURE}.svg")
    before = figure.read_bytes()
    stored = next(each for each in read_utility(results) if each.document["model"]["name"] == "vit-5")
    write_utility(results, make_utility(stored.document["model"], {**ANSWERS, ("shape", "top-1"): 0.2}))

    changed = render(results, only=[stored.path])

    assert figure in changed
    assert figure.read_bytes() != before
    assert not [path for path in changed if "records" in path.parts or path.name == "confusion.svg"]


def test_a_utility_that_is_gone_takes_its_figure_and_rows_with_it(results: Path) -> None:
    shutil.rmtree(results / "utility")

    render(results)

    assert not list(results.rglob(f"{FIGURE}.*"))
    assert _rows((results / "utility.csv").read_text(encoding="utf-8")) == []
    assert "## Utility" not in (results / "leaderboard.md").read_text(encoding="utf-8")


def test_without_utility_nothing_is_said_of_it(tmp_path: Path, make_record: MakeRecord) -> None:
    write_record(tmp_path, make_record(sizes=("all",), with_bins=False))
    render(tmp_path)

    assert not (tmp_path / "utility.csv").exists()
    assert utility_section([], []) == []
    assert len(_rows(utility_csv([]))) == 0


def test_names_cannot_break_out_of_tables(tmp_path: Path, make_record: MakeRecord, make_utility: MakeUtility) -> None:
    model = {**make_record().document["model"], "name": "=cmd|calc"}
    write_utility(tmp_path, make_utility(model, {("a|b", "top-1"): 0.5}))
    utilities = read_utility(tmp_path)

    assert _rows(utility_csv(utilities))[0]["model"] == "'=cmd|calc"
    section = "\n".join(utility_section(utilities, []))
    assert r"=cmd\|calc" in section
    assert r"a\|b top-1" in section
