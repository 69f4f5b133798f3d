"""Predictions that can be published: they recompute every vote, and say nothing about who or which photo was meant."""

import hashlib
from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt16

from idia.attacks.predictions import NamePredictions
from idia.errors import ShapeError


def anonymised(predictions: NamePredictions) -> NamePredictions:
    """Returns the same predictions without names, in no order of photos, their draws keyed by nothing but themselves.

    Drawing photos by a public key of names and photos would undo every pseudonym: whoever has the photos could repeat
    the draws of each candidate and look for the row they fit. Keyed by the published table itself, draws are as
    random, can be repeated by everybody, and tell nothing that the table does not.

    Raises:
        ShapeError: Somebody was given more than 65,534 different names.
    """
    tables = [
        _relabelled(table, int(target))
        for table, target in zip(predictions.predicted, predictions.targets, strict=True)
    ]
    return keyed_by_content(tables, near_tie_rate=predictions.near_tie_rate, backend=predictions.backend)


def keyed_by_content(
    codes: Sequence[UInt16[np.ndarray, "photos prompts"]], *, near_tie_rate: float = float("nan"), backend: str = ""
) -> NamePredictions:
    """Returns the predictions of published tables, in which 0 is the person's own name.

    People with equal tables have equal draws.

    Args:
        codes: One table `[photos, prompts]` per person, as a record's votes hold them.
        near_tie_rate: Fraction of predictions that float32 arithmetic could have turned.
        backend: Who compared photos with names.
    """
    return NamePredictions(
        predicted=[table.astype(np.int64) for table in codes],
        targets=np.zeros(len(codes), dtype=np.int64),
        n_names=1 + max(int(table.max()) for table in codes),
        person_ids=tuple(_content_key(table) for table in codes),
        photo_ids=tuple(tuple(map(str, range(len(table)))) for table in codes),
        near_tie_rate=near_tie_rate,
        backend=backend,
    )


def _relabelled(table: np.ndarray, target: int) -> UInt16[np.ndarray, "photos prompts"]:
    """The table with 0 for the own name, other names in the order of the candidates, its rows in order of content.

    Nothing of the order of the photos is left: the same photos under other file names give the same table.
    """
    names, inverse = np.unique(table, return_inverse=True)
    if len(names) >= np.iinfo(np.uint16).max:
        raise ShapeError(f"expected at most 65,534 different names per person, got {len(names)}.")
    number = 1 + np.arange(len(names)) - (names > target) * (target in names)
    number[names == target] = 0
    codes = number.astype(np.uint16)[inverse].reshape(table.shape)
    return codes[np.lexsort(codes.T[::-1])]


def _content_key(table: UInt16[np.ndarray, "photos prompts"]) -> str:
    content = np.ascontiguousarray(table, dtype="<u2").tobytes()
    return hashlib.sha256(f"{table.shape}".encode() + content).hexdigest()
