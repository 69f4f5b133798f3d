"""The numbers of an attack by names alone, as a record holds them beside its cells."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int

from idia.evaluation import VerdictResult, evaluate_verdicts
from idia.records.cells import NO_ESTIMATE, estimate_document
from idia.statistics import auc, proportion

STRANGERS = "strangers"
"""What the attack is called that holds names against photos of strangers."""

_TUNI = "tuni-"  # how the names of the others begin

_KindOfText = tuple[Bool[np.ndarray, " texts"], Float64[np.ndarray, " texts"]]


def is_text_only(attack: str) -> bool:
    """Returns whether an attack asks by names alone.

    >>> is_text_only("tuni-names"), is_text_only("strangers"), is_text_only("nameless")
    (True, True, False)
    """
    return attack == STRANGERS or attack.startswith(_TUNI)


def text_only_numbers(
    called: Bool[np.ndarray, " people"],
    scores: Float64[np.ndarray, " people"],
    features: Float64[np.ndarray, "people 2"],
    occurrences: Int[np.ndarray, " people"],
    kinds: Mapping[str, _KindOfText],
    *,
    seed: int,
) -> dict[str, Any]:
    """Returns `vote`, `by_kind` and `features` of a record.

    Args:
        called: Whom so many detectors call abnormal that the person is called a member `[people]`.
        scores: How abnormal each person is `[people]`.
        features: Similarity and dispersion `[people, 2]`.
        occurrences: Image–text pairs of each person in the training data `[people]`.
        kinds: Which never-trained texts are called so, and how abnormal they are `[texts]`, by their kind.
        seed: Keys the bootstrap.

    Raises:
        DatasetError: There are only members or only non-members.
    """
    is_member = occurrences > 0
    similarity, dispersion = features[:, 0], features[:, 1]
    return {
        "vote": vote_document(evaluate_verdicts(called, occurrences)),
        "by_kind": [
            {
                "kind": kind,
                **rate_of_kind(len(texts), int(said.sum())),
                "auc": estimate_document(auc(scores[is_member], texts, seed=seed)),
            }
            for kind, (said, texts) in kinds.items()
        ],
        # Where names of members lead to the same image again and again, dispersion is low.
        "features": {
            name: {"auc": estimate_document(auc(values[is_member], values[~is_member], seed=seed))}
            for name, values in (("similarity", similarity), ("dispersion", -dispersion))
        },
    }


def vote_document(result: VerdictResult) -> dict[str, Any]:
    """Returns verdicts as a record holds them."""
    return {
        "members": {"n": result.members, "called": result.members_called},
        "non_members": {"n": result.non_members, "called": result.non_members_called},
        "recall": estimate_document(result.recall),
        "fpr": estimate_document(result.fpr),
        "precision": {**NO_ESTIMATE} if result.precision is None else estimate_document(result.precision),
        "accuracy": estimate_document(result.accuracy),
    }


def rate_of_kind(n: int, called: int) -> dict[str, Any]:
    """Returns how many texts of a kind are called members' names, as a record holds it.

    Args:
        n: How many texts there are.
        called: How many of them are called so.
    """
    return {"n": n, "called": called, "fpr": estimate_document(proportion(called, n))}
