"""Logistic regression as a judge of people."""

from contextlib import AbstractContextManager
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64

from idia.blind.crossvalidation import Judge


def logistic(features: Any, is_member: Bool[np.ndarray, " people"], *, strength: float) -> Judge:
    """Returns a judge who weighs features.

    Members and non-members count alike, however many of either there are: otherwise a fold with a member more than
    another one would be judged by somebody who has seen a member less.

    Args:
        features: Of everybody `[people, features]`, an array or a sparse matrix, on scales that can be compared.
        is_member: Who is a member `[people]`.
        strength: How freely weights may grow; scikit-learn's C.
    """
    from sklearn.linear_model import LogisticRegression  # a second's import

    def judge(
        others: Int64[np.ndarray, " others"], judged: Int64[np.ndarray, " judged"]
    ) -> Float64[np.ndarray, " judged"]:
        regression = LogisticRegression(C=strength, class_weight="balanced", max_iter=10_000)
        with on_one_core():
            regression.fit(features[others], is_member[others])
        scores: Float64[np.ndarray, " judged"] = regression.decision_function(features[judged])
        return scores

    return judge


def standardised(values: Float64[np.ndarray, "people features"]) -> Float64[np.ndarray, "people features"]:
    """Returns features of mean 0 and deviation 1 over people; what is the same for everybody becomes 0.

    What is not a number is unknown, and becomes the mean.
    """
    known = np.isfinite(values)
    n_known = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, values - np.where(known, values, 0.0).sum(axis=0) / n_known, 0.0)
    deviation = np.sqrt((centred**2).sum(axis=0) / n_known)
    varies = deviation > 1e-9 * np.abs(np.where(known, values, 0.0)).max(axis=0, initial=1e-300)
    result: Float64[np.ndarray, "people features"] = np.where(varies, centred / np.where(varies, deviation, 1.0), 0.0)
    return result


def on_one_core() -> AbstractContextManager[object]:
    """Returns what keeps products of small matrices on one core: split between cores, they cost ten times as much."""
    limits: AbstractContextManager[object] = _libraries().limit(limits=1, user_api="blas")
    return limits


@cache
def _libraries() -> Any:
    import_module("scipy.linalg")  # brings a library of its own, which must be there to be found
    from threadpoolctl import ThreadpoolController  # scikit-learn brings it

    return ThreadpoolController()
