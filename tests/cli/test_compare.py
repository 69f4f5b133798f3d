"""``idia compare``: what is shown, and that 0 is returned for nothing but evidence."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from idia.cli import main
from idia.records import Record, estimate_document, write_record
from idia.statistics import auc, proportion

EXAMPLE = json.loads((Path(__file__).parents[1] / "records" / "example.json").read_text(encoding="utf-8"))
PEOPLE = 60


def record(found: int, weights: str, model: str = "model-a", **changed: Any) -> Record:
    """A model that finds so many of 60 members, and no non-member."""
    document = copy.deepcopy(EXAMPLE) | changed
    del document["votes"]
    document["model"] |= {"name": model, "spec": model, "weights_sha256": hashlib.sha256(weights.encode()).hexdigest()}
    document["protocol"]["sizes"] = ["all"]
    document["people"] |= {"n_people": 2 * PEOPLE, "members": PEOPLE, "non_members": PEOPLE, "order_sha256": "ab" * 32}
    scores = (np.arange(2 * PEOPLE) < found).astype(np.int64)
    cell = document["cells"][-1]
    cell |= {"members": PEOPLE, "non_members": PEOPLE, "accuracy": 0.5}
    cell |= {"counts": {"tp": found, "fp": 0, "fn": PEOPLE - found, "tn": PEOPLE}}
    cell |= {"tpr": estimate_document(proportion(found, PEOPLE)), "fpr": estimate_document(proportion(0, PEOPLE))}
    cell |= {"auc": estimate_document(auc(scores[:PEOPLE], scores[PEOPLE:], seed=0))}
    document |= {"cells": [cell], "threshold_sweep": [cell]}
    votes = {
        "pseudonyms": np.array([f"p{number:03d}" for number in range(2 * PEOPLE)]),
        "occurrences": (np.arange(2 * PEOPLE) < PEOPLE).astype(np.int64),
        "n_photos": np.ones(2 * PEOPLE, dtype=np.int64),
        "photo_offsets": np.arange(2 * PEOPLE + 1),
        "codes": 1 - scores[:, None].repeat(3, axis=1),
        "sizes": np.array(["all"]),
        "scores": scores[:, None, None],
    }
    return Record(document, votes)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results: a baseline, one that is alike, one that leaks more, one that failed, one of nobody else, and none."""
    place = tmp_path_factory.mktemp("compared")
    made = {
        "baseline": [record(20, "first")],
        "alike": [record(20, "second")],
        "worse": [record(40, "third")],
        "invalid": [record(20, "fourth", status="invalid")],
        "other": [record(20, "first", model="model-b")],
        "both": [record(20, "first"), record(20, "first", model="model-b")],
        "empty": [],
    }
    for name, records in made.items():
        (place / name).mkdir()
        for each in records:
            write_record(place / name, each)
    return place


def compare(folders: Path, *arguments: str) -> Result:
    named = [str(folders / each) if (folders / each).exists() else each for each in arguments]
    return CliRunner().invoke(main, ["compare", *named])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("baseline alike --fail tpr:+0.1", 0, "1 of 1 ok"),
        ("baseline worse --fail tpr:+0.1", 1, "beyond the allowed rise of 0.1"),
        ("baseline worse --fail fpr:+0.1 --fail auc:+0.05", 1, "1 of 2 ok, 1 regressed"),
        ("worse baseline --fail tpr:+0.1", 0, "1 of 1 ok"),
        ("baseline alike --fail tpr:+0.01", 1, "Too few members to tell"),
        ("baseline invalid --fail tpr:+0.9", 1, "1 invalid"),
        ("baseline alike --fail utility:-0.5", 1, "Nothing was recorded about its utility"),
        ("baseline alike --fail calibrated/auc:+0.5", 1, "there is idia alone"),
        ("baseline other --fail tpr:+0.9", 1, "0 of 2 ok, 2 no evidence"),
        ("both baseline --fail tpr:+0.1", 1, "1 of 2 ok, 1 no evidence"),
        ("empty baseline --fail tpr:+0.9", 1, "holds no record, so there is nothing to compare"),
        ("baseline empty", 1, "holds no record, so there is nothing to compare"),
        ("baseline invalid", 1, "model-a in B: the record of idia is invalid"),
        ("baseline other", 1, "No evidence: nothing in"),
        ("baseline alike", 0, "+0.000"),
        ("baseline worse", 0, "leaks more"),
        ("worse baseline", 0, "leaks less"),
        ("baseline baseline", 0, "A and B are the same"),
        ("baseline baseline --fail tpr:+0.1", 1, "A and B are the same, so that no difference can show. No evidence"),
        ("baseline absent --fail tpr:+0.1", 2, "does not exist"),
        ("baseline", 2, "Missing argument 'B'"),
        ("baseline alike --fail tpr", 2, "is no rule"),
        ("baseline alike --fail trp:+0.1", 2, "Did you mean 'tpr'?"),
    ],
)
def test_the_exit_code_is_0_only_where_everything_is_shown(folders: Path, arguments: str, code: int, said: str) -> None:
    result = compare(folders, *arguments.split())

    assert (result.exit_code, said in " ".join(result.output.split())) == (code, True), result.output


def test_two_files_are_compared_whatever_their_models_are_called(folders: Path) -> None:
    one, other = (next((folders / name).rglob("*.json")) for name in ("baseline", "other"))

    result = compare(folders, str(one), str(other), "--fail", "tpr:+0.1")
    assert result.exit_code == 0
    assert "model-b" in result.output

    # With a folder on one side, it is the model of that name, and nobody else.
    result = compare(folders, str(one), "both", "--fail", "tpr:+0.1")
    assert result.exit_code == 0
    assert "1 of 1 ok" in result.output
