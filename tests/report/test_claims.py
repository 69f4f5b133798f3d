"""Continuous attacks on the boards: claims, evidence, controls, and n/a where nothing is resolved."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from idia.records import Record, StoredRecord, record_path
from idia.report import summary_table
from idia.report.board import Board, board_of
from idia.report.leaderboard import leaderboard_csv
from idia.report.markdown import leaderboard_markdown

MakeRecord = Callable[..., Record]
GROUPS = ["forgotten"] * 12 + ["kept"] * 12 + [""] * 24


@pytest.fixture(scope="module")
def idia(make_record: MakeRecord) -> Record:
    return make_record(model="m", found=(0.6,) * 24, accused=(0.0,) * 24, occurrences=(1, 75), sizes=(1, "all"))


@pytest.fixture(scope="module")
def calibrated(idia: Record, make_scored: MakeRecord) -> Record:
    return make_scored(idia, groups=GROUPS, with_order=False)


@pytest.fixture(scope="module")
def nameless(idia: Record, make_scored: MakeRecord) -> Record:
    return make_scored(idia, attack="nameless", shift=0.0, with_order=False, seed=5)


def _board(*records: Record) -> Board:
    return board_of([StoredRecord(record_path(Path("results"), each.document), each.document) for each in records])


def _rows(*records: Record) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(leaderboard_csv(_board(*records)))))


def test_rows_of_continuous_attacks_have_areas_and_no_rates(calibrated: Record) -> None:
    rows = _rows(calibrated)

    assert {(row["attack"], row["tau"], row["tpr"], row["fpr_high"], row["accuracy"]) for row in rows} == {
        ("calibrated", "n/a", "n/a", "n/a", "n/a")
    }
    assert all(float(row["auc_low"]) < float(row["auc"]) <= float(row["auc_high"]) for row in rows)


def test_the_published_attack_has_the_first_rows(idia: Record, calibrated: Record, nameless: Record) -> None:
    attacks = [row["attack"] for row in _rows(nameless, calibrated, idia)]

    assert list(dict.fromkeys(attacks)) == ["idia", "calibrated", "nameless"]


def test_unresolved_rates_are_unknown_and_the_resolution_says_why(calibrated: Record) -> None:
    row = _rows(calibrated)[-1]

    assert row["resolution"] == repr(round(1 / 24, 6))
    assert float(row["tpr_at_fpr_10_low"]) <= float(row["tpr_at_fpr_10"])
    assert row["tpr_at_fpr_1"] == row["tpr_at_fpr_01_high"] == "n/a"
    assert float(row["tpr_at_0_fp"]) < float(row["tpr_at_0_fp_high"])


def test_claims_stand_in_the_headline_row_alone(calibrated: Record) -> None:
    rows = _rows(calibrated)
    claimed = [row for row in rows if row["claim"] != "n/a"]

    assert [(row["n_photos"], row["occurrences"]) for row in claimed] == [("all", "all")]
    (row,) = claimed
    assert (row["claim"], row["best_blind"]) == ("leaks", "name")
    assert float(row["auc_minus_blind_low"]) > 0
    assert (row["discovered_members"], row["discovered_non_members"]) == ("19", "0")
    assert float(row["precision_at_1"]) <= float(row["precision_at_50"])
    assert {row["controls"] for row in rows} == {"passed"}


def test_failed_controls_are_named_in_every_row(idia: Record, make_scored: MakeRecord) -> None:
    failed = make_scored(idia, failed="permuted-map")

    assert {(row["status"], row["controls"]) for row in _rows(failed)} == {("invalid", "failed: permuted-map")}


def test_the_markdown_says_what_leaks_and_what_does_not(calibrated: Record, nameless: Record) -> None:
    text = leaderboard_markdown(_board(calibrated, nameless))

    assert "leaks: AUC +0." in text
    assert "**not distinguishable from a blind guess**" in text
    assert "n/a, resolution 1/24" in text
    assert (
        "* m: evidence of association for 19 of 24 members, 0 of 24 non-members, at a false discovery rate of 5 %"
        in text
    )
    assert "| m       | forgotten | 12 / 24 |" in text
    assert "not run" in text
    assert "τ = None" not in text


def test_one_model_per_count_is_one_table_for_continuous_attacks_too(
    make_record: MakeRecord, make_scored: MakeRecord
) -> None:
    rungs = [
        make_scored(
            make_record(
                model=f"vit-{count}",
                occurrences=(count,),
                seed=count,
                membership={"membership_sha256": f"{count:064x}"},
            )
        )
        for count in (1, 10)
    ]
    for rung in rungs:
        rung.document["people"].pop("order_sha256")
    text = leaderboard_markdown(_board(*rungs))

    assert "one model per count" in text
    assert "/heatmap.svg" not in text
    assert text.count("/attacks/vit-10-") >= 2


def test_the_terminal_has_a_line_per_attack_below_the_models_row(
    idia: Record, calibrated: Record, nameless: Record
) -> None:
    records = [nameless, calibrated, idia]
    lines = summary_table([record.document for record in records]).splitlines()
    area = lines[0].index("AUC")

    assert max(map(len, lines)) <= 118
    assert lines[2].startswith("m  ")
    below = [line for line in lines if line.startswith(("  calibrated", "  nameless"))]
    assert [line.split()[0] for line in below] == ["calibrated", "nameless"]
    assert "TPR at FPR 1 %: n/a (resolution 1/24), at no false positive: " in below[0]
    assert all(line[area - 2 : area] == "  " and line[area] in ".1" for line in below)
    assert (
        "  evidence of association for 19 of 24 members, 0 of 24 non-members, at a false discovery rate of 5 %" in lines
    )
    assert any(line.startswith("  forgotten, 12 members: calibrated AUC .") for line in lines)
    said = " ".join(" ".join(lines).split())
    assert "more than a blind guess (best: name, AUC ." in said
    assert "not distinguishable from a blind guess: nameless" in said
    assert "idia" not in said.split("not distinguishable")[1]


def test_a_failed_control_is_said_in_red(idia: Record, make_scored: MakeRecord) -> None:
    failed = [make_scored(idia, attack=attack, failed="permuted-map") for attack in ("calibrated", "nameless")]
    documents = [idia.document, *(each.document for each in failed)]
    plain, painted = summary_table(documents), summary_table(documents, colour=True)
    sentence = "  INVALID, calibrated and nameless: the control permuted-map finds people, which it must not"

    assert sentence in plain.splitlines()
    assert f"\x1b[31m{sentence}\x1b[0m" in painted
    assert "blind guess" not in plain


def test_a_continuous_attack_alone_still_says_whose_model_it_is(calibrated: Record) -> None:
    lines = summary_table([calibrated.document]).splitlines()

    assert lines[2].split()[:2] == ["m", "made-up-people"]
    assert lines[3].startswith("  calibrated")


def test_a_control_is_judged_by_its_area_as_rarely_wrong_as_controls_are(idia: Record, make_scored: MakeRecord) -> None:
    control = {"kind": "clean-model", "of": "m"}
    found, nothing = (make_scored(idia, shift=shift, control=control).document for shift in (3.0, 0.0))

    assert "finds people by calibrated" in summary_table([found])
    assert "finds people" not in summary_table([nothing])
    assert "AUC above 0.5: something is wrong" in leaderboard_markdown(_board(Record(found, {})))


def test_nobody_is_named_by_order_or_pseudonym(calibrated: Record) -> None:
    text = leaderboard_markdown(_board(calibrated)) + leaderboard_csv(_board(calibrated))

    assert "p000" not in text
    assert json.dumps(calibrated.document["people"]["id"]).strip('"') in text
