"""Scores of the same people beside those of the attack: under controls, and by blind guesses."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64

from idia.records import Document
from idia.records.order import order_sha256, synthetic_key
from idia.verification.arrays import Arrays
from idia.verification.mismatches import Problem

TELLS_WHOSE = "expected none of people who exist: it would tell whose a row is"


def is_of_nobody(document: Document) -> bool:
    """Returns whether the people do not exist: then the order of their rows is no secret, and all is published."""
    people = document["people"]
    return bool(people.get("order_sha256") == order_sha256(people["manifest_sha256"], synthetic_key()))


def scores_beside(arrays: Arrays, what: str, name: str) -> Float64[np.ndarray, " people"] | None:
    """Returns the scores under a control or by a blind guess `[people]`; None if there are none.

    Args:
        arrays: A record's arrays.
        what: `control` or `blind`.
        name: Which of them, as the record calls it.
    """
    scores = arrays.get(f"{what}_{name}".replace("-", "_"))
    return None if scores is None else scores.astype(np.float64)


def unscored(entry: Document | None, place: str, keys: tuple[str, ...]) -> Iterator[Problem]:
    """Yields what a record says of scores that are not there: it may say why there are none, and nothing else.

    Args:
        entry: What it says of them; None if nothing.
        place: Where.
        keys: What it must not say.
    """
    for key in keys:
        if entry is not None and entry[key] is not None:
            yield f"{place}.{key}", "expected null: there are no scores to recompute it from"
    if entry is not None and entry["reason"] is None:
        yield f"{place}.reason", "expected why there are no scores, found null"
