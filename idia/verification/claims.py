"""What a record says beside its numbers: which controls it passed, and for how many people there is evidence."""

from collections.abc import Iterator
from typing import Any, get_args

from idia.evaluation.controls import LEAST_PLANTED, ControlKind, ControlResult, judged_control, why_invalid
from idia.records import Document, estimate_document
from idia.records.votes import REPEATABLE
from idia.statistics import Estimate, benjamini_hochberg, discovered, p_values_among
from idia.verification.arrays import Arrays
from idia.verification.beside import TELLS_WHOSE, is_of_nobody, scores_beside, unscored
from idia.verification.mismatches import Problem, compared
from idia.verification.text_only import looks_at_no_photo

CONTROLS: tuple[ControlKind, ...] = get_args(ControlKind)

METHOD = "benjamini-hochberg"

_ALWAYS_RUN: tuple[ControlKind, ...] = ("permuted-map", "planted-positive")
_NAMELESS = "nameless"
_ANYBODY_CAN = "expected scores, as every model can be asked so"


def control_problems(document: Document, arrays: Arrays) -> Iterator[Problem]:
    """Yields in what a record's controls, and its status, are not what the scores under controls give.

    Args:
        document: The record.
        arrays: Its arrays, without `array_problems`.
    """
    given, seed, is_public = document.get("controls", {}), document["protocol"]["seed"], is_of_nobody(document)
    is_member, judged = arrays["occurrences"] > 0, dict[ControlKind, ControlResult]()
    for kind in CONTROLS:
        scores = scores_beside(arrays, "control", kind)
        if f"control_{kind}".replace("-", "_") in REPEATABLE and not is_public:
            if scores is not None:
                yield f"votes.control_{kind}".replace("-", "_"), TELLS_WHOSE
            elif (entry := given.get(kind)) is not None and entry["auc"] is not None:
                judged[kind] = ControlResult(Estimate(**entry["auc"]), entry["passed"])  # taken on trust
                continue
        if scores is None:
            yield from unscored(given.get(kind), f"controls.{kind}", ("auc", "passed"))
            if kind in given and not _may_be_left_out(document, kind):
                yield f"votes.control_{kind.replace('-', '_')}", _ANYBODY_CAN
            continue
        judged[kind] = result = judged_control(kind, scores, is_member, seed=seed)
        assert result.auc is not None
        expected = {"auc": estimate_document(result.auc), "passed": result.passed, "reason": None}
        yield from compared(expected, given.get(kind), f"controls.{kind}")
    yield from _status_problems(document, why_invalid(judged))


def trusted_control_problems(document: Document) -> Iterator[Problem]:
    """Yields in what controls, and a record's status, contradict each other where no array shows how they came out.

    Args:
        document: A record without arrays.
    """
    judged = dict[ControlKind, ControlResult]()
    for kind in CONTROLS:
        entry, place = document.get("controls", {}).get(kind), f"controls.{kind}"
        if entry is None:
            continue
        if entry["auc"] is None:
            yield from unscored(entry, place, ("auc", "passed"))
            if not _may_be_left_out(document, kind):
                yield place, _ANYBODY_CAN
            continue
        yield from compared(None, entry["reason"], f"{place}.reason")
        judged[kind] = ControlResult(Estimate(**entry["auc"]), entry["passed"])
        if kind == "planted-positive":
            yield from compared(entry["auc"]["value"] >= LEAST_PLANTED, entry["passed"], f"{place}.passed")
        elif entry["passed"] is None:
            yield f"{place}.passed", "expected whether the control came out as it must, found null"
    yield from _status_problems(document, why_invalid(judged))


def evidence_problems(document: Document, arrays: Arrays) -> Iterator[Problem]:
    """Yields in what the number of people picked out is not what the ranks among decoys give.

    Args:
        document: The record.
        arrays: Its arrays, without `array_problems`.
    """
    given, at_least = document.get("evidence"), arrays.get("decoys_at_least")
    if given is None or at_least is None:
        if given is not None:
            yield "evidence", "expected the ranks of names among decoys beside it, found no array decoys_at_least"
        elif at_least is not None:
            yield "evidence", "expected how many people the array decoys_at_least picks out, found nothing"
        return
    n_decoys, is_member = given["n_decoys"], arrays["occurrences"] > 0
    if not 0 <= at_least.min() <= at_least.max() <= n_decoys:
        yield "votes.decoys_at_least", f"expected 0 to {n_decoys} decoys, found {at_least.min()} to {at_least.max()}"
        return
    yield from compared(METHOD, given["method"], "evidence.method")
    found = discovered(benjamini_hochberg(p_values_among(at_least, n_decoys)), given["level"])
    expected: dict[str, Any] = {
        role: {"n": int(who.sum()), "discovered": int((found & who).sum())}
        for role, who in (("members", is_member), ("non_members", ~is_member))
    }
    yield from compared(expected, {role: given[role] for role in expected}, "evidence")


def _may_be_left_out(document: Document, kind: ControlKind) -> bool:
    """Whether a reason may stand in place of a control; the others take nothing but the model itself."""
    if kind not in _ALWAYS_RUN:
        return True
    return kind == "permuted-map" and (document["attack"] == _NAMELESS or looks_at_no_photo(document))


def _status_problems(document: Document, failed: str | None) -> Iterator[Problem]:
    """A record may be withdrawn though no control failed, but never stand though one did."""
    status, reason = document["status"], document.get("invalid_because")
    if status == "invalid" and reason is None:
        yield "invalid_because", "expected why the record is invalid, found nothing"
    if status != "invalid" and reason is not None:
        yield "status", f"expected 'invalid', as invalid_because says why; found {status!r}"
    if failed is None:
        return
    if status not in ("invalid", "error"):
        yield "status", f"expected 'invalid', as {failed}; found {status!r}"
    elif failed not in (reason or ""):
        yield "invalid_because", f"expected it to say that {failed}, found {reason!r}"
