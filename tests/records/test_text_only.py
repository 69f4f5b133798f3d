import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from idia.errors import RecordError
from idia.records import Record, headline_of, headline_scores, load_votes, read_records, write_record
from idia.records.documents import check_document
from idia.records.votes import TEXT_ONLY_ARRAYS, encoded_votes

MakeRecord = Callable[..., Record]
Document = dict[str, Any]


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path, text_only_record: MakeRecord) -> None:
    record = text_only_record()

    assert write_record(tmp_path, record)
    (stored,) = read_records(tmp_path)

    assert stored.votes_path is not None
    assert set(TEXT_ONLY_ARRAYS) <= set(load_votes(stored.votes_path))
    later = {**record.document, "environment": {**record.document["environment"], "cpu_seconds": 99.0}}
    assert not write_record(tmp_path, Record(later, record.votes))


def test_of_people_who_exist_there_is_no_headline_person_by_person(
    tmp_path: Path, text_only_record: MakeRecord
) -> None:
    write_record(tmp_path, text_only_record(is_synthetic=False))
    (stored,) = read_records(tmp_path)

    assert stored.votes_path is None
    with pytest.raises(RecordError, match="asks by names alone, and whoever has the names of people who exist"):
        headline_scores(stored)


def test_some_of_the_people_are_never_paired_with_all_or_with_others(text_only_record: MakeRecord) -> None:
    whole, some, others = (text_only_record(only=only) for only in (None, [3, 5, 20, 22], [3, 6, 20, 22]))
    orders = [headline_of(record.document, record.votes).order for record in (whole, some, others)]

    assert len(set(orders)) == 3
    assert orders[0] == headline_of(whole.document, text_only_record("tuni-gibberish", seed=1).votes).order


_EDITS: dict[str, Callable[[Document], object]] = {
    "protocol.text_only: tuni-names must say": lambda it: it["protocol"].pop("text_only"),
    "votes: None is not of type": lambda it: it.pop("text_only"),
    "cost: tuni-names must say": lambda it: it.pop("cost"),
    "protocol.text_only: calibrated has none": lambda it: it.update(attack="calibrated"),
    r"protocol.sizes: .* has the sizes \[0\]": lambda it: it["protocol"].update(sizes=["all"]),
    "cells: 0 photos are those": lambda it: (
        it.update(attack="tuni-names-photos")
        or it["protocol"].update(sizes=["all"], text_only=it["protocol"]["text_only"] | {"photos": "faces"})
    ),
    "protocol.text_only.starts: .* absolute path": lambda it: it["protocol"]["text_only"].update(starts="/home/a/x.pt"),
    "text_only.reference.n: 21 is not": lambda it: it["text_only"]["reference"].update(n=21),
    "text_only.reference.sha256": lambda it: it["text_only"]["reference"].update(sha256="c" * 64),
    "text_only.reference.kind": lambda it: it["text_only"]["reference"].update(kind="Ada Example"),
    "text_only.needed: 5 is above": lambda it: it["text_only"].update(needed=5),
    "text_only.vote.members.n: 13": lambda it: it["text_only"]["vote"]["members"].update(n=13),
    "text_only.vote.recall: 15 of 14": lambda it: it["text_only"]["vote"]["members"].update(called=15),
    "text_only.vote.precision.n": lambda it: it["text_only"]["vote"]["precision"].update(n=26),
    "text_only.vote.accuracy.value": lambda it: it["text_only"]["vote"]["accuracy"].update(value=0.5, low=0.1),
    "text_only.vote.fpr.value": lambda it: it["text_only"]["vote"]["fpr"].update(value=None),
    r"text_only.by_kind\[1\].fpr: 5 of 4": lambda it: it["text_only"]["by_kind"][1].update(called=5),
    "text_only.by_kind: a kind is there twice": lambda it: it["text_only"]["by_kind"][1].update(kind="gibberish"),
    "text_only.features.similarity.auc: the interval": lambda it: it["text_only"]["features"]["similarity"][
        "auc"
    ].update(low=0.999, value=0.9),
    "attack: there is no attack by names alone called tuni-others": lambda it: it.update(attack="tuni-others"),
    "attack: there is no .* tuni-release-photos": lambda it: it.update(attack="tuni-release-photos"),
    "protocol.text_only.mode: tuni-release has": lambda it: it.update(attack="tuni-release"),
    "protocol.text_only.mode: strangers has": lambda it: it.update(attack="strangers"),
    "protocol.text_only.mode: tuni-names has": lambda it: it["protocol"]["text_only"].update(mode="release"),
    "protocol.text_only.photos: tuni-names-photos": lambda it: it.update(attack="tuni-names-photos"),
    "text_only.reference.kind: tuni-gibberish is": lambda it: it.update(attack="tuni-gibberish"),
    "text_only.defects": lambda it: it["text_only"].update(defects=["one-start"]),
    "cost.access": lambda it: it["cost"].update(access="everything"),
    "environment.cpu_seconds": lambda it: it["environment"].update(cpu_seconds=-1),
}


@pytest.mark.parametrize(("said", "edit"), _EDITS.items(), ids=_EDITS)
def test_what_contradicts_itself_is_never_written(
    text_only_record: MakeRecord, said: str, edit: Callable[[Document], object]
) -> None:
    document = copy.deepcopy(dict(text_only_record(is_synthetic=False).document)) | {"votes": None}
    check_document(document)
    edit(document)

    with pytest.raises(RecordError, match=f"at {said}"):
        check_document(document)


def test_only_an_attack_by_names_alone_may_have_numbers_without_arrays(document: Document) -> None:
    with pytest.raises(RecordError, match="at votes: None is not of type 'object'"):
        check_document(document | {"votes": None})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"features": np.zeros((26, 3))}, r"'features' must have shape \[26, 2\]"),
        ({"features": np.full((26, 2), np.nan)}, "'features' must hold finite numbers"),
        ({"detector_votes": np.zeros((25, 4), dtype=int)}, r"'detector_votes' must have shape \[26, 'detectors'\]"),
        ({"kind_votes": np.zeros((9, 5), dtype=int)}, r"'kind_votes' must have shape \[9, 4\]"),
        ({"kind_votes": np.zeros((9, 4))}, "'kind_votes' must hold whole numbers"),
        ({"kind_scores": np.zeros(8)}, r"'kind_scores' must have shape \[9\]"),
        ({"kind_features": np.zeros((8, 2))}, r"'kind_features' must have shape \[9, 2\]"),
        ({"kind_of_text": np.array(["Ada"] * 9)}, "'kind_of_text' must hold whole numbers"),
        ({"reference_features": np.zeros(20)}, r"'reference_features' must have shape \['references', 2\]"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value),
)
def test_arrays_of_other_shapes_are_never_written(
    text_only_record: MakeRecord, changed: Mapping[str, np.ndarray], said: str
) -> None:
    with pytest.raises(RecordError, match=said):
        encoded_votes({**text_only_record().votes, **changed})


def test_arrays_of_names_alone_come_together_and_with_scores(
    text_only_record: MakeRecord, votes: dict[str, np.ndarray]
) -> None:
    arrays = text_only_record().votes

    with pytest.raises(RecordError, match="must hold exactly the arrays"):
        encoded_votes({name: array for name, array in arrays.items() if name != "kind_scores"})
    with pytest.raises(RecordError, match="must hold exactly the arrays"):
        encoded_votes(votes | {name: arrays[name] for name in TEXT_ONLY_ARRAYS})
