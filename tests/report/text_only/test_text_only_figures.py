"""Figures of attacks by name alone, beside the others and of their own; and what has kept no scores."""

import csv
import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from idia.records import Record, StoredRecord
from idia.report.attacks import AttacksOnModel, attacks_on_models
from idia.report.board import board_of, ranked
from idia.report.figures import FIGURE_FILES, attack_files
from idia.report.photo_axis import PhotoAxis
from idia.report.roc_figure import attack_styles

MakeRecord = Callable[..., Record]
Stored = Callable[..., tuple[StoredRecord, ...]]
Attacked = Mapping[str, Record]


@pytest.fixture(scope="module")
def groups(attacked: Attacked, stored: Stored, tmp_path_factory: pytest.TempPathFactory) -> dict[bool, AttacksOnModel]:
    """The attacks on the model; under True the authors' release, which judges only some of the people."""
    found = attacks_on_models(stored(tmp_path_factory.mktemp("groups"), list(attacked.values())))
    return {each.labels == ("tuni-release",): each for each in found}


@pytest.fixture(scope="module")
def files(groups: dict[bool, AttacksOnModel]) -> dict[str, bytes]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return attack_files(groups[False])


def _table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_all_attacks_are_shown_in_their_order_and_named_by_their_mode(groups: dict[bool, AttacksOnModel]) -> None:
    assert groups[False].labels == (
        *("idia", "calibrated", "nameless", "tuni-gibberish (cheap)", "tuni-gibberish (full)"),
        *("tuni-names", "tuni-names-photos"),
    )
    assert [name for name, _ in groups[False].figures] == ["roc.svg", "auc.svg", "text-only.svg"]
    assert groups[True].folder != groups[False].folder


def test_second_protocols_give_way_to_other_attacks(
    attacked: Attacked, make_text_only: MakeRecord, stored: Stored, tmp_path: Path
) -> None:
    further = [make_text_only(attacked["idia"], mode=mode, with_arrays=False) for mode in ("fuller", "fullest")]
    attacks = [record for name, record in attacked.items() if name != "tuni-release"]
    (group,) = attacks_on_models(stored(tmp_path, [*further, *attacks]))

    assert {each.document["attack"] for each in group.records} == {each.document["attack"] for each in attacks}
    assert len(group.records) == 7
    assert {each.document["attack"] for each in group.undrawn} == {"tuni-gibberish"}
    assert len(group.text_only) == 6  # their own figure has room


def test_the_vote_is_drawn_with_its_numbers(files: dict[str, bytes]) -> None:
    assert {"text-only.svg", "text-only.csv"} <= set(files) <= set(FIGURE_FILES)
    for words in ("called members by 3 of 4 detectors", "never trained: rare real (n = 100)", "tuni-gibberish (full)"):
        assert words.encode() in files["text-only.svg"]
    rows = {(row["attack"], row["of"]): row for row in _table(files["text-only.csv"])}
    assert len(rows) == 4 * 6
    assert {key: rows["tuni-names", "gibberish"][key] for key in ("mode", "reference", "n", "called", "rate")} == {
        "mode": "cheap",
        "reference": "names",
        "n": "100",
        "called": "100",
        "rate": "1.0",
    }
    assert rows["tuni-names", "members"]["called"] == "6"


def test_attacks_without_photos_stand_at_none(files: dict[str, bytes]) -> None:
    assert b"<!-- 0 -->" in files["auc.svg"]
    assert b"40 members, 50 non-members; all photos or none per person" in files["roc.svg"]
    assert {row["n_photos"] for row in _table(files["auc.csv"])} >= {"0", "1", "all"}


def test_none_and_all_have_places_of_their_own() -> None:
    axis = PhotoAxis([0, 1, 3, 30, "all"])

    assert axis.runs == [(0, 1), (1, 2), (2, 4), (4, 5)]
    assert axis.positions == sorted(axis.positions)
    assert PhotoAxis([0]).runs == [(0, 1)]


def test_no_two_attacks_look_alike() -> None:
    attacks = [
        "idia",
        "calibrated",
        "nameless",
        "tuni-gibberish",
        "tuni-gibberish",
        "tuni-names",
        "zeta",
        "tuni-release",
    ]
    styles = attack_styles(attacks)

    assert len({style["color"] for style in styles}) == len({style["marker"] for style in styles}) == len(attacks)
    assert attack_styles(["tuni-names"]) == [styles[5]]


@pytest.fixture(scope="module")
def of_real_people(
    make_record: MakeRecord, make_text_only: MakeRecord, stored: Stored, tmp_path_factory: pytest.TempPathFactory
) -> tuple[StoredRecord, ...]:
    """Records of attacks by name alone on two models, beside which nothing is kept."""
    people = {"found": (0.3,) * 40, "accused": (0.01,) * 50, "with_bins": False}
    made = [
        make_text_only(make_record(model=name, seed=seed, **people), shift=shift, with_arrays=False)
        for seed, (name, shift) in enumerate([("found", 3.0), ("not-found", 0.0)])
    ]
    return stored(tmp_path_factory.mktemp("real"), made)


def test_without_scores_models_are_ranked_by_intervals(of_real_people: tuple[StoredRecord, ...]) -> None:
    ranking = ranked(of_real_people)

    assert (ranking.ranks, ranking.n_paired) == ((1, 2), 0)
    assert board_of(of_real_people).rank_of


def test_without_scores_there_are_areas_and_votes_but_no_curve(of_real_people: tuple[StoredRecord, ...]) -> None:
    for each in attacks_on_models(of_real_people):
        assert set(attack_files(each)) == {"auc.svg", "auc.csv", "text-only.svg", "text-only.csv"}
        assert [name for name, _ in each.figures] == ["auc.svg", "text-only.svg"]


def test_attacks_without_scores_leave_the_curves_of_the_others(
    groups: dict[bool, AttacksOnModel], of_real_people: tuple[StoredRecord, ...]
) -> None:
    curves = attack_files(replace(groups[False], records=(groups[False].records[0], of_real_people[0])))

    assert {row["attack"] for row in _table(curves["roc.csv"])} == {"idia"}
    assert ET.fromstring(curves["roc.svg"]).tag.endswith("svg")


def test_the_release_has_figures_of_those_whom_it_judges(groups: dict[bool, AttacksOnModel]) -> None:
    drawn = attack_files(groups[True])

    assert b"8 members, 10 non-members" in drawn["roc.svg"]
    assert {row["of"] for row in _table(drawn["text-only.csv"])} == {"members", "attacked non-members"}
