"""What can be said of claims about people who exist, of whom no guess is published."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from idia.errors import RecordError
from idia.records import Record
from idia.records.votes import REPEATABLE
from idia.verification import Verification

MakeRecord = Callable[..., Record]
Outcome = Callable[[Record], Verification | RecordError]
Document = dict[str, Any]


@pytest.fixture
def private(make_record: MakeRecord) -> Record:
    """A record of people who exist: what can be repeated without the model is known by its area alone."""
    record = make_record()
    document = copy.deepcopy(dict(record.document))
    document["people"]["order_sha256"] = "0" * 64
    arrays = {name: array for name, array in record.votes.items() if not name.startswith("blind")}
    other = document["blind"]["baselines"]["other-model"]["auc"]
    document["controls"]["clean-model"] = {"auc": copy.deepcopy(other), "passed": True, "reason": None}
    return Record(document, {name: array for name, array in arrays.items() if name not in REPEATABLE})


def test_what_follows_without_the_guesses_is_recomputed_and_said(private: Record, outcome: Outcome) -> None:
    found = outcome(private)

    assert isinstance(found, Verification)
    assert found.all_mismatches == ()
    assert "claim in part" in found.records[0].what
    assert "their areas are taken on trust" in found.records[0].remark


def test_guesses_about_people_who_exist_must_not_be_there(make_record: MakeRecord, outcome: Outcome) -> None:
    record = make_record()
    people = {**record.document["people"], "order_sha256": "0" * 64}
    found = outcome(Record({**record.document, "people": people}, record.votes))

    assert isinstance(found, Verification)
    assert "votes.blind_name" in {mismatch.where for mismatch in found.all_mismatches}


def test_controls_that_anybody_can_repeat_must_not_be_there_and_their_failure_is_believed(
    private: Record, outcome: Outcome
) -> None:
    scores = private.votes["control_planted_positive"]
    found = outcome(Record(private.document, {**private.votes, "control_clean_model": scores}))
    assert isinstance(found, Verification)
    assert "votes.control_clean_model" in {mismatch.where for mismatch in found.all_mismatches}

    private.document["controls"]["clean-model"]["passed"] = False
    found = outcome(private)
    assert isinstance(found, Verification)
    assert "status" in {mismatch.where for mismatch in found.all_mismatches}


def test_guesses_about_nobody_must_be_there(make_record: MakeRecord, outcome: Outcome) -> None:
    record = make_record()
    arrays = {name: array for name, array in record.votes.items() if not name.startswith("blind")}
    found = outcome(Record(record.document, arrays))

    assert isinstance(found, Verification)
    assert {"blind.baselines.name.auc", "blind.verdict"} <= {mismatch.where for mismatch in found.all_mismatches}


def test_the_other_model_is_the_control_that_it_is_said_to_be(make_record: MakeRecord, outcome: Outcome) -> None:
    record = make_record()
    scores = -record.votes["blind_other_model"]
    found = outcome(Record(record.document, {**record.votes, "control_random_weights": scores}))

    assert isinstance(found, Verification)
    assert "votes.blind_other_model" in {mismatch.where for mismatch in found.all_mismatches}


_EDITS: dict[str, Callable[[Document], object]] = {
    "value": lambda it: it["difference"].update(value=it["difference"]["value"] + 0.01),
    "n": lambda it: it["difference"].update(n=25),
    "interval": lambda it: it["difference"].update(low=it["difference"]["value"] + 0.01),
    "verdict": lambda it: it.update(verdict="n/a"),
    "best": lambda it: it.update(best="metadata"),
    "no difference": lambda it: it.update(difference=None),
    "area of the other model": lambda it: it["baselines"]["other-model"]["auc"].update(value=0.5),
    "area of the best": lambda it: it["baselines"][it["best"] or "other-model"]["auc"].update(value=0.41, low=0.4),
    "unknown guess": lambda it: it["baselines"].update(oracle=it["baselines"]["name"]),
}


@pytest.mark.parametrize("edit", _EDITS.values(), ids=_EDITS.keys())
def test_a_claim_about_people_who_exist_agrees_with_itself(
    private: Record, outcome: Outcome, edit: Callable[[Document], object]
) -> None:
    edit(private.document["blind"])

    found = outcome(private)

    assert isinstance(found, RecordError) or found.all_mismatches
