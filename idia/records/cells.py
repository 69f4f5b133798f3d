"""Measured cells as JSON: the numbers of a record."""

from dataclasses import asdict
from typing import Any

from idia.evaluation import AttackResult, Cell, Curve, OccurrenceBin, ScoreCell, ScoreResult
from idia.statistics import Difference, Estimate, Unresolved

NO_ESTIMATE: dict[str, Any] = {"value": None, "low": None, "high": None, "method": "n/a", "n": 0}


def cell_document(cell: Cell | ScoreCell, *, with_curve: bool = True) -> dict[str, Any]:
    """Returns a cell as a record holds it: counts are people, averaged over draws; rates are fractions.

    Args:
        cell: What was measured.
        with_curve: Whether to say what is found at low false-positive rates, which is the same at every threshold.
    """
    placed: dict[str, Any] = {"n_photos": cell.n_photos, "occurrences": cell.occurrences}
    placed |= {"group": cell.group} if cell.group else {}
    auc = estimate_document(cell.auc)
    people = {"members": cell.members, "non_members": cell.non_members}
    curve = _curve_document(cell.curve) if with_curve else {}
    if isinstance(cell, ScoreCell):
        uncounted = {"counts": None, "counts_sd": None, "tpr": NO_ESTIMATE, "fpr": NO_ESTIMATE}
        return placed | {"tau": None} | people | uncounted | {"auc": auc, "accuracy": None} | curve
    return (
        placed
        | {"tau": cell.tau}
        | people
        | {
            "counts": {
                "tp": rounded(cell.true_positives),
                "fp": rounded(cell.false_positives),
                "fn": rounded(cell.members - cell.true_positives),
                "tn": rounded(cell.non_members - cell.false_positives),
            },
            "counts_sd": {"tp": rounded(cell.true_positives_sd), "fp": rounded(cell.false_positives_sd)},
            "tpr": estimate_document(cell.tpr),
            "fpr": estimate_document(cell.fpr),
            "auc": auc,
            "accuracy": rounded(cell.accuracy),
        }
        | curve
    )


def result_document(result: AttackResult | ScoreResult) -> dict[str, Any]:
    """Returns the numbers of an attack as a record holds them."""
    sweep, trend = ((), None) if isinstance(result, ScoreResult) else (result.threshold_sweep, trend_document(result))
    groups = {"groups": [cell_document(cell) for cell in result.groups]} if result.groups else {}
    return {
        "cells": [cell_document(cell) for cell in result.cells],
        "threshold_sweep": [cell_document(cell, with_curve=False) for cell in sweep],
        "trend": trend,
        **groups,
        "precision": [
            {"prior": each.prior, "at": each.at, "precision": each.precision and estimate_document(each.precision)}
            for each in result.precision
        ],
    }


def trend_document(result: AttackResult) -> dict[str, Any] | None:
    """Returns the trend of the TPR over training occurrences as a record holds it; None where it was not tested."""
    if result.trend is None:
        return None
    bins = {OccurrenceBin.parsed(cell.occurrences) for cell in result.cells if cell.occurrences != "all"}
    return {
        "p": significant(result.trend.p),
        "method": result.trend.method,
        "bins": [str(each) for each in sorted(bins)],
        "n": result.trend.n,
    }


def estimate_document(estimate: Estimate) -> dict[str, Any]:
    """Returns an estimate as a record holds it."""
    return {name: rounded(value) if isinstance(value, float) else value for name, value in asdict(estimate).items()}


def difference_document(difference: Difference) -> dict[str, Any]:
    """Returns a paired difference as a record holds it."""
    numbers = {key: rounded(getattr(difference, key)) for key in ("value", "low", "high")}
    return numbers | {"p": significant(difference.p), "method": difference.method, "n": difference.n}


def rounded(value: float) -> float:
    """Returns the number without its last bits, which differ between processors and would turn nothing into a diff."""
    return round(value, 12)


def significant(value: float) -> float:
    """Returns the number with the digits that count, since it may be far below any fixed decimal."""
    return float(f"{value:.9g}")


def _curve_document(curve: Curve) -> dict[str, Any]:
    spared = curve.no_false_positives
    if spared is None:
        return {}
    points: list[dict[str, Any]] = []
    for point in curve.operating_points:
        if isinstance(point.tpr, Unresolved):
            points.append({"fpr": point.fpr, "tpr": None, "needed": point.tpr.needed})
        else:
            points.append({"fpr": point.fpr, "tpr": estimate_document(point.tpr), "needed": None})
    return {
        "operating_points": points,
        "no_false_positives": {"tpr": estimate_document(spared.tpr), "fpr": estimate_document(spared.fpr)},
    }
