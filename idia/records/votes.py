"""The votes beside a record: arrays under pseudonyms, from which anybody can recompute every rate."""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from idia.errors import RecordError

VOTE_ARRAYS = ("pseudonyms", "occurrences", "n_photos", "photo_offsets", "codes", "sizes", "scores")
"""The arrays of a votes file, all along the same people:

* `pseudonyms` `[people]`: `p` and a number;
* `occurrences` `[people]`: image–text pairs in the training data, 0 for a non-member; of people who exist, the least
  count of the bin that they are reported in;
* `n_photos` `[people]` and `photo_offsets` `[people + 1]`: whose photos the rows of `codes` are;
* `codes` `[photos, prompts]`: 0 where the own name was predicted, otherwise a number for another name that means
  nothing across people;
* `sizes` `[sizes]`: photos per person, as numbers or words;
* `scores` `[people, sizes, draws]`: prompts won, the membership scores, of the first `MOST_DRAWS` draws.
"""

SCORE_ARRAYS = ("pseudonyms", "occurrences", "n_photos", "sizes", "scores")
"""The arrays of an attack with a continuous score: the same, but `scores` are real numbers, of one draw."""

BESIDE = {
    "groups": "iu",
    "control_permuted_map": "iuf",
    "control_random_weights": "iuf",
    "control_clean_model": "iuf",
    "control_planted_positive": "iuf",
    "blind_name": "iuf",
    "blind_image": "iuf",
    "blind_metadata": "iuf",
    "blind_other_model": "iuf",
    "decoys_at_least": "iu",
}
"""Arrays `[people]` that either may hold, and the kinds of their numbers: which group of the membership table somebody
is of (0 for none, then the record's `groups` in their order); scores of the same people under each control and by each
blind baseline; how many decoy names are at least as close to somebody's photos as the own name."""

REPEATABLE = frozenset(
    {
        "control_random_weights",
        "control_clean_model",
        "blind_name",
        "blind_image",
        "blind_metadata",
        "blind_other_model",
    }
)
"""Which of them follow from names, photos and truth without the model under audit. Whoever has those can repeat them,
and would recognise everybody's row: of people who exist they are not published."""

TEXT_ONLY_ARRAYS = {
    "detector_votes": "iu",
    "features": "f",
    "reference_features": "f",
    "kind_of_text": "iu",
    "kind_features": "f",
    "kind_votes": "iu",
    "kind_scores": "f",
}
"""Arrays of an attack by names alone, all of them or none, and the kinds of their numbers:

* `detector_votes` `[people, detectors]`: 1 where a detector calls somebody's name abnormal, otherwise 0;
* `features` `[people, 2]`: similarity and dispersion of everybody's name;
* `reference_features` `[references, 2]`: those of the texts that detectors were fitted on;
* `kind_of_text` `[texts]`: which entry of the record's `by_kind` each never-trained text belongs to;
* `kind_features` `[texts, 2]`, `kind_votes` `[texts, detectors]`, `kind_scores` `[texts]`: what was found of these."""

MOST_DRAWS = 1_000
"""Of how many draws scores are kept. Further ones would weigh megabytes and say nothing new: all of them, and every
rate, follow from `codes` and the record's `sizes`, `draws` and `seed`."""

_PSEUDONYM = re.compile(r"p[0-9]+")
_SIZE = re.compile(r"all|-?[0-9]+")


def encoded_votes(votes: Mapping[str, np.ndarray]) -> bytes:
    """Returns the bytes of a compressed `.npz` file, the same bytes for the same arrays.

    Raises:
        RecordError: Arrays are missing, are not numbers, or hold words other than pseudonyms.
    """
    _check_arrays(votes)
    file = io.BytesIO()
    # numpy gives every member of the archive the same fixed date, so equal arrays are equal bytes.
    arrays: dict[str, Any] = {name: np.asarray(votes[name]) for name in sorted(votes)}
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def load_votes(path: Path) -> dict[str, np.ndarray]:
    """Returns the arrays of a votes file, read without pickle.

    Raises:
        RecordError: The file is missing, damaged or not a votes file.
    """
    try:
        # Opened here, as numpy leaves a damaged file open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            votes = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, TypeError) as error:
        raise RecordError(
            f"cannot read the votes in {path}: {error}. Restore the file, or delete its record and run the "
            "benchmark again."
        ) from error
    _check_arrays(votes)
    return votes


