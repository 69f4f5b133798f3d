"""Single numbers out of records, or the sentence that says why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from idia.gates.measured import headline_cells
from idia.records import Document

_WORDS = {"tpr": "TPR", "fpr": "FPR", "auc": "AUC"}
_UNITS = {"tpr": "members", "fpr": "non-members"}


@dataclass(frozen=True, eq=False, slots=True)
class Reading:
    """A measured number.

    Attributes:
        label: What it is, as `calibrated TPR at FPR 0.01` or `captions rank@1`.
        value: The number, a fraction.
        low: Lower end of its 95 % interval.
        high: Upper end of its 95 % interval.
        n: On how many it rests.
        unit: On how many of what.
        is_share: Whether it is a plain share of these.
        asked: The hash of the task, of utility; otherwise empty.
        answers: Which photos were answered rightly `[photos]`; None where that was not recorded.
    """

    label: str
    value: float
    low: float
    high: float
    n: int
    unit: str
    is_share: bool
    asked: str = ""
    answers: Bool[np.ndarray, " photos"] | None = None


def leak(document: Document, metric: str) -> Reading | str:
    """Returns a metric of an attack at the largest number of photos, over all members; or why there is none.

    Args:
        document: The record.
        metric: One of `idia.gates.limits.LEAKS`.
    """
    attack = document["attack"]
    cell = next((cell for cell in headline_cells(document) if cell["occurrences"] == "all"), None)
    if cell is None:
        return "nothing was measured over all members"
    if not cell["members"] or not cell["non_members"]:
        return f"there are {cell['members']} members and {cell['non_members']} non-members, and it takes some of both"
    name, _, rate = metric.partition("@")
    label = " ".join(filter(None, [attack if attack != "idia" else "", _WORDS[name], rate and f"at FPR {rate}"]))
    if not rate:
        estimate = cell[metric]
        if estimate["value"] is None:
            return f"{attack} has no threshold, and so no {label}; ask for {attack}/tpr@0.01 or {attack}/auc"
    else:
        point = next((each for each in cell.get("operating_points", ()) if each["fpr"] == float(rate)), None)
        if point is None:
            return f"the record has no {label}: it was made before that was measured"
        if point["tpr"] is None:
            return (
                f"{label} is n/a, resolution 1/{cell['non_members']}: it takes {point['needed']:,} non-members, and "
                f"there are {cell['non_members']:,}"
            )
        estimate = point["tpr"]
    return _reading(label, estimate, _UNITS.get(metric, "people"), is_share=metric in _UNITS)


def unfit_because(document: Document) -> str | None:
    """Returns why no number in the record of an attack counts; None where they do."""
    attack, status = document["attack"], document["status"]
    if status == "ok":
        return None
    if status == "invalid":
        because = document.get("invalid_because") or "it says that its numbers mean nothing"
        return f"the record of {attack} is invalid: {because}. Find out why before believing any number"
    if status == "error":
        return f"{attack} did not finish, and its record says so. Run it again"
    return f"the record of {attack} is {status}: not everything was measured. Run it again"


def usefulness(documents: Sequence[Document], wanted: str) -> list[Reading] | str:
    """Returns what a model is good for; or why nothing is known.

    Args:
        documents: Records of utility.
        wanted: A task, a metric or both, as `captions rank@1`; every one of them where it is empty.
    """
    found: list[Reading] = []
    there: list[str] = []
    for document in documents:
        asked = {task["name"]: task["sha256"] for task in document["data"]["tasks"]}
        for score in document["scores"]:
            task, metric, estimate = score["task"], score["metric"], score["estimate"]
            label = f"{task} {metric}"
            there.append(label)
            if wanted in ("", label, task, metric):
                answers = _unpacked(score.get("answers"), estimate["n"])
                found.append(_reading(label, estimate, "photos", is_share=True, asked=asked[task], answers=answers))
    if not there:
        return "no score of utility was recorded"
    return found or f"there is no utility {wanted!r}; there are {', '.join(there)}"


def _reading(
    label: str,
    estimate: Document,
    unit: str,
    *,
    is_share: bool,
    asked: str = "",
    answers: Bool[np.ndarray, " photos"] | None = None,
) -> Reading:
    value, low, high = (float(estimate[key]) for key in ("value", "low", "high"))
    return Reading(label, value, low, high, estimate["n"], unit, is_share, asked, answers)


def _unpacked(bits: str | None, n: int) -> Bool[np.ndarray, " photos"] | None:
    """Right or wrong, photo by photo, from hexadecimal digits of four photos each."""
    if not bits:
        return None
    return np.unpackbits(np.frombuffer(bytes.fromhex(bits), dtype=np.uint8), count=n).astype(bool)
