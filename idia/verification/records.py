"""One record recomputed: what of it could be, and every difference."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

from idia.errors import IdiaError
from idia.records import Document, StoredRecord, StoredUtility, load_votes
from idia.verification.arrays import Arrays, array_problems, people_problems
from idia.verification.beside import is_of_nobody
from idia.verification.blind import claim_problems
from idia.verification.claims import CONTROLS, control_problems, evidence_problems
from idia.verification.measured import is_older, measured_problems
from idia.verification.mismatches import Mismatch, Problem
from idia.verification.protocols import protocol_problems
from idia.verification.text_only import text_only_array_problems, text_only_problems
from idia.verification.trusted import REMARK, WHAT, is_trusted, trusted_problems
from idia.verification.utility import utility_problems

_Check = Callable[[Document, Arrays], Iterator[Problem]]

_CHECKS: tuple[_Check, ...] = (
    people_problems,
    measured_problems,
    control_problems,
    claim_problems,
    evidence_problems,
    text_only_problems,
)

_NUMBERS = ("cells", "threshold_sweep", "trend", "groups", "precision", "controls", "blind", "evidence", "text_only")


@final
@dataclass(frozen=True, slots=True)
class Recomputed:
    """What came of recomputing one record.

    Attributes:
        file: The record, from the results folder.
        n: How many people, or photos, its numbers rest on.
        what: What was recomputed, in words; nothing where the record holds no numbers.
        mismatches: Every difference.
        remark: What else a reader should know, such as that the record is withdrawn; empty if nothing.
    """

    file: str
    n: int
    what: tuple[str, ...]
    mismatches: tuple[Mismatch, ...]
    remark: str = ""


def recomputed_record(results: Path, stored: StoredRecord) -> Recomputed:
    """Returns what came of recomputing the record of an attack from the arrays beside it.

    Args:
        results: The results folder.
        stored: One of its records.
    """
    file, document = stored.path.relative_to(results).as_posix(), stored.document
    problems = [*_caught(lambda: protocol_problems(document)), *_caught(lambda: _incomplete(document))]
    what: tuple[str, ...] = ()
    if is_trusted(document):
        problems += _caught(lambda: trusted_problems(document))
        what = WHAT
    arrays: Arrays = {}
    if stored.votes_path is not None:
        try:
            arrays = load_votes(stored.votes_path)
        except IdiaError as error:
            problems.append(("votes", str(error)))
    if arrays:
        unusable = [*array_problems(document, arrays), *text_only_array_problems(document, arrays)]
        problems += unusable
        if not unusable:
            what = _what(document, arrays)
            for check in _CHECKS:
                problems += _caught(lambda check=check: check(document, arrays))  # type: ignore[misc]
    mismatches = tuple(Mismatch(file, where, problem) for where, problem in problems)
    return Recomputed(file, document["people"]["n_people"], what, mismatches, _remark(document))


def recomputed_utility(results: Path, stored: StoredUtility) -> Recomputed:
    """Returns what came of recomputing a record of utility from its counts.

    Args:
        results: The results folder.
        stored: One of its records of utility.
    """
    file, document = stored.path.relative_to(results).as_posix(), stored.document
    mismatches = tuple(Mismatch(file, *each) for each in _caught(lambda: utility_problems(document)))
    n_photos = max(task["n_photos"] for task in document["data"]["tasks"])
    return Recomputed(file, n_photos, (_counted(len(document["scores"]), "rate"),), mismatches)


def _caught(check: Callable[[], Iterator[Problem]]) -> list[Problem]:
    """What a check finds, and where it cannot go on, why."""
    problems: list[Problem] = []
    try:
        problems.extend(check())
    except IdiaError as error:
        problems.append(("", f"it cannot be recomputed: {error}"))
    return problems


def _incomplete(document: Document) -> Iterator[Problem]:
    if document["votes"] is None and not is_trusted(document):
        for key in _NUMBERS:
            if document.get(key):
                yield key, "expected nothing, as no arrays are beside it to recompute it from"
    if is_older(document) or not document["cells"]:
        return
    if "order_sha256" not in document["people"]:
        yield "people.order_sha256", "expected a hash, found nothing"
    if document["control"] is not None:
        return
    for key in ("controls", "blind"):
        if key not in document:
            yield key, "expected what every measurement says by now, found nothing"
    for kind in CONTROLS if "controls" in document else ():
        if kind not in document["controls"]:
            yield f"controls.{kind}", "expected how it came out, or why it was not run; found nothing"


def _what(document: Document, arrays: Arrays) -> tuple[str, ...]:
    n_controls = sum(name.startswith("control_") for name in arrays)
    said = {
        "votes": "codes" in arrays,
        _counted(len(document["cells"]), "cell"): True,
        _counted(len(document["threshold_sweep"]), "threshold"): bool(document["threshold_sweep"]),
        "trend": document.get("trend") is not None,
        _counted(len(document.get("groups", ())), "group"): bool(document.get("groups")),
        "precision": "precision" in document,
        _counted(n_controls, "control"): n_controls > 0,
        "claim" if is_of_nobody(document) else "claim in part": "blind" in document,
        "evidence": "evidence" in document,
        "vote of detectors": "text_only" in document,
        _counted(len(document.get("text_only", {}).get("by_kind", ())), "kind of text", "kinds of texts"): (
            "text_only" in document
        ),
    }
    return tuple(words for words, is_there in said.items() if is_there)


def _remark(document: Document) -> str:
    if document["status"] == "invalid":
        return f"invalid: {document.get('invalid_because', 'no reason given')}"
    if is_trusted(document):
        return REMARK
    if document["votes"] is None:
        return f"status {document['status']}: nothing was measured"
    if is_older(document):
        return "an older record, without rates at low false-positive rates, controls and claim"
    if "blind" in document and not is_of_nobody(document):
        return "what anybody can repeat is not published of people who exist: their areas are taken on trust"
    return ""


def _counted(n: int, word: str, words: str = "") -> str:
    return f"{n} {word if n == 1 else words or word + 's'}"
