"""Ranks: shared where nothing separates, from pairs of people where rows are the same people."""

import copy
import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from idia.records import Record, StoredRecord, read_records, record_path, write_record
from idia.report.board import board_of, ranked
from idia.report.leaderboard import leaderboard_csv
from idia.report.markdown import leaderboard_markdown

MakeRecord = Callable[..., Record]
PEOPLE = {"found": (0.5,) * 60, "accused": (0.0,) * 60, "sizes": (1, "all"), "with_bins": False}


def _stored(*records: Record) -> list[StoredRecord]:
    return [StoredRecord(record_path(Path("results"), each.document), each.document) for each in records]


@pytest.fixture(scope="module")
def written(make_record: MakeRecord, make_scored: MakeRecord, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Calibrated scores of three models: two alike, one that finds clearly less."""
    results = tmp_path_factory.mktemp("ranks")
    for model, shift, seed in (("strong", 2.0, 1), ("alike", 1.9, 2), ("weak", 1.0, 3)):
        write_record(results, make_scored(make_record(model=model, **PEOPLE), shift=shift, seed=seed))
    return results


def test_rows_that_a_paired_test_cannot_separate_share_a_rank(written: Path) -> None:
    (ranking,) = board_of(read_records(written)).rankings
    places = {
        record.document["model"]["name"]: rank for record, rank in zip(ranking.records, ranking.ranks, strict=True)
    }

    assert places == {"strong": 1, "alike": 1, "weak": 3}
    assert ranking.records[-1].document["model"]["name"] == "weak"
    assert ranking.n_paired == ranking.n_pairs == 3
    rows = csv.DictReader(io.StringIO(leaderboard_csv(board_of(read_records(written)))))
    assert {(row["model"], row["rank"]) for row in rows if row["claim"] != "n/a"} == {
        (model, str(rank)) for model, rank in places.items()
    }


def test_the_order_of_records_does_not_change_ranks(written: Path) -> None:
    records = read_records(written)

    assert dict(board_of(records).rank_of) == dict(board_of(records[::-1]).rank_of)


def test_paired_tests_separate_what_intervals_do_not(
    make_record: MakeRecord, make_scored: MakeRecord, tmp_path: Path
) -> None:
    strong = make_scored(make_record(model="base", **PEOPLE), shift=1.6)
    weaker = make_scored(make_record(model="weaker", **PEOPLE), shift=1.05)  # the same noise: the scores go together
    for record in (strong, weaker):
        write_record(tmp_path, record)
    stored = read_records(tmp_path)
    unordered = [copy.deepcopy(dict(each.document)) for each in stored]
    for document in unordered:
        del document["people"]["order_sha256"]
    unpaired = [StoredRecord(each.path, document) for each, document in zip(stored, unordered, strict=True)]

    assert ranked(stored).ranks == (1, 2)
    assert ranked(unpaired).ranks == (1, 1)


def test_records_without_an_order_are_ranked_by_intervals_and_their_scores_are_not_read(
    make_record: MakeRecord,
) -> None:
    weak, strong, alike = (
        make_record(model=name, found=(found,) * 40, accused=(0.0,) * 40, with_bins=False, seed=seed)
        for seed, (name, found) in enumerate([("weak", 0.05), ("strong", 0.9), ("alike", 0.9)])
    )
    ranking = ranked(_stored(weak, strong, alike))

    assert sorted(ranking.ranks) == [1, 1, 3]
    assert ranking.n_paired == 0


def test_an_unknown_area_is_neither_better_nor_worse(make_record: MakeRecord) -> None:
    unknown = make_record(model="unknown", with_bins=False)
    for cell in unknown.document["cells"]:
        cell["auc"] |= {"value": None, "low": None, "high": None}

    assert ranked(_stored(unknown, make_record(model="known", found=(1.0,) * 8, with_bins=False))).ranks == (1, 1)


def test_the_board_says_how_it_ranked(written: Path, make_record: MakeRecord) -> None:
    unpaired = board_of(_stored(*(make_record(model=name, with_bins=False) for name in "ab")))

    assert "Ranks: paired tests of the AUC on the same people." in leaderboard_markdown(board_of(read_records(written)))
    assert "Ranks: from intervals of the AUC that do not overlap" in leaderboard_markdown(unpaired)


def test_a_model_alone_controls_invalid_and_failed_records_have_no_rank(make_record: MakeRecord) -> None:
    board = board_of(
        _stored(
            make_record(model="a"),
            make_record(model="b", status="invalid"),
            make_record(model="c", status="error", cells=[], threshold_sweep=[]),
            make_record(model="d", control={"kind": "permuted-map", "of": "a"}),
        )
    )

    assert not board.rank_of
    assert [len(each) for each in (board.scored, board.invalid, board.failed, board.controls)] == [1, 1, 1, 1]


def test_each_attack_has_a_section_the_published_one_first(make_record: MakeRecord, make_scored: MakeRecord) -> None:
    base = make_record(model="m", occurrences=(1, 75))
    attacks = [make_scored(base, attack=attack, with_order=False) for attack in ("zeta", "nameless", "calibrated")]
    text = leaderboard_markdown(board_of(_stored(*attacks, base)))

    assert re.findall(r"^## Attack: (\w+)$", text, re.M) == ["idia", "calibrated", "nameless", "zeta"]
    # Figures of all attacks on a model are in one place.
    (folder,) = set(re.findall(r"\(figures/(\S+)/roc\.svg\)", text))
    assert len(re.findall(rf"^\[[0-9a-f]{{8}}\]: figures/{folder}$", text, re.M)) == 3