def same_votes(left: Mapping[str, np.ndarray], right: Mapping[str, np.ndarray]) -> bool:
    """Returns whether two sets of votes hold the same arrays, however their files were compressed."""
    return left.keys() == right.keys() and all(
        np.asarray(left[name]).dtype == np.asarray(right[name]).dtype and np.array_equal(left[name], right[name])
        for name in left
    )


def _check_arrays(votes: Mapping[str, np.ndarray]) -> None:
    given = set(votes) - set(BESIDE)
    if given not in (set(VOTE_ARRAYS), set(SCORE_ARRAYS), {*SCORE_ARRAYS, *TEXT_ONLY_ARRAYS}):
        raise RecordError(
            f"votes must hold exactly the arrays {', '.join(VOTE_ARRAYS)}, or of an attack with a continuous score "
            f"{', '.join(SCORE_ARRAYS)}, of one by names alone also {', '.join(TEXT_ONLY_ARRAYS)}; beside them "
            f"{', '.join(BESIDE)}; got {', '.join(sorted(votes)) or 'none'}."
        )
    has_threshold = "codes" in votes
    for name in votes:
        _check_content(name, np.asarray(votes[name]), has_threshold=has_threshold)
    n_people = votes["pseudonyms"].size
    shapes: dict[str, tuple[int | str, ...]] = {
        "pseudonyms": (n_people,),
        "occurrences": (n_people,),
        "n_photos": (n_people,),
        "photo_offsets": (n_people + 1,),
        "codes": (int(votes["n_photos"].sum()), "prompts"),
        "sizes": ("sizes",),
        "scores": (n_people, votes["sizes"].size, "draws"),
        **dict.fromkeys(BESIDE, (n_people,)),
        **(_text_only_shapes(votes, n_people) if "features" in votes else {}),
    }
    for name, array in votes.items():
        expected, got = shapes[name], array.shape
        if len(got) != len(expected) or any(isinstance(n, int) and n != m for n, m in zip(expected, got, strict=True)):
            raise RecordError(f"the votes' array {name!r} must have shape {list(expected)}, got {list(got)}.")


def _text_only_shapes(votes: Mapping[str, np.ndarray], n_people: int) -> dict[str, tuple[int | str, ...]]:
    n_texts, n_detectors = votes["kind_of_text"].size, votes["detector_votes"].shape[-1:]
    return {
        "detector_votes": (n_people, "detectors"),
        "features": (n_people, 2),
        "reference_features": ("references", 2),
        "kind_of_text": (n_texts,),
        "kind_features": (n_texts, 2),
        "kind_votes": (n_texts, *n_detectors),
        "kind_scores": (n_texts,),
    }


def _check_content(name: str, array: np.ndarray, *, has_threshold: bool) -> None:
    """Raises unless the array holds numbers of its kind, or words that cannot be a name."""
    kinds = {**BESIDE, **TEXT_ONLY_ARRAYS}.get(name, "f" if name == "scores" and not has_threshold else "iu")
    if array.dtype.kind in kinds and name != "pseudonyms":
        if not np.isfinite(array).all():
            raise RecordError(f"the votes' array {name!r} must hold finite numbers, and some are not.")
        return
    words = {"pseudonyms": _PSEUDONYM, "sizes": _SIZE}.get(name)
    if words is None:
        expected = "whole numbers" if kinds == "iu" else "numbers"
        raise RecordError(f"the votes' array {name!r} must hold {expected}, got dtype {array.dtype}.")
    if array.dtype.kind != "U" or not all(words.fullmatch(str(word)) for word in array.ravel()):
        # The words are not shown: they may be the names that must not be written anywhere.
        raise RecordError(
            f"the votes' array {name!r} must hold words of the form {words.pattern}. Names of people never belong in "
            "results: use pseudonyms such as p000."
        )
