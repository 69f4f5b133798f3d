"""Measured cells as JSON: the numbers of a record."""

from dataclasses import asdict
from typing import Any

from idia.evaluation import Cell
from idia.statistics import Estimate


def cell_document(cell: Cell) -> dict[str, Any]:
    """Returns a cell as a record holds it: counts are people, averaged over draws; rates are fractions."""
    return {
        "n_photos": cell.n_photos,
        "occurrences": cell.occurrences,
        "tau": cell.tau,
        "members": cell.members,
        "non_members": cell.non_members,
        "counts": {
            "tp": rounded(cell.true_positives),
            "fp": rounded(cell.false_positives),
            "fn": rounded(cell.members - cell.true_positives),
            "tn": rounded(cell.non_members - cell.false_positives),
        },
        "counts_sd": {"tp": rounded(cell.true_positives_sd), "fp": rounded(cell.false_positives_sd)},
        "tpr": _estimate(cell.tpr),
        "fpr": _estimate(cell.fpr),
        "auc": _estimate(cell.auc),
        "accuracy": rounded(cell.accuracy),
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {name: rounded(value) if isinstance(value, float) else value for name, value in asdict(estimate).items()}


def rounded(value: float) -> float:
    """Returns the number without its last bits, which differ between processors and would turn nothing into a diff."""
    return round(value, 12)
