"""Whom one may point at: p-values against decoy names, and how many false ones are among those picked out."""

import math

import numpy as np
from jaxtyping import Bool, Float64, Int, Num

from idia.errors import SettingError, ShapeError
from idia.statistics.checks import checked_fraction, checked_scores, fewest_for


def randomisation_p_values(
    scores: Num[np.ndarray, " people"], decoy_scores: Num[np.ndarray, "people decoys"]
) -> Float64[np.ndarray, " people"]:
    """Returns how likely each person's true name would score so high, were it but one more decoy `[people]`.

    This is (1 + decoys that score at least as high) / (1 + decoys): above 0, as the true name is itself one of the
    names that chance might have picked; and a tie counts against the finding.

    Args:
        scores: The score of each person's true name `[people]`.
        decoy_scores: The scores of other names for the same person `[people, decoys]`.

    Raises:
        ShapeError: There is not one finite score per person, or not one and the same number of decoys for each.

    Source:
        Phipson, Smyth, "Permutation p-values should never be zero: calculating exact p-values when permutations are
        randomly drawn", Statistical Applications in Genetics and Molecular Biology 9 (2010).

    >>> randomisation_p_values(np.array([5, 5]), np.array([[1, 2, 3, 4], [5, 2, 3, 9]])).tolist()
    [0.2, 0.6]
    """
    own, decoys = checked_scores(scores, "people"), np.asarray(decoy_scores, dtype=np.float64)
    if decoys.ndim != 2 or len(decoys) != len(own) or not decoys.shape[1]:
        raise ShapeError(
            f"expected the scores of one or more decoys for each of {len(own)} people, got shape {decoys.shape}. Pass "
            "[people, decoys]."
        )
    if not np.isfinite(decoys).all():
        raise ShapeError(
            f"expected finite scores of decoys, got {decoys[~np.isfinite(decoys)][0]} among {decoys.size}. Leave that "
            "decoy out for everybody."
        )
    return p_values_among((decoys >= own[:, None]).sum(axis=1), decoys.shape[1])


def p_values_among(at_least: Int[np.ndarray, " people"], n_decoys: int) -> Float64[np.ndarray, " people"]:
    """Returns the same from how many decoys score at least as high as the true name `[people]`.

    Args:
        at_least: So many of the decoys do `[people]`.
        n_decoys: How many decoys there are.

    Raises:
        ShapeError: There are no decoys, or a person's number of them is not a whole number from 0 to all of them.

    >>> p_values_among(np.array([0, 3]), 9).tolist()
    [0.1, 0.4]
    """
    counts = np.asarray(at_least)
    if n_decoys < 1 or counts.ndim != 1 or not len(counts) or not np.issubdtype(counts.dtype, np.integer):
        raise ShapeError(
            "expected one or more decoys and, of one or more people, how many of them score at least as high as the "
            f"true name, got {n_decoys} decoys and {counts.dtype} of shape {counts.shape}."
        )
    if counts.min() < 0 or counts.max() > n_decoys:
        raise ShapeError(f"expected 0 to {n_decoys} decoys to score so high, got {counts.min()} to {counts.max()}.")
    p_values: Float64[np.ndarray, " people"] = (1 + counts) / (1 + n_decoys)
    return p_values


def benjamini_hochberg(p_values: Num[np.ndarray, " people"]) -> Float64[np.ndarray, " people"]:
    """Returns the smallest false discovery rate at which each person is picked out `[people]`.

    Whoever has a value of at most q is picked out at the rate q: then, on average, at most the fraction q of those
    picked out is so by chance. This holds for p-values that are independent, or positively dependent.

    Raises:
        ShapeError: There is not one p-value in (0, 1] per person.

    Source:
        Benjamini, Hochberg, "Controlling the false discovery rate: a practical and powerful approach to multiple
        testing", Journal of the Royal Statistical Society B 57 (1995).

    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.5])).tolist()
    [0.04, 0.05333333333333334, 0.05333333333333334, 0.5]
    """
    return _stepped_up(p_values, 1.0)


def benjamini_yekutieli(p_values: Num[np.ndarray, " people"]) -> Float64[np.ndarray, " people"]:
    """Returns the same as `benjamini_hochberg` for p-values that depend on each other in any way, at a price.

    The price is the factor 1 + 1/2 + ... + 1/n. Scores against the same decoys depend on each other.

    Raises:
        ShapeError: There is not one p-value in (0, 1] per person.

    Source:
        Benjamini, Yekutieli, "The control of the false discovery rate in multiple testing under dependency", Annals of
        Statistics 29 (2001).
    """
    return _stepped_up(p_values, math.fsum(1 / rank for rank in range(1, np.size(p_values) + 1)))


def discovered(q_values: Float64[np.ndarray, " people"], level: float) -> Bool[np.ndarray, " people"]:
    """Returns who is picked out at a false discovery rate `[people]`.

    Raises:
        SettingError: The rate is not between 0 and 1.
    """
    # A p-value of level / n times n may miss the level by rounding.
    allowed = checked_fraction(level, "a false discovery rate") * (1 + 1e-12)
    picked: Bool[np.ndarray, " people"] = np.asarray(q_values) <= allowed
    return picked


def decoys_needed(n_people: int, level: float) -> int:
    """Returns how many decoys it takes for one person alone to be picked out among n.

    The smallest p-value is 1 / (1 + decoys), and Benjamini and Hochberg compare the smallest one with level / n. With
    fewer decoys people are found only in company: k people with the smallest p-value need a k-th of them.

    Raises:
        SettingError: There are no people, or the rate is not between 0 and 1.

    >>> decoys_needed(79, 0.05)
    1579
    """
    checked_fraction(level, "a false discovery rate")
    if n_people < 1:
        raise SettingError(f"expected one or more people, got {n_people}. Say how many are audited.")
    return fewest_for(n_people, level) - 1


def _stepped_up(p_values: Num[np.ndarray, " people"], factor: float) -> Float64[np.ndarray, " people"]:
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not len(p) or not ((p > 0) & (p <= 1)).all():
        raise ShapeError(
            f"expected one p-value in (0, 1] for each of one or more people, got shape {p.shape} with values "
            f"{p[~((p > 0) & (p <= 1))][:3].tolist()}. Take them from randomisation_p_values, which never is 0."
        )
    falling = np.argsort(-p, kind="stable")
    stepped = np.minimum.accumulate(p[falling] * (factor * len(p)) / np.arange(len(p), 0, -1))
    q_values = np.empty_like(p)
    q_values[falling] = np.minimum(stepped, 1.0)
    return q_values
