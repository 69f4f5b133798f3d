"""The points of ROC curves that figures and tables show, from the scores beside the records."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int

from idia.records import StoredRecord, headline_scores, load_votes
from idia.report.claims import best_blind


@dataclass(frozen=True, eq=False, slots=True)
class CurvePoints:
    """The points of a ROC curve that no other lies above: at each, some more members are found than before.

    Attributes:
        label: Whose curve it is.
        thresholds: Falling `[points]`; the first is infinite, where nobody is called a member.
        false_positives: Non-members called members `[points]`, rising.
        true_positives: Members called members `[points]`, rising.
        fpr: Fractions of the non-members `[points]`.
        tpr: Fractions of the members `[points]`.
    """

    label: str
    thresholds: Float64[np.ndarray, " points"]
    false_positives: Int[np.ndarray, " points"]
    true_positives: Int[np.ndarray, " points"]
    fpr: Float64[np.ndarray, " points"]
    tpr: Float64[np.ndarray, " points"]


def attack_points(record: StoredRecord) -> CurvePoints:
    """Returns the curve of a record's headline: at the largest number of photos, those of the first draw.

    Raises:
        RecordError: The scores cannot be read.
    """
    scores = headline_scores(record)
    return _points(record.document["attack"], scores.values, scores.is_member)


def blind_points(record: StoredRecord) -> CurvePoints | None:
    """Returns the curve of the best blind guess; None where none was made, or its scores were not kept.

    Raises:
        RecordError: The scores cannot be read.
    """
    best = best_blind(record.document)
    if best is None or record.votes_path is None:
        return None
    votes = load_votes(record.votes_path)
    scores = votes.get(f"blind_{best[0].replace('-', '_')}")
    return None if scores is None else _points(best[0], scores.astype(np.float64), votes["occurrences"] > 0)


def _points(label: str, scores: np.ndarray, is_member: np.ndarray) -> CurvePoints:
    from idia.statistics import roc_curve  # needs scipy

    curve = roc_curve(scores[is_member], scores[~is_member])
    # The last of those with as many false positives finds most; what finds nobody more adds nothing.
    is_last = np.append(np.diff(curve.false_positives) > 0, True)
    found = np.where(is_last, curve.true_positives, -1)
    is_better = found > np.append(-1, np.maximum.accumulate(found)[:-1])
    kept = np.flatnonzero(is_better)
    return CurvePoints(
        label,
        curve.thresholds[kept],
        curve.false_positives[kept],
        curve.true_positives[kept],
        curve.fpr[kept],
        curve.tpr[kept],
    )
