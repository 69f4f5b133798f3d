"""Every way in which a record that is not honest must not pass, though its hashes are right."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.errors import RecordError
from idia.records import Record
from idia.verification import Verification

MakeRecord = Callable[..., Record]
IsCaught = Callable[[Record], bool]
Outcome = Callable[[Record], Verification | RecordError]
Change = Callable[[Any, Callable[[list[Any]], Any]], str]
Document = dict[str, Any]

_FEW = settings(max_examples=20, deadline=None, derandomize=True)
_RECOMPUTED = ("cells", "threshold_sweep", "trend", "groups", "precision", "controls", "blind")
_ATTACKS = st.sampled_from(["idia", "calibrated"])


@_FEW
@given(data=st.data(), attack=_ATTACKS)
def test_every_changed_number_is_caught(
    make_record: MakeRecord, is_caught: IsCaught, changed_at_one_place: Change, data: st.DataObject, attack: str
) -> None:
    record = make_record(attack)
    parts = {key: record.document[key] for key in _RECOMPUTED if record.document.get(key)}
    key = changed_at_one_place(parts, lambda places: data.draw(st.sampled_from(places)))

    assert is_caught(record), key


@_FEW
@given(data=st.data(), attack=_ATTACKS)
def test_every_changed_score_is_caught(
    make_record: MakeRecord, data: st.DataObject, attack: str, is_caught: IsCaught
) -> None:
    record = make_record(attack)
    scores = record.votes["scores"]
    at = tuple(data.draw(st.integers(0, length - 1)) for length in scores.shape)
    # Of real scores only their order says something.
    scores[at] = (scores[at] + 1) % 4 if attack == "idia" else 100 - 200 * (record.votes["occurrences"][at[0]] > 0)

    assert is_caught(record)


@_FEW
@given(person=st.integers(0, 25), attack=_ATTACKS)
def test_every_changed_label_is_caught(make_record: MakeRecord, person: int, attack: str, is_caught: IsCaught) -> None:
    record = make_record(attack)
    occurrences = record.votes["occurrences"]
    occurrences[person] = 0 if occurrences[person] else 10

    assert is_caught(record)


def test_labels_that_change_places_are_caught(make_record: MakeRecord, is_caught: IsCaught) -> None:
    record = make_record("calibrated")
    record.votes["occurrences"][:] = record.votes["occurrences"][::-1]

    assert is_caught(record)


@pytest.mark.parametrize(
    "name", ["codes", "groups", "control_permuted_map", "control_planted_positive", "blind_name", "blind_other_model"]
)
def test_every_other_array_is_recomputed_from(make_record: MakeRecord, name: str, is_caught: IsCaught) -> None:
    record = make_record()
    record.votes[name][:] = record.votes[name][::-1]

    assert is_caught(record)


def test_changed_ranks_among_decoys_are_caught(make_record: MakeRecord, outcome: Outcome) -> None:
    record = make_record("calibrated")
    record.votes["decoys_at_least"][:] = 0

    found = outcome(record)

    assert isinstance(found, Verification)
    assert "evidence.non_members.discovered" in {mismatch.where for mismatch in found.all_mismatches}


_EDITS: dict[str, Callable[[Document], object]] = {
    "members": lambda it: it["people"].update(members=15, non_members=11),
    "photos": lambda it: it["people"].update(n_photos=79),
    "photos per person": lambda it: it["people"]["photos_per_person"].update(median=2.0),
    "prompts": lambda it: it["protocol"].update(prompts=["{}", "a photo of {}", "a picture of {}"]),
    "prompts_sha256": lambda it: it["protocol"].update(prompts_sha256="0" * 64),
    "protocol sha256": lambda it: it["protocol"].update(sha256="0" * 64),
    "seed": lambda it: it["protocol"].update(seed=1),
    "draws": lambda it: it["protocol"].update(draws=5),
    "sizes": lambda it: it["protocol"].update(sizes=[2, "all"]),
    "bins": lambda it: it["protocol"].update(bins=["10"]),
    "names": lambda it: it["protocol"].update(n_names=3),
    "attack": lambda it: it.update(attack="calibrated"),
    "status": lambda it: it.update(status="invalid"),
    "reason without status": lambda it: it.update(invalid_because="somebody says so"),
    "no controls": lambda it: it.pop("controls"),
    "one control missing": lambda it: it["controls"].pop("clean-model"),
    "control without scores": lambda it: it["controls"]["clean-model"].update(
        it["controls"]["permuted-map"], reason=None
    ),
    "no claim": lambda it: it.pop("blind"),
    "no precision": lambda it: it.pop("precision"),
    "no groups": lambda it: it.pop("groups"),
    "no order": lambda it: it["people"].pop("order_sha256"),
    "no trend": lambda it: it.pop("trend"),
    "a cell missing": lambda it: it["cells"].pop(),
    "no curve": lambda it: it["cells"][3].pop("operating_points"),
    "evidence without ranks": lambda it: it.update(
        evidence={
            "n_decoys": 400,
            "n_prompts": 3,
            "decoys_sha256": "0" * 64,
            "level": 0.05,
            "method": "benjamini-hochberg",
            "members": {"n": 14, "discovered": 14},
            "non_members": {"n": 12, "discovered": 0},
        }
    ),
}


@pytest.mark.parametrize("edit", _EDITS.values(), ids=_EDITS.keys())
def test_what_a_record_says_of_itself_is_checked(
    make_record: MakeRecord,
    is_caught: IsCaught,
    with_protocol_hash: Callable[[Document], Document],
    edit: Callable[[Document], object],
) -> None:
    record = make_record()
    document = copy.deepcopy(dict(record.document))
    edit(document)
    if document["protocol"]["sha256"] != "0" * 64:
        with_protocol_hash(document)

    assert is_caught(Record(document, record.votes))


def test_another_protocol_has_another_hash(make_record: MakeRecord, is_caught: IsCaught) -> None:
    record = make_record()
    protocol = {**record.document["protocol"], "names_source": "another list"}

    assert is_caught(Record({**record.document, "protocol": protocol}, record.votes))


def test_a_control_has_no_controls_of_its_own(make_record: MakeRecord, outcome: Outcome) -> None:
    record = make_record()
    document = {key: value for key, value in record.document.items() if key not in ("controls", "blind")}
    arrays = {name: array for name, array in record.votes.items() if not name.startswith(("control", "blind"))}
    found = outcome(Record({**document, "control": {"kind": "permuted-map", "of": "a-model"}}, arrays))

    assert isinstance(found, Verification)
    assert (found.n_recomputed, found.all_mismatches) == (1, ())


def test_a_failed_control_makes_a_record_invalid_and_nothing_else_does(
    make_record: MakeRecord, is_caught: IsCaught, outcome: Outcome
) -> None:
    record = make_record(failing="permuted-map")
    honest = outcome(record)

    assert isinstance(honest, Verification)
    assert honest.all_mismatches == ()
    assert honest.records[0].remark.startswith("invalid: the control permuted-map finds people, which it must not")
    stands = {key: value for key, value in record.document.items() if key != "invalid_because"} | {"status": "ok"}
    assert is_caught(Record(stands, record.votes))
    assert is_caught(Record({**record.document, "invalid_because": "it rained"}, record.votes))


@pytest.mark.parametrize("kind", ["permuted-map", "planted-positive"])
def test_a_control_that_every_model_can_be_asked_for_is_not_left_out(
    make_record: MakeRecord, is_caught: IsCaught, kind: str
) -> None:
    record = make_record()
    document = copy.deepcopy(dict(record.document))
    document["controls"][kind] = {"auc": None, "passed": None, "reason": "it was not run"}
    left_out = f"control_{kind.replace('-', '_')}"

    assert is_caught(Record(document, {name: each for name, each in record.votes.items() if name != left_out}))


def test_a_withdrawn_record_still_verifies_and_says_why(make_record: MakeRecord, outcome: Outcome) -> None:
    record = make_record()
    withdrawn = {**record.document, "status": "invalid", "invalid_because": "the photos were mixed up"}
    found = outcome(Record(withdrawn, record.votes))

    assert isinstance(found, Verification)
    assert (found.all_mismatches, found.n_recomputed) == ((), 1)
    assert found.records[0].remark == "invalid: the photos were mixed up"


def test_of_an_older_record_what_it_holds_is_recomputed(
    make_record: MakeRecord, is_caught: IsCaught, outcome: Outcome
) -> None:
    record = make_record()
    document = copy.deepcopy(dict(record.document))
    for key in ("precision", "controls", "blind", "groups", "trend"):
        del document[key]
    del document["people"]["order_sha256"]
    for cell in document["cells"]:
        cell.pop("operating_points", None)
        cell.pop("no_false_positives", None)
    arrays = {name: array for name, array in record.votes.items() if not name.startswith(("control", "blind", "group"))}
    found = outcome(Record(document, arrays))

    assert isinstance(found, Verification)
    assert found.all_mismatches == ()
    assert found.records[0].what == ("votes", "6 cells", "3 thresholds")
    assert found.records[0].remark.startswith("an older record")
    document["cells"][3]["counts_sd"]["tp"] += 0.01
    assert is_caught(Record(document, arrays))


def test_a_record_in_which_nothing_was_measured_is_no_verification(make_record: MakeRecord, outcome: Outcome) -> None:
    nothing: Document = {"status": "error", "cells": [], "threshold_sweep": [], "trend": None}
    kept = {key: value for key, value in make_record().document.items() if key not in (*_RECOMPUTED, "evidence")}
    found = outcome(Record({**kept, **nothing}, {}))

    assert isinstance(found, Verification)
    assert (len(found.records), found.n_recomputed, found.all_mismatches) == (1, 0, ())
    assert found.records[0].remark == "status error: nothing was measured"


def test_numbers_without_the_arrays_they_were_made_from_are_caught(make_record: MakeRecord, outcome: Outcome) -> None:
    found = outcome(Record({**make_record().document, "status": "error"}, {}))

    assert isinstance(found, Verification)
    assert found.n_recomputed == 0
    assert {mismatch.where for mismatch in found.all_mismatches} == {*_RECOMPUTED}
