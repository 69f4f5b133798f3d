"""Records of utility: what a model is good for, one validated JSON file per model and set of tasks."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from idia.errors import RecordError
from idia.records.atomic import locked, remove_leftovers, write_atomically
from idia.records.cells import estimate_document, rounded
from idia.records.places import UTILITY, check_inside, utility_path
from idia.records.reading import check_place, reading
from idia.records.schema import Document, NewerRecordError, Schema, encoded_document, fingerprint, holds_absolute_path
from idia.tasks import TaskSet, ZeroShotTask
from idia.utility import UtilityScore

PROTOCOL = "utility/1"
TIE_RULE = "a wrong answer that ties with the right one stands before it"

_VERSION = 1
_SCHEMA = Schema("utility.schema.json", _VERSION)


@dataclass(frozen=True, eq=False, slots=True)
class StoredUtility:
    """What one model was found to be good for, as it was read.

    Attributes:
        path: The JSON file.
        document: Its content.
    """

    path: Path
    document: Document


def utility_document(
    tasks: TaskSet, scores: Sequence[UtilityScore], *, model: Document, suite: Document, environment: Document
) -> dict[str, Any]:
    """Returns the record of a model's utility: classes and captions stay out of it, their hashes are in it.

    Args:
        tasks: What was asked.
        scores: What was measured.
        model: The model, as a record of an attack describes it.
        suite: The version of the code.
        environment: Where it was computed.
    """
    asked = [
        {
            "name": task.name,
            "kind": task.kind,
            "sha256": task.sha256,
            "n_photos": len(task.photos),
            "n_choices": len(task.choices),
            "n_templates": len(task.templates) if isinstance(task, ZeroShotTask) else None,
        }
        for task in tasks.tasks
    ]
    data = {"id": tasks.id, "manifest_sha256": tasks.manifest_sha256, "unreadable_dropped": tasks.unreadable}
    return {
        "schema_version": _VERSION,
        "suite": dict(suite),
        "protocol": {"id": PROTOCOL, "tie_rule": TIE_RULE},
        "model": dict(model),
        "data": {**data, "tasks": asked},
        "scores": [_score(score) for score in scores],
        "environment": dict(environment),
    }


def _score(score: UtilityScore) -> dict[str, Any]:
    return {
        "task": score.task,
        "metric": score.metric,
        "right": round(score.estimate.value * score.estimate.n),
        "estimate": estimate_document(score.estimate),
        "chance": rounded(score.chance),
        "majority": None if score.majority is None else rounded(score.majority),
        "answers": np.packbits(score.is_right).tobytes().hex(),
    }


def check_utility(document: Document) -> None:
    """Raises unless the document is a valid record of utility whose numbers agree with each other.

    Raises:
        RecordError: Says where in the document which value is wrong.
    """
    _SCHEMA.check(document)
    for where, problem in _contradictions(document):
        raise RecordError(f"at {where}: {problem}.")


def write_utility(results: Path, document: Document) -> bool:
    """Returns whether anything on the disk changed: not where the compared part is what the disk already holds.

    Raises:
        RecordError: The record is not valid, or cannot be written.
    """
    try:
        check_utility(document)
    except RecordError as error:
        raise RecordError(f"the new record of utility is not valid and was not written; {error}") from None
    path = utility_path(results, document)
    check_inside(results, path.parent)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordError(f"cannot create {path.parent}: {error.strerror or error}.") from error
    with locked(results):
        remove_leftovers(path.parent)
        if _holds_the_same(path, document):
            return False
        write_atomically(path, encoded_document(_SCHEMA.in_order(document)))
    return True


def read_utility(results: Path) -> tuple[StoredUtility, ...]:
    """Returns all records of utility in a results folder, in the order of their paths.

    Raises:
        RecordError: Names the file that is damaged, is no valid record or lies where it does not belong.
    """
    found = sorted((results / UTILITY).rglob("*.json"), key=lambda path: path.relative_to(results).as_posix())
    records = tuple(_read(path) for path in found if not path.name.startswith("."))
    for record in records:
        check_place(record.path, utility_path(results, record.document))
    return records


def _holds_the_same(path: Path, document: Document) -> bool:
    try:
        return fingerprint(_read(path).document) == fingerprint(document)
    except NewerRecordError:
        raise  # whole, but not ours to replace
    except RecordError:
        return False  # absent or damaged: written anew


def _read(path: Path) -> StoredUtility:
    with reading(path):
        document = _SCHEMA.decoded(path.read_bytes())
        check_utility(document)
    return StoredUtility(path, document)


def _contradictions(document: Document) -> Iterator[tuple[str, str]]:
    """What a schema cannot say."""
    for part, key in (("model", "spec"), ("model", "name"), ("model", "activation_source"), ("data", "id")):
        text = document[part][key] or ""
        if holds_absolute_path(text):
            yield f"{part}.{key}", f"{text!r} holds an absolute path; keep its last part only"
    tasks = {task["name"]: task for task in document["data"]["tasks"]}
    if len(tasks) != len(document["data"]["tasks"]):
        yield "data.tasks", "two tasks have the same name"
    for name in tasks.keys() - {score["task"] for score in document["scores"]}:
        yield "scores", f"nothing was measured for the task {name!r}"
    for at, score in enumerate(document["scores"]):
        estimate = score["estimate"]
        low, value, high = (estimate[key] for key in ("low", "value", "high"))
        if score["task"] not in tasks:
            yield f"scores[{at}].task", f"there is no task {score['task']!r}"
        elif estimate["n"] != tasks[score["task"]]["n_photos"]:
            yield f"scores[{at}].estimate.n", f"{estimate['n']} is not the number of photos of the task"
        elif None in (low, value, high) or not low <= value <= high:
            yield f"scores[{at}].estimate", f"the interval [{low}, {high}] does not hold the value {value}"
        elif not math.isclose(value * estimate["n"], score["right"], abs_tol=1e-6):
            yield f"scores[{at}].right", f"{score['right']} of {estimate['n']} is not {value}"
        elif "answers" in score and not _says(score["answers"], score["right"], estimate["n"]):
            yield f"scores[{at}].answers", f"they are not those of {score['right']} right photos of {estimate['n']}"


def _says(answers: str, right: int, n_photos: int) -> bool:
    digits = bytes.fromhex(answers)
    is_right = np.unpackbits(np.frombuffer(digits, dtype=np.uint8))
    return len(digits) == -(-n_photos // 8) and int(is_right.sum()) == int(is_right[:n_photos].sum()) == right
