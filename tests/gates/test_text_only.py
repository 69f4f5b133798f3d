"""Gates on attacks by names alone: with scores of single people, and without."""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from idia.gates import Judgement, Limit, Measured, Recorded, Verdict, baseline_of, judged
from idia.gates.comparing import compared, comparisons
from idia.gates.listing import differences_table
from idia.records import Record, write_record

MakeRecord = Callable[..., Record]


def another(record: Record, **text_only: Any) -> Record:
    """The same by another protocol."""
    document: Any = copy.deepcopy(dict(record.document))
    document["protocol"]["text_only"] |= text_only
    document["protocol"]["sha256"] = f"{len(str(text_only)):064x}"
    return Record(document, record.votes)


def folder(place: Path, *records: Record) -> Recorded:
    for record in records:
        write_record(place, record)
    return Recorded.read(place)


def relative(rule: str, now: Record, before: Record) -> Judgement:
    return judged(Limit.parsed(rule), Measured.of([now]), Measured.of([before]))


def test_people_who_do_not_exist_are_compared_one_by_one(text_only_record: MakeRecord) -> None:
    weak, strong = text_only_record(strength=0.0), text_only_record()

    same = relative("tuni-names/auc:+0.25", strong, strong)
    assert (same.verdict, same.value, "(26 people, paired)" in same.sentence) == (Verdict.OK, 0, True)
    assert relative("tuni-names/auc:+0.05", strong, weak).verdict is Verdict.REGRESSED
    assert relative("tuni-names/auc:+0.05", weak, strong).verdict is Verdict.OK


def test_people_who_exist_are_compared_by_intervals_or_it_is_said_why_that_shows_nothing(
    text_only_record: MakeRecord,
) -> None:
    weak, strong = (text_only_record(is_synthetic=False, strength=strength) for strength in (0.0, 3.0))

    assert relative("tuni-names/auc:+0.05", strong, weak).verdict is Verdict.REGRESSED
    assert relative("tuni-names/auc:+0.05", weak, strong).verdict is Verdict.OK
    same = relative("tuni-names/auc:+0.05", strong, strong)
    assert same.verdict is Verdict.NO_EVIDENCE
    assert "not paired" in same.sentence
    assert "Of people who exist no scores are published" in same.sentence
    assert judged(Limit.absolute("tuni-names/auc_max", 0.6), Measured.of([strong])).verdict is Verdict.REGRESSED


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_there_is_no_threshold_and_it_is_said_what_to_ask_for(text_only_record: MakeRecord, is_synthetic: bool) -> None:
    judgement = judged(
        Limit.absolute("tuni-names/tpr_max", 0.1), Measured.of([text_only_record(is_synthetic=is_synthetic)])
    )

    assert judgement.verdict is Verdict.NO_EVIDENCE
    assert "ask for tuni-names/tpr@0.01 or tuni-names/auc" in judgement.sentence


def test_modes_are_never_compared_with_each_other(tmp_path: Path, text_only_record: MakeRecord) -> None:
    record = text_only_record()
    recorded = folder(tmp_path, another(record, mode="full", steps=2000))
    why = baseline_of(recorded, Measured.of([record]))

    assert isinstance(why, str)
    assert "another protocol, which differs in text_only.mode, text_only.steps" in why


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_folders_with_several_modes_are_compared_mode_by_mode(
    tmp_path: Path, text_only_record: MakeRecord, make: Callable[..., Record], is_synthetic: bool
) -> None:
    cheap = text_only_record(is_synthetic=is_synthetic)
    people: Mapping[str, Any] = {key: cheap.document["people"][key] for key in ("manifest_sha256", "membership_sha256")}
    records = [cheap, another(cheap, mode="full"), make(model="a-model", found=40, order=None, **people)]
    for record in records[2:]:
        record.document["model"].update(cheap.document["model"])  # the same model
    before, now = (folder(tmp_path / name, *records) for name in ("before", "now"))
    pairs = comparisons(before, now)
    table, n = differences_table(pairs)

    assert table.count("tuni-names AUC") == 2
    assert n > 2
    rules = [Limit.parsed(rule) for rule in ("tpr:+0.1", "tuni-names/auc:+0.25")]
    judgements = compared(rules, pairs)
    assert [str(each.limit) for each in judgements] == [str(rules[0]), str(rules[1]), str(rules[1])]
    assert judgements[0].verdict is not Verdict.INVALID
    assert all(each.is_ok and ("not paired" in each.sentence) != is_synthetic for each in judgements[1:])
