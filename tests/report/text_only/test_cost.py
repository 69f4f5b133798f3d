"""What attacks cost, and what the board for machines says of those by name alone."""

import csv
import io
from collections.abc import Callable, Mapping

import pytest

from idia.records import Record, StoredRecord
from idia.report.board import board_of
from idia.report.cost import Cost, cost_of
from idia.report.leaderboard import COLUMNS, leaderboard_csv

Attacked = Mapping[str, Record]
Stored = Callable[..., tuple[StoredRecord, ...]]


@pytest.fixture(scope="module")
def rows(attacked: Attacked, stored: Stored, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    board = board_of(stored(tmp_path_factory.mktemp("rows"), list(attacked.values())))
    return list(csv.DictReader(io.StringIO(leaderboard_csv(board), newline="")))


def test_attacks_with_photos_cost_what_follows_from_their_records(attacked: Attacked) -> None:
    idia = attacked["idia"].document
    texts = idia["protocol"]["n_prompts"] * idia["protocol"]["n_names"]

    assert cost_of(idia) == Cost("label", 3 * 90 + texts, 0, None)
    assert cost_of(idia, 1) == Cost("label", 90 + texts, 0, None)
    assert cost_of(idia, 99).queries == cost_of(idia).queries  # nobody has so many
    assert [cost_of(attacked[name].document).access for name in ("calibrated", "nameless")] == ["score", "label"]


def test_attacks_by_name_alone_say_what_they_cost(attacked: Attacked) -> None:
    assert cost_of(attacked["tuni-names"].document) == Cost("gradient", 388_800, 388_000, 41.5)


def test_of_other_attacks_and_failed_runs_nothing_is_known(attacked: Attacked) -> None:
    idia = attacked["idia"].document
    nothing = Cost(None, None, None, None)

    assert cost_of({**idia, "attack": "zeta"}) == cost_of({**idia, "cells": []}) == nothing


def test_new_columns_come_last() -> None:
    after = COLUMNS[COLUMNS.index("rank") + 1 :]

    assert after[:5] == ("text_mode", "access", "queries", "gradient_steps", "cpu_seconds")
    assert after[-1] == "fpr_namesake_high"


def test_every_row_says_what_the_attack_costs(rows: list[dict[str, str]]) -> None:
    told = {(row["attack"], row["text_mode"], row["access"], row["cpu_seconds"]) for row in rows}

    assert told >= {
        ("idia", "n/a", "label", "n/a"),
        ("tuni-gibberish", "cheap", "gradient", "41.5"),
        ("tuni-gibberish", "full", "gradient", "41.5"),
        ("tuni-release", "release", "gradient", "41.5"),
    }
    text_only = [row for row in rows if row["attack"] == "tuni-names"]
    assert {(row["n_photos"], row["tau"], row["n_prompts"]) for row in text_only} == {("0", "n/a", "1")}


def test_votes_and_kinds_stand_in_the_headline_row_only(rows: list[dict[str, str]]) -> None:
    columns = [column for column in COLUMNS if column.startswith(("vote_", "fpr_g", "fpr_f", "fpr_r", "fpr_n"))]
    with_votes = [row for row in rows if any(row[column] != "n/a" for column in columns)]

    assert {row["occurrences"] for row in with_votes} == {"all"}
    assert len(with_votes) == len(
        {(row["attack"], row["protocol"]) for row in rows if row["attack"].startswith("tuni")}
    )
    (names,) = [row for row in with_votes if row["attack"] == "tuni-names"]
    assert [names[column] for column in ("vote_recall", "vote_fpr", "vote_precision")] == ["0.15", "0.1", "0.545455"]
    assert [names[f"fpr_{kind}"] for kind in ("gibberish", "fictitious", "rare_real", "namesake")] == [
        *("1.0", "0.4", "0.3", "0.35")
    ]
    assert 0 < float(names["fpr_fictitious_low"]) < 0.4 < float(names["fpr_fictitious_high"]) < 1
    (release,) = [row for row in with_votes if row["attack"] == "tuni-release"]
    assert (release["fpr_gibberish"], release["members"]) == ("n/a", "8")
