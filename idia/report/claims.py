"""What may be claimed from a record, in words: what is found at few false positives, and whether that is a leak."""

from collections.abc import Sequence

from idia.records import Document
from idia.report.text_only import judges_some
from idia.report.wording import UNKNOWN, fraction, interval

FALSE_POSITIVE_RATES = (0.1, 0.01, 0.001)
"""At which the boards say what is found."""

BLIND = "not distinguishable from a blind guess"
"""The verdict on an attack whose area does not certainly exceed that of the best blind guess."""

LEAKS = "leaks"

CONTROL_KINDS = ("permuted-map", "random-weights", "clean-model", "planted-positive")
"""The controls of a run, in the order they are shown."""

_FAILED, _PASSED, _NOT_RUN = "failed", "passed", "not run"


def percent(rate: float) -> str:
    """Returns a fraction as a percentage: `10 %`, `0.1 %`."""
    return f"{100 * rate:g} %"


def at_fpr(cell: Document, rate: float) -> Document | None:
    """Returns the TPR at a false-positive rate; None where the non-members cannot resolve it, or it was not asked."""
    point = _point(cell, rate)
    tpr: Document | None = None if point is None else point["tpr"]
    return tpr


def at_fpr_words(cell: Document, rate: float) -> str:
    """Returns the TPR at a false-positive rate with its interval, or how finely the non-members resolve such rates."""
    point = _point(cell, rate)
    if point is None:
        return UNKNOWN
    return f"{UNKNOWN}, {resolution_words(cell)}" if point["tpr"] is None else interval(point["tpr"])


def resolution_words(cell: Document) -> str:
    """Returns the smallest false-positive rate above 0 that the non-members can show."""
    return f"resolution 1/{cell['non_members']:,}"


def spared_words(cell: Document) -> str:
    """Returns the TPR at the lowest threshold that calls no non-member a member."""
    spared = cell.get("no_false_positives")
    return UNKNOWN if spared is None else interval(spared["tpr"])


def verdict(document: Document) -> str | None:
    """Returns `leaks`, or that the attack is not distinguishable from a blind guess; None where that is not known.

    Nor is it where some of the attacked people, members among them, are what the others are judged by.
    """
    blind = document.get("blind")
    return None if blind is None or blind["verdict"] == UNKNOWN or judges_some(document) else str(blind["verdict"])


def best_blind(document: Document) -> tuple[str, Document] | None:
    """Returns the name and the area of the best blind guess; None where none was made."""
    blind = document.get("blind")
    if blind is None or blind["best"] is None:
        return None
    auc = blind["baselines"][blind["best"]]["auc"]
    return None if auc is None else (blind["best"], auc)


def lead(document: Document) -> Document | None:
    """Returns by how much the attack's area exceeds that of the best blind guess, in pairs over the same people."""
    blind = document.get("blind")
    difference: Document | None = None if blind is None else blind["difference"]
    return difference


def lead_words(difference: Document) -> str:
    """Returns a difference with its sign and its interval: `+0.32 [0.25, 0.39]`."""
    value, low, high = (difference[key] for key in ("value", "low", "high"))
    return f"{_signed(value)} [{_signed(low)}, {_signed(high)}]"


def controls_words(document: Document) -> str:
    """Returns whether the controls of a run passed, or which of them failed."""
    controls = document.get("controls")
    if not controls:
        return UNKNOWN
    failed = [kind for kind in _in_order(controls) if controls[kind]["passed"] is False]
    if failed:
        return f"{_FAILED}: {', '.join(failed)}"
    return _PASSED if any(each["passed"] for each in controls.values()) else _NOT_RUN


def control_words(document: Document, kind: str) -> str:
    """Returns the area of one control of a run, and that it failed if it did."""
    control = (document.get("controls") or {}).get(kind)
    if control is None or control["auc"] is None:
        return _NOT_RUN
    return interval(control["auc"]) + ("" if control["passed"] else f" **{_FAILED}**")


def evidence_words(evidence: Document) -> str:
    """Returns for how many people there is evidence of association, in a sentence without its full stop."""
    members, others = evidence["members"], evidence["non_members"]
    return (
        f"evidence of association for {members['discovered']:,} of {members['n']:,} members, {others['discovered']:,} "
        f"of {others['n']:,} non-members, at a false discovery rate of {percent(evidence['level'])}"
    )


def precision_at(document: Document, prior: float) -> Document | None:
    """Returns how many of those called members are members, if so many of the people are; None where unknown."""
    given = (each for each in document.get("precision", ()) if each["prior"] == prior)
    found: Document | None = next((each["precision"] for each in given), None)
    return found


def _point(cell: Document, rate: float) -> Document | None:
    points: Sequence[Document] = cell.get("operating_points", ())
    return next((point for point in points if abs(point["fpr"] - rate) < 1e-9), None)


def _in_order(controls: Document) -> list[str]:
    return [kind for kind in CONTROL_KINDS if kind in controls]


def _signed(value: float) -> str:
    return f"{'−' if value < 0 and fraction(-value) != '0.00' else '+'}{fraction(abs(value))}"
