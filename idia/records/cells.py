"""Measured cells as JSON: the numbers of a record."""

from dataclasses import asdict
from typing import Any

from idia.evaluation import AttackResult, Cell, OccurrenceBin
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
        "tpr": estimate_document(cell.tpr),
        "fpr": estimate_document(cell.fpr),
        "auc": estimate_document(cell.auc),
        "accuracy": rounded(cell.accuracy),
    }


def trend_document(result: AttackResult) -> dict[str, Any] | None:
    """Returns the trend of the TPR over training occurrences as a record holds it; None where it was not tested."""
    if result.trend is None:
        return None
    bins = {OccurrenceBin.parsed(cell.occurrences) for cell in result.cells if cell.occurrences != "all"}
    return {
        "p": float(f"{result.trend.p:.9g}"),  # digits that count, since it may be far below any fixed decimal
        "method": result.trend.method,
        "bins": [str(each) for each in sorted(bins)],
        "n": result.trend.n,
    }


def estimate_document(estimate: Estimate) -> dict[str, Any]:
    """Returns an estimate as a record holds it."""
    return {name: rounded(value) if isinstance(value, float) else value for name, value in asdict(estimate).items()}


def rounded(value: float) -> float:
    """Returns the number without its last bits, which differ between processors and would turn nothing into a diff."""
    return round(value, 12)
