"""Records of attacks by names alone: nothing in them can be changed, with arrays beside them or without."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.errors import RecordError
from idia.evaluation.controls import judged_control
from idia.records import Record, estimate_document, write_record
from idia.verification import Verification, removed_or_changed, verify

MakeRecord = Callable[..., Record]
IsCaught = Callable[[Record], bool]
Outcome = Callable[[Record], Verification | RecordError]
Change = Callable[[Any, Callable[[list[Any]], Any]], str]
Document = dict[str, Any]

SOME = (20, 3, 9, 15, 8, 25)
_FEW = settings(max_examples=30, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    "changed", [{}, {"photos": "faces-1"}, {"only": SOME}], ids=["names alone", "with photos", "release"]
)
def test_an_honest_record_is_recomputed(text_only_record: MakeRecord, outcome: Outcome, changed: Document) -> None:
    found = outcome(text_only_record(**changed))

    assert isinstance(found, Verification)
    assert found.all_mismatches == ()
    assert {"3 cells", "2 groups", "precision", "vote of detectors", "2 kinds of texts"} <= set(found.records[0].what)
    assert "claim" in found.records[0].what


@_FEW
@given(data=st.data(), only=st.sampled_from([None, SOME]))
def test_every_changed_number_is_caught(
    text_only_record: MakeRecord, is_caught: IsCaught, changed_at_one_place: Change, data: st.DataObject, only: Any
) -> None:
    record = text_only_record(only=only)
    found = record.document["text_only"]
    parts = [record.document[key] for key in ("cells", "groups", "precision", "controls", "blind")]
    parts += [found[key] for key in ("vote", "by_kind", "features")]
    part = data.draw(st.sampled_from(parts))
    # What kinds and groups are called is believed, as who people are.
    key = changed_at_one_place(
        part, lambda places: data.draw(st.sampled_from([each for each in places if each[1] not in ("kind", "group")]))
    )

    assert is_caught(record), key


_SPOILED: dict[str, Callable[[dict[str, np.ndarray]], object]] = {
    "a vote": lambda it: it["detector_votes"].__setitem__(slice(None), 1 - it["detector_votes"]),
    "no vote": lambda it: it["detector_votes"].__setitem__((0, 0), 2),
    "a detector": lambda it: it.update({name: it[name][:, :3] for name in ("detector_votes", "kind_votes")}),
    "scores": lambda it: it["scores"].__setitem__(slice(None), -it["scores"]),
    "similarity": lambda it: it["features"].__setitem__((slice(None), 0), it["features"][::-1, 0]),
    "dispersion": lambda it: it["features"].__setitem__((slice(None), 1), it["features"][::-1, 1]),
    "references": lambda it: it.update(reference_features=it["reference_features"][:-1]),
    "kinds": lambda it: it["kind_of_text"].__setitem__(0, 1),
    "another kind": lambda it: it["kind_of_text"].__setitem__(0, 2),
    "votes on kinds": lambda it: it["kind_votes"].__setitem__(slice(None), 1),
    "scores of kinds": lambda it: it["kind_scores"].__setitem__(slice(None), 100.0),
    "labels": lambda it: it["occurrences"].__setitem__(slice(None), it["occurrences"][::-1]),
}


@pytest.mark.parametrize("spoil", _SPOILED.values(), ids=_SPOILED)
def test_every_array_is_recomputed_from(
    text_only_record: MakeRecord, is_caught: IsCaught, spoil: Callable[[dict[str, np.ndarray]], object]
) -> None:
    record = text_only_record()
    arrays = dict(record.votes)
    spoil(arrays)

    assert is_caught(Record(record.document, arrays))


@_FEW
@given(data=st.data())
def test_without_arrays_all_that_follows_from_other_numbers_is_checked(
    text_only_record: MakeRecord, is_caught: IsCaught, changed_at_one_place: Change, data: st.DataObject
) -> None:
    record = text_only_record(is_synthetic=False)
    found = record.document["text_only"]
    rates: list[Any] = [{key: kind[key] for key in ("n", "called", "fpr")} for kind in found["by_kind"]]
    parts = data.draw(st.sampled_from([found["vote"], record.document["precision"], rates]))
    key = changed_at_one_place(parts, lambda places: data.draw(st.sampled_from(places)))
    for kind, rate in zip(found["by_kind"], rates, strict=True):
        kind.update(rate)

    assert is_caught(record), key


def test_of_people_who_exist_numbers_are_taken_on_trust_and_it_is_said(
    text_only_record: MakeRecord, outcome: Outcome
) -> None:
    for changed in ({}, {"only": SOME}, {"photos": "faces-1"}):
        found = outcome(text_only_record(is_synthetic=False, **changed))

        assert isinstance(found, Verification)
        assert (found.all_mismatches, found.n_recomputed) == ((), 1)
        assert found.records[0].what == ("rates of the vote", "precision", "all else on trust")
        assert "would recognise whose it is" in found.records[0].remark


_TRUSTED: dict[str, Callable[[Document], object]] = {
    "failed control": lambda it: it["controls"]["random-weights"].update(passed=False),
    "planted members missed": lambda it: it["controls"]["planted-positive"].update(passed=False),
    "control left out": lambda it: it["controls"]["planted-positive"].update(auc=None, passed=None, reason="no time"),
    "no controls": lambda it: it.pop("controls"),
    "verdict": lambda it: it["blind"].update(verdict="n/a"),
    "difference": lambda it: it["blind"]["difference"].update(value=0.2, low=0.1, high=0.3),
    "another area": lambda it: it["cells"][0]["auc"].update(value=it["cells"][0]["auc"]["value"] - 0.01, low=0.0),
    "needed": lambda it: it["text_only"].update(needed=4),
    "a bin missing": lambda it: it["cells"].pop(),
    "people in a cell": lambda it: it["cells"][0].update(members=15),
    "people of an area": lambda it: it["cells"][1]["auc"].update(n=3),
    "people of a group": lambda it: it["groups"][1].update(members=8),
    "a threshold": lambda it: it["cells"][1]["tpr"].update(value=0.5, low=0.4, high=0.6),
    "thresholds": lambda it: it.update(threshold_sweep=it["cells"][:1]),
    "found without false positives": lambda it: it["groups"][0]["no_false_positives"]["tpr"].update(low=0.9),
    "no kinds of texts": lambda it: it["text_only"].update(by_kind=[]),
    "no precision": lambda it: it.pop("precision"),
    "order": lambda it: it["people"].pop("order_sha256"),
}


@pytest.mark.parametrize("edit", _TRUSTED.values(), ids=_TRUSTED)
def test_without_arrays_a_record_may_still_not_contradict_itself(
    text_only_record: MakeRecord, is_caught: IsCaught, edit: Callable[[Document], object]
) -> None:
    document = copy.deepcopy(dict(text_only_record(is_synthetic=False).document))
    edit(document)

    assert is_caught(Record(document, {}))


def test_arrays_of_people_who_do_not_exist_are_never_left_out(text_only_record: MakeRecord, outcome: Outcome) -> None:
    found = outcome(Record(text_only_record().document, {}))

    assert isinstance(found, Verification)
    assert {"cells", "text_only"} <= {mismatch.where for mismatch in found.all_mismatches}


def test_arrays_of_people_who_exist_are_never_published(text_only_record: MakeRecord, outcome: Outcome) -> None:
    found = outcome(Record(text_only_record(is_synthetic=False).document, text_only_record().votes))

    assert isinstance(found, Verification)
    assert "it would tell whose a row is" in found.all_mismatches[0].problem


def test_other_attacks_have_no_arrays_of_names_alone(make_record: MakeRecord, text_only_record: MakeRecord,
                                                     is_caught: IsCaught) -> None:  # fmt: skip
    calibrated, record = make_record("calibrated"), text_only_record()
    alone = {name: record.votes[name] for name in record.votes.keys() - calibrated.votes.keys()}

    assert is_caught(Record(calibrated.document, {**calibrated.votes, **alone}))
    assert is_caught(Record(record.document, {name: record.votes[name] for name in record.votes.keys() - alone.keys()}))


@pytest.mark.parametrize(
    ("kind", "changed", "may_be"),
    [
        ("permuted-map", {}, True),
        ("permuted-map", {"photos": "faces-1"}, False),
        ("planted-positive", {}, False),
        ("planted-positive", {"only": SOME}, False),
    ],
)
def test_which_controls_may_be_left_out_with_a_reason(
    text_only_record: MakeRecord, is_caught: IsCaught, kind: str, changed: Document, may_be: bool
) -> None:
    record = text_only_record(**changed)
    document = copy.deepcopy(dict(record.document))
    document["controls"][kind] = {"auc": None, "passed": None, "reason": "it looks at no photo"}
    arrays = {name: each for name, each in record.votes.items() if name != f"control_{kind.replace('-', '_')}"}

    assert is_caught(Record(document, arrays)) != may_be
    document["controls"][kind]["reason"] = None
    assert is_caught(Record(document, arrays))


def test_a_failed_control_makes_it_invalid(text_only_record: MakeRecord, is_caught: IsCaught) -> None:
    record = text_only_record()
    is_member = record.votes["occurrences"] > 0
    failed = judged_control("planted-positive", np.zeros(26), is_member, seed=0)
    assert failed.auc is not None
    record.votes["control_planted_positive"][:] = 0
    entry = record.document["controls"]["planted-positive"]
    entry.update(auc=estimate_document(failed.auc), passed=False)

    assert is_caught(record)
    why = "the control planted-positive misses planted members: AUC 0.50"
    assert not is_caught(Record({**record.document, "status": "invalid", "invalid_because": why}, record.votes))


def test_the_release_is_held_to_a_claim_too(text_only_record: MakeRecord, is_caught: IsCaught) -> None:
    record = text_only_record("tuni-release", only=SOME)
    silent = {key: value for key, value in record.document.items() if key != "blind"}

    assert not is_caught(record)
    assert is_caught(Record(silent, record.votes))


def test_rows_of_some_people_are_those_of_all(tmp_path: Path, text_only_record: MakeRecord) -> None:
    whole, some = text_only_record(), text_only_record("tuni-release", only=SOME)
    write_record(tmp_path / "honest", whole)
    write_record(tmp_path / "honest", some)
    write_record(tmp_path / "other", whole)
    some.votes["n_photos"][0] = 4
    write_record(tmp_path / "other", some)

    assert verify(tmp_path / "honest").all_mismatches == ()
    assert [mismatch.where for mismatch in verify(tmp_path / "other").mismatches] == ["votes.n_photos"]


def test_people_who_do_not_exist_in_another_record_are_nobody_to_protect(
    tmp_path: Path, text_only_record: MakeRecord
) -> None:
    honest, forged = text_only_record("tuni-gibberish"), text_only_record()
    forged.document["people"]["order_sha256"] = "e" * 64
    for record in (honest, Record(forged.document, {})):
        write_record(tmp_path, record)

    (mismatch,) = verify(tmp_path).all_mismatches
    assert mismatch.where == "votes"
    assert "the same people do not exist in" in mismatch.problem


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_a_record_that_takes_longer_is_the_same_and_one_that_says_otherwise_is_not(
    tmp_path: Path, text_only_record: MakeRecord, is_synthetic: bool
) -> None:
    record = text_only_record(is_synthetic=is_synthetic)
    slower = {**record.document, "environment": {**record.document["environment"], "cpu_seconds": 9.0}}
    other = {**record.document, "cost": {**record.document["cost"], "queries": 1}}
    for name, document in (("base", record.document), ("slower", slower), ("other", other)):
        write_record(tmp_path / name, Record(document, record.votes))

    assert removed_or_changed(tmp_path / "slower", tmp_path / "base") == (1, ())
    n_before, (mismatch,) = removed_or_changed(tmp_path / "other", tmp_path / "base")
    assert (n_before, "was replaced" in mismatch.problem) == (1, True)
