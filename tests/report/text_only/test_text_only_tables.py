"""The tables on attacks by name alone."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from idia.records import Record, StoredRecord
from idia.report.board import board_of
from idia.report.legend import ABOUT_ATTACKS
from idia.report.markdown import leaderboard_markdown
from idia.report.photo_price import photo_prices
from idia.report.text_only_tables import how_attacked, kinds_table, text_only_section

MakeRecord = Callable[..., Record]
Stored = Callable[..., tuple[StoredRecord, ...]]
Attacked = Mapping[str, Record]


@pytest.fixture(scope="module")
def records(attacked: Attacked, stored: Stored, tmp_path_factory: pytest.TempPathFactory) -> tuple[StoredRecord, ...]:
    return stored(tmp_path_factory.mktemp("tables"), list(attacked.values()))


@pytest.fixture(scope="module")
def board(records: tuple[StoredRecord, ...]) -> str:
    return leaderboard_markdown(board_of(records))


def _rows(text: str) -> list[list[str]]:
    """The cells of a table, a list per row, the header first."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|-")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _part(text: str, title: str) -> str:
    return re.split(r"^##+ ", text.split(f"### {title}\n")[1], maxsplit=1, flags=re.M)[0]


def test_every_attack_is_described_in_the_order_of_the_board(board: str) -> None:
    attacks = re.findall(r"^## Attack: (\S+)$", board, re.M)

    assert attacks == [
        "idia",
        "calibrated",
        "nameless",
        "tuni-gibberish",
        "tuni-names",
        "tuni-names-photos",
        "tuni-release",
    ]
    assert all(ABOUT_ATTACKS[attack] in board for attack in attacks)
    assert ABOUT_ATTACKS["tuni-gibberish-photos"].startswith("As `tuni-gibberish`. ")


def test_conditions_say_how_pictures_are_made_and_what_detectors_are_fitted_on(attacked: Attacked) -> None:
    said = how_attacked(attacked["tuni-names"].document)

    assert said == (
        "Attacked by the bare name, with no photos. Mode cheap: pictures of few free parameters are led towards the "
        "name, 8 restarts × 60 steps (adam, learning rate 0.02; starts: noise, a new one for every restart). 4 "
        "detectors, fitted on 200 reference texts (names, `aeb24056`); 3 of them call a member."
    )
    with_photos = how_attacked(attacked["tuni-names-photos"].document)
    assert "with all photos per person, which stay local and are compared by `a-local-representation`." in with_photos
    assert "candidate names" not in said


def test_what_a_photo_buys_is_told_of_all_attacks_on_the_same_people(board: str) -> None:
    header, *rows = _rows(_part(board, "What does a photo buy?"))
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))

    assert columns["Attack"] == (
        *("tuni-gibberish (cheap)", "tuni-gibberish (full)", "tuni-names (cheap)", "tuni-names-photos (cheap)"),
        *("tuni-release", "similarity alone (cheap)", "dispersion alone (cheap)", "similarity alone (full)"),
        *("dispersion alone (full)", "similarity alone (release)", "dispersion alone (release)"),
        *("idia", "idia", "calibrated", "calibrated", "nameless", "nameless", "blind guess from names"),
    )
    photos = dict(zip(columns["Attack"], columns["Photos per person"], strict=True))
    assert {photos[name] for name in ("tuni-names (cheap)", "blind guess from names")} == {"none"}
    assert photos["tuni-names-photos (cheap)"] == "3, locally"
    assert columns["Photos per person"][11:13] == ("1", "3")
    assert set(columns["Access"]) == {"gradient", "label", "score", "none"}
    assert (columns["Queries"][0], columns["CPU seconds"][0]) == ("388,800", "42")
    assert columns["Gradient steps"][11:] == ("0",) * 7
    assert {"AUC, 1 pair", "AUC, 75 pairs", "TPR at FPR 1 %"} < set(header)
    assert all(re.fullmatch(r"[01]\.\d\d \[.*\]", area) for area in columns["AUC"])
    assert [columns["n"][at] for at in (4, 5, 10, -1)] == ["8 / 10", "40 / 50", "8 / 10", "–"]


def test_shared_features_are_told_once(records: tuple[StoredRecord, ...]) -> None:
    chosen = [each for each in records if each.document["attack"] in ("tuni-gibberish", "tuni-names")]
    cheap = [each for each in chosen if each.document["protocol"]["text_only"]["mode"] == "cheap"]

    assert len(cheap) == 2
    assert photo_prices(cheap).count("alone (cheap)") == 2


def test_the_worst_kind_is_marked(records: tuple[StoredRecord, ...]) -> None:
    header, *rows = _rows(kinds_table([each for each in records if each.document.get("text_only")]))
    by_attack = {(row[1], row[3].partition(",")[0]): dict(zip(header, row, strict=True)) for row in rows}
    names = by_attack["tuni-names", "cheap"]

    assert header[4:6] == ["attacked non-members", "gibberish (n = 100)"]
    assert names["gibberish (n = 100)"].startswith("**1.00 [")
    assert by_attack["tuni-gibberish", "full"]["fictitious (n = 100)"].startswith("**0.40 [0.30, 0.50]**")
    assert names["attacked non-members"] == "0.10 [0.03, 0.22] (n = 50)"
    assert by_attack["tuni-release", "release"]["namesake (n = 100)"] == "–"
    assert all(sum("**" in cell for cell in row) == 1 for row in rows if row[1] != "tuni-release")


def test_the_papers_measures_stand_beside_n_and_the_defects_below(board: str) -> None:
    part = _part(board, "In the paper's form")
    header, *rows = _rows(part)
    (names,) = [dict(zip(header, row, strict=True)) for row in rows if row[1] == "tuni-names"]

    assert (names["n"], names["Votes needed"]) == ("40 / 50", "3 of 4")
    assert [names[rate][:4] for rate in ("Precision", "Recall", "Accuracy", "FPR")] == ["0.55", "0.15", "0.57", "0.10"]
    assert (
        "* vit-toy, tuni-release: the authors' release with its defects, `one-start`, `fitted-on-tested-names`." in part
    )


def test_without_attacks_by_name_alone_there_is_no_such_part(records: tuple[StoredRecord, ...]) -> None:
    with_photos = [each for each in records if not each.document.get("text_only")]

    assert text_only_section(with_photos) == []
    assert "## From the name alone" not in leaderboard_markdown(board_of(with_photos))


def test_an_unknown_kind_and_missing_numbers_are_shown(
    attacked: Attacked, make_text_only: MakeRecord, stored: Stored, tmp_path: Path
) -> None:
    (record,) = stored(
        tmp_path, [make_text_only(attacked["idia"], kinds={"a-new-kind": 0.0, "namesake": 0.0}, fpr=0.0)]
    )
    told = record.document["text_only"]
    told["vote"]["precision"] |= {"value": None, "low": None, "high": None}
    del record.document["environment"]["cpu_seconds"], record.document["blind"]
    text = "".join(text_only_section([record]))

    assert "a-new-kind (n = 100)" in text
    assert "**" not in "".join(line for line in text.splitlines() if "0.00 [0.00" in line)
    assert re.search(r"\| 388,000 +\| n/a ", text)
    assert "blind guess" not in text


def test_every_name_in_a_table_links_to_figures_that_are_drawn(records: tuple[StoredRecord, ...], board: str) -> None:
    folders = {each.folder.as_posix() for each in board_of(records).attacks}
    linked = {link for link in re.findall(r"^\[[0-9a-f]{8}\]: figures/(\S+)$", board, re.M) if "/attacks/" in link}

    assert linked == folders
