import copy
import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from idia.prompts import PAPER_PROMPTS
from idia.records import Document, Record, StoredRecord, record_path
from idia.report.board import board_of
from idia.report.leaderboard import COLUMNS, leaderboard_csv

MakeRecord = Callable[..., Record]

PROMISED = (
    "model,people,attack,n_photos,occurrences,members,non_members,tau,n_names,n_prompts,draws,tpr,tpr_low,tpr_high,fpr,"
    "fpr_low,fpr_high,auc,auc_low,auc_high,accuracy,protocol,status"
)


def _csv(*documents: Document) -> str:
    return leaderboard_csv(board_of([StoredRecord(record_path(Path(), each), each) for each in documents]))


def _rows(*records: Record) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_csv(*(record.document for record in records)), newline="")))


def test_the_promised_columns_come_first_and_in_order(make_record: MakeRecord) -> None:
    header = _csv(make_record().document).splitlines()[0]

    assert header.startswith(f"{PROMISED},")
    assert header == ",".join(COLUMNS)
    assert len(set(COLUMNS)) == len(COLUMNS)


def test_without_records_there_is_one_header_line() -> None:
    assert _csv() == ",".join(COLUMNS) + "\n"


def test_every_cell_has_a_row_whose_numbers_are_those_of_the_record(make_record: MakeRecord) -> None:
    record = make_record(occurrences=(5, 75))
    rows = _rows(record)

    assert len(rows) == len(record.document["cells"])
    for row in rows:
        (cell,) = [
            cell
            for cell in record.document["cells"]
            if (str(cell["n_photos"]), cell["occurrences"]) == (row["n_photos"], row["occurrences"])
        ]
        for rate in ("tpr", "fpr", "auc"):
            assert float(row[rate]) == round(cell[rate]["value"], 6)
            assert float(row[f"{rate}_low"]) == round(cell[rate]["low"], 6)
            assert float(row[f"{rate}_high"]) == round(cell[rate]["high"], 6)
        assert int(row["members"]) == cell["members"]
        assert float(row["accuracy"]) == round(cell["accuracy"], 6)
    sha256 = record.document["protocol"]["sha256"]

    assert {row["protocol"] for row in rows} == {f"idia/1-{sha256[:8]}"}
    assert {row["status"] for row in rows} == {"ok"}
    assert {row["weights"] for row in rows} == {record.document["model"]["weights_sha256"][:8]}


def test_published_rates_stand_in_a_column_of_their_own_with_their_mark(make_record: MakeRecord) -> None:
    protocol = {"prompts_sha256": PAPER_PROMPTS.sha256, "n_names": 1000, "tau": 1, "sizes": [3, 30]}
    rows = _rows(make_record(occurrences=(1, 5, 75), sizes=(3, 30), protocol=protocol))

    told = {(row["n_photos"], row["occurrences"]): row["published"] for row in rows if row["published"] != "n/a"}
    assert told == {("30", "1"): "0.249", ("30", "75"): "> 0.95", ("30", "all"): "> 0.68"}


def test_records_made_before_claims_have_none(make_record: MakeRecord) -> None:
    columns = ("claim", "best_blind", "auc_minus_blind", "controls", "discovered_members", "published", "rank")

    assert {row[column] for row in _rows(make_record()) for column in columns} == {"n/a"}


def test_rows_are_ordered_by_number_of_photos_and_by_occurrences(make_record: MakeRecord) -> None:
    record = make_record(sizes=(1, 3, 11, "all"), occurrences=(75, 5, 100))
    record.document["cells"].sort(key=str)

    rows = _rows(record)

    assert [(row["n_photos"], row["occurrences"]) for row in rows] == [
        (n_photos, occurrences) for n_photos in ("1", "3", "11", "all") for occurrences in ("all", "5", "75", "100")
    ]


def test_measured_models_come_before_failed_ones_and_controls_last(make_record: MakeRecord) -> None:
    control = {"kind": "permuted-map", "of": "b"}
    failed: dict[str, Any] = {"status": "error", "cells": [], "threshold_sweep": []}
    rows = _rows(
        make_record(model="a", people="a", control=control),
        make_record(model="a", people="a", **failed),
        make_record(model="a", people="a", status="invalid"),
        make_record(model="b", people="a", status="partial"),
        make_record(model="c", people="b"),
    )
    order = list(dict.fromkeys((row["model"], row["status"], row["control"]) for row in rows))

    assert order[:2] == [("b", "partial", "n/a"), ("c", "ok", "n/a")]
    assert set(order[2:4]) == {("a", "error", "n/a"), ("a", "invalid", "n/a")}
    assert order[4] == ("a", "control", "permuted-map")


def test_a_failed_run_has_one_row_without_rates(make_record: MakeRecord) -> None:
    (row,) = _rows(make_record(status="error", cells=[], threshold_sweep=[]))

    assert (row["status"], row["tpr"], row["n_photos"], row["members"]) == ("error", "n/a", "n/a", "8")


def test_a_failed_control_does_not_pass_for_a_control(make_record: MakeRecord) -> None:
    rows = _rows(make_record(status="invalid", control={"kind": "random-weights", "of": "a"}))

    assert {(row["status"], row["control"]) for row in rows} == {("invalid", "random-weights")}


def test_unknown_numbers_are_written_as_unknown(make_record: MakeRecord) -> None:
    record = make_record(near_tie_rate=None)
    record.document["cells"][0]["auc"] |= {"value": None, "low": None, "high": None}

    row = _rows(record)[0]

    assert (row["auc"], row["auc_low"], row["near_tie_rate"]) == ("n/a", "n/a", "n/a")


def test_hostile_names_break_no_row_and_are_no_formula(make_record: MakeRecord) -> None:
    records = [make_record(model=name) for name in ("a,b", 'say "hi"', "two\nlines\r\n", "=cmd()|'x'!A1", "@SUM(A1)")]
    text = _csv(*(record.document for record in records))
    names = {row["model"] for row in _rows(*records)}

    assert names == {"a,b", 'say "hi"', "two lines", "'=cmd()|'x'!A1", "'@SUM(A1)"}
    assert len(text.splitlines()) == 1 + sum(len(record.document["cells"]) for record in records)


def test_the_order_of_records_and_what_is_not_compared_do_not_matter(make_record: MakeRecord) -> None:
    documents = [make_record(model=model, seed=seed).document for model in ("a", "b") for seed in (0, 1)]
    elsewhere = copy.deepcopy(documents)
    for document in elsewhere:
        document["suite"]["dirty"] = True
        document["environment"]["torch"] = "9.9"

    assert _csv(*elsewhere[::-1]) == _csv(*documents)
