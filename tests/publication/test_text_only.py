from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from idia.errors import SettingError, ShapeError
from idia.publication import INVERSION_KEYS, KindFinding, Reference, TextOnlyFinding
from idia.records import Record
from idia.records.documents import check_document
from idia.records.votes import encoded_votes

MakeRecord = Callable[..., Record]


def checked(record: Record) -> Record:
    """The record, found to be one that could be written."""
    check_document({**record.document, "votes": {"path": "a.npz", "sha256": "0" * 64} if record.votes else None})
    if record.votes:
        encoded_votes(record.votes)
    return record


def test_a_record_says_what_was_found_by_names_alone(text_only_record: MakeRecord) -> None:
    document = checked(text_only_record()).document
    found, protocol, vote = document["text_only"], document["protocol"], document["text_only"]["vote"]

    assert (protocol["prompts"], protocol["sizes"], protocol["tau"], protocol["draws"]) == (["{}"], [0], None, 1)
    assert {cell["n_photos"] for cell in document["cells"]} == {0}
    assert (protocol["n_names"], protocol["names_sha256"]) == (20, found["reference"]["sha256"])
    assert protocol["text_only"]["mode"] == "cheap"
    assert list(protocol["text_only"]) == ["mode", *INVERSION_KEYS]
    assert (vote["members"]["n"], vote["non_members"]["n"]) == (14, 12)
    assert vote["recall"]["value"] > vote["fpr"]["value"]
    assert [(each["kind"], each["n"]) for each in found["by_kind"]] == [("gibberish", 5), ("fictitious", 4)]
    assert found["features"]["dispersion"]["auc"]["value"] > 0.5
    assert document["cost"] == {"queries": 500, "gradient_steps": 40_000, "access": "gradient"}
    assert document["environment"]["cpu_seconds"] == 1.5


def test_all_arrays_list_people_in_the_same_order(text_only_record: MakeRecord) -> None:
    arrays = text_only_record().votes

    assert np.allclose(arrays["features"][:, 0] - arrays["features"][:, 1], arrays["scores"][:, 0, 0])
    assert (arrays["detector_votes"][:, 1] == (arrays["scores"][:, 0, 0] > 1)).all()
    assert arrays["kind_of_text"].tolist() == [0] * 5 + [1] * 4
    assert arrays["kind_votes"].shape == (9, 4)
    assert arrays["reference_features"].shape == (20, 2)


def test_where_only_some_were_scored_they_keep_their_pseudonyms_and_order(text_only_record: MakeRecord) -> None:
    some = [20, 3, 9, 15, 8, 25]
    whole, part = text_only_record(), checked(text_only_record("tuni-release", only=some))
    people = part.document["people"]

    assert (people["n_people"], people["members"], people["n_photos"]) == (6, 3, 18)
    assert part.document["protocol"]["bins"] == ["1", "10"]
    assert part.votes["scores"].shape == (6, 1, 1)
    pseudonyms = part.votes["pseudonyms"].tolist()
    assert pseudonyms == sorted(pseudonyms)
    rows = [whole.votes["pseudonyms"].tolist().index(each) for each in pseudonyms]
    for name in ("occurrences", "groups"):
        assert part.votes[name].tolist() == whole.votes[name][rows].tolist()
    assert np.allclose(part.votes["features"] @ [1, -1], part.votes["scores"][:, 0, 0])
    assert checked(text_only_record("tuni-release", only=[3, 2, 15, 20])).document["protocol"]["bins"] == ["1"]


def test_of_people_who_exist_no_array_is_published(text_only_record: MakeRecord) -> None:
    made_up, real = text_only_record(), checked(text_only_record(is_synthetic=False))

    assert real.votes == {}
    assert (real.document["status"], real.document["cells"]) == ("ok", made_up.document["cells"])
    assert real.document["text_only"] == made_up.document["text_only"]


def test_photos_that_were_looked_at_are_part_of_the_protocol(text_only_record: MakeRecord) -> None:
    protocols = [checked(text_only_record(photos=each)).document["protocol"] for each in (None, "faces-1")]

    assert [protocol["sizes"] for protocol in protocols] == [[0], ["all"]]
    assert protocols[0]["sha256"] != protocols[1]["sha256"]


def test_what_was_found_must_be_of_the_same_people_and_detectors() -> None:
    features, votes = np.zeros((3, 2)), np.zeros((3, 4), dtype=bool)
    inversion: dict[str, Any] = dict.fromkeys(INVERSION_KEYS)
    found = TextOnlyFinding(
        "cheap", inversion, Reference("names", 20, "", ""), tuple("abcd"), 3, 0.1, (), votes, features,
        np.zeros((20, 2)), {"gibberish": KindFinding(features, votes, np.zeros(3))}, 1, 1, "gradient", 0.0,
    )  # fmt: skip

    assert found.photos is None
    for wrong, whose in (
        ({"votes": votes[:, :3]}, "people"),
        ({"rows": np.arange(2)}, "people"),
        ({"kinds": {"gibberish": KindFinding(features, votes, np.zeros(2))}}, "gibberish"),
    ):
        with pytest.raises(ShapeError, match=f"of {whose}, got"):
            replace(found, **wrong)
    with pytest.raises(SettingError, match="the smallest majority of 4 detectors is 3, got needed=2"):
        replace(found, needed=2)
    with pytest.raises(ShapeError, match="expected the settings image, restarts"):
        replace(found, inversion={"steps": 3})
