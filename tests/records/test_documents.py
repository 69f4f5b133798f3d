import copy
import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from idia.errors import RecordError
from idia.records.documents import check_document, decoded_document, in_order
from idia.records.schema import encoded_document, fingerprint

Edit = Callable[[dict[str, Any]], object]


def test_the_example_is_valid(document: dict[str, Any]) -> None:
    check_document(document)


def test_tuples_and_unknown_numbers_are_valid(document: dict[str, Any]) -> None:
    document["protocol"]["sizes"] = (1, "all")
    document["cells"][0]["auc"] |= {"value": None, "low": None, "high": None}
    document["cells"][0]["accuracy"] = None

    check_document(document)


def test_a_control_and_a_failed_run_without_cells_are_valid(document: dict[str, Any]) -> None:
    check_document(document | {"control": {"kind": "permuted-map", "of": "a model"}})
    check_document(document | {"status": "error", "cells": [], "threshold_sweep": [], "votes": None})


@pytest.mark.parametrize(
    ("where", "edit"),
    [
        ("schema_version", lambda d: d.update(schema_version=2)),
        ("status", lambda d: d.update(status="fine")),
        ("created", lambda d: d.update(created="2026-01-01")),
        ("'model' is a required property", lambda d: d.pop("model")),
        ("attack", lambda d: d.update(attack="../idia")),
        ("control", lambda d: d.update(control={"kind": "blind", "of": "a model"})),
        ("suite.commit", lambda d: d["suite"].update(commit="main")),
        ("protocol.sha256", lambda d: d["protocol"].update(sha256="abc")),
        ("protocol.n_prompts: 4 is not the number of prompts, 3", lambda d: d["protocol"].update(n_prompts=4)),
        ("protocol.tau: 9 is above the number of prompts", lambda d: d["protocol"].update(tau=9)),
        ("protocol.sizes: 0 photos are those", lambda d: d["protocol"].update(sizes=[0, "all"])),
        (r"protocol.bins\[0\]", lambda d: d["protocol"].update(bins=["5 to 9"])),
        ("protocol.seed", lambda d: d["protocol"].update(seed=-1)),
        ("model.parameters", lambda d: d["model"].update(parameters="151277313")),
        ("model.spec: .* absolute path", lambda d: d["model"].update(spec="local-dir:/home/ada/model")),
        ("model.spec: .* absolute path", lambda d: d["model"].update(spec="ViT-B-32,~/weights.pt")),
        ("model.name: .* absolute path", lambda d: d["model"].update(name="C:\\Users\\ada\\model")),
        ("people.id: .* absolute path", lambda d: d["people"].update(id="/data/people")),
        ("protocol.names_source: .* path", lambda d: d["protocol"].update(names_source="from /data/names.csv")),
        ("control", lambda d: d["model"].update(is_random=True)),
        ("people", lambda d: d["people"].update(names=["Ada Example"])),
        ("people.n_people: 5 is not", lambda d: d["people"].update(n_people=5)),
        ("people.how_known", lambda d: d["people"].update(how_known="guess")),
        (r"cells\[0\].tpr.high", lambda d: d["cells"][0]["tpr"].update(high=1.2)),
        (r"cells\[0\].tpr.value", lambda d: d["cells"][0]["tpr"].update(value=75)),
        (r"cells\[1\].fpr: the interval", lambda d: d["cells"][1]["fpr"].update(low=0.5)),
        (r"cells\[0\].accuracy: nan", lambda d: d["cells"][0].update(accuracy=math.nan)),
        (r"threshold_sweep\[0\].counts.tp: inf", lambda d: d["threshold_sweep"][0]["counts"].update(tp=math.inf)),
        (r"cells\[1\].counts: tp and fn must add up", lambda d: d["cells"][1]["counts"].update(fn=1.0)),
        (r"cells\[0\].occurrences", lambda d: d["cells"][0].update(occurrences="0")),
        ("cells", lambda d: d.update(cells=[])),
        ("near_tie_rate", lambda d: d.update(near_tie_rate=2.0)),
        ("votes", lambda d: d.update(votes=None)),
        ("votes.path", lambda d: d["votes"].update(path="../elsewhere.npz")),
        ("environment", lambda d: d["environment"].update(host="ada-laptop")),
        ("environment.similarity_backend", lambda d: d["environment"].update(similarity_backend="")),
        ("environment.similarity_backend", lambda d: d["environment"].update(similarity_backend=None)),
    ],
)
def test_a_mistake_is_found_and_its_place_is_named(document: dict[str, Any], where: str, edit: Edit) -> None:
    edit(document)

    with pytest.raises(RecordError, match=where):
        check_document(document)


@pytest.mark.parametrize(
    "spec",
    ["ViT-B-32,weights.pt", "hf-hub:org/repo", "local-dir:model", "random:ViT-B-32@3", "python:package.module:factory"],
)
def test_specs_without_paths_are_valid(document: dict[str, Any], spec: str) -> None:
    document["model"]["spec"] = spec

    check_document(document)


def test_whoever_compared_photos_with_names_may_be_recorded(document: dict[str, Any]) -> None:
    document["environment"]["similarity_backend"] = "cpu-int8, triton"

    check_document(document)


def test_addresses_are_no_paths(document: dict[str, Any]) -> None:
    document["protocol"]["names_source"] = "https://example.org/names/list.csv and/or a census"
    document["model"]["licence"] = "https://example.org/licence"

    check_document(document)


def test_writing_and_reading_gives_the_document_back_and_the_same_bytes(document: dict[str, Any]) -> None:
    document["cells"][0]["accuracy"] = 0.1 + 0.2
    content = encoded_document(document)

    assert decoded_document(content) == document
    assert encoded_document(decoded_document(content)) == content
    assert content.endswith(b"}\n")


def test_keys_are_written_in_the_order_of_the_schema(document: dict[str, Any]) -> None:
    shuffled = {key: document[key] for key in sorted(document)}

    assert list(in_order(shuffled)) == list(document)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "expected JSON"),
        (b"\xff\xfe", "expected JSON"),
        (b"[" * 100_000, "expected JSON"),
        (b"[]", "is not of type 'object'"),
        (b'{"schema_version": 2}', "newer version of idia"),
    ],
)
def test_what_is_no_record_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        decoded_document(content)


def test_a_nan_in_a_file_is_refused(document: dict[str, Any]) -> None:
    document["near_tie_rate"] = math.nan

    with pytest.raises(RecordError, match="near_tie_rate: nan"):
        decoded_document(json.dumps(document).encode())


def test_the_fingerprint_ignores_who_ran_it_where_and_nothing_else(document: dict[str, Any]) -> None:
    elsewhere, otherwise = copy.deepcopy(document), copy.deepcopy(document)
    elsewhere["suite"]["dirty"] = True
    elsewhere["environment"].update(torch="9.9", similarity_backend="triton")
    otherwise["cells"][0]["accuracy"] = 0.5

    assert fingerprint(elsewhere) == fingerprint(document)
    assert fingerprint(otherwise) != fingerprint(document)
