"""What was measured, measured again: the votes from the predictions, and every rate and area from the votes."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from idia.attacks.anonymity import keyed_by_content
from idia.attacks.voting import Votes, count_votes
from idia.evaluation import AttackResult, OccurrenceBin, ScoreResult, evaluate, evaluate_scores
from idia.records import Document, result_document
from idia.verification.arrays import Arrays
from idia.verification.mismatches import Problem, compared

_CELL_KEYS = ("operating_points", "no_false_positives")
_MEASURED = ("cells", "threshold_sweep", "trend", "groups", "precision")


def is_older(document: Document) -> bool:
    """Returns whether a record was made before rates at low false-positive rates, controls and claims were recorded.

    A record has all of these or none: one that has some of them has lost the others.
    """
    later = [key in cell for cell in document["cells"] for key in _CELL_KEYS]
    later += [key in document for key in ("precision", "controls", "blind", "evidence", "groups")]
    return not any(later) and "order_sha256" not in document["people"]


def measured_problems(document: Document, arrays: Arrays) -> Iterator[Problem]:
    """Yields in what a record's numbers are not those that its arrays give.

    Args:
        document: The record.
        arrays: Its arrays, without `array_problems`.

    Raises:
        IdiaError: They give none, such as where there are no members.
    """
    if "groups" in arrays and not 0 <= arrays["groups"].min() <= arrays["groups"].max() <= len(_groups(document)):
        yield "votes.groups", f"expected numbers of the record's {len(_groups(document))} groups, or 0"
        return
    result: AttackResult | ScoreResult
    asked: dict[str, Any] = {
        "bins": [OccurrenceBin.parsed(text) for text in document["protocol"]["bins"]],
        "groups": _group_of_each(document, arrays),
        "seed": document["protocol"]["seed"],
    }
    occurrences, protocol = arrays["occurrences"], document["protocol"]
    if "codes" in arrays:
        votes = cast_again(document, arrays)
        yield from _score_problems(votes, arrays)
        result = evaluate(votes, occurrences, tau=protocol["tau"], **asked)
    else:
        result = evaluate_scores(arrays["scores"][:, :, 0], protocol["sizes"], occurrences, **asked)
    expected = result_document(result)
    if is_older(document):
        expected = _as_older(expected, document)
    yield from compared(expected, {key: document[key] for key in _MEASURED if key in document}, "")


def cast_again(document: Document, arrays: Arrays) -> Votes:
    """Returns the votes of a record's predictions, with the same draws of photos.

    Args:
        document: The record.
        arrays: Its arrays, without `array_problems`.
    """
    protocol = document["protocol"]
    tables = np.split(arrays["codes"], arrays["photo_offsets"][1:-1])
    return count_votes(
        keyed_by_content(tables), sizes=protocol["sizes"], draws=protocol["draws"], seed=protocol["seed"]
    )


def _score_problems(votes: Votes, arrays: Arrays) -> Iterator[Problem]:
    expected, found = votes.scores[:, :, : arrays["scores"].shape[2]], arrays["scores"]
    for person in np.flatnonzero((expected != found).any(axis=(1, 2))).tolist():
        at = tuple(int(index) for index in np.argwhere(expected[person] != found[person])[0])
        place = f"votes.scores of {arrays['pseudonyms'][person]} at {arrays['sizes'][at[0]]} photos, draw {at[1]}"
        yield place, f"expected {expected[person][at]} prompts won, found {found[person][at]}"


def _groups(document: Document) -> list[str]:
    return [str(cell.get("group", "")) for cell in document.get("groups", ())]


def _group_of_each(document: Document, arrays: Arrays) -> list[str] | None:
    if "groups" not in arrays:
        return None
    names = ["", *_groups(document)]
    return [names[number] for number in arrays["groups"].tolist()]


def _as_older(expected: Mapping[str, Any], document: Document) -> dict[str, Any]:
    """The recomputed numbers, without those that were not recorded then."""
    cells = [{key: cell[key] for key in cell if key not in _CELL_KEYS} for cell in expected["cells"]]
    return {
        "cells": cells,
        "threshold_sweep": expected["threshold_sweep"],
        **({"trend": expected["trend"]} if "trend" in document else {}),
    }
