"""What an attack by names alone found, counted again from the votes of its detectors and the features of texts."""

from collections.abc import Iterator

import numpy as np

from idia.attacks.anomaly import majority
from idia.records import Document, is_text_only, text_only_numbers
from idia.records.text_only import STRANGERS
from idia.records.votes import TEXT_ONLY_ARRAYS
from idia.verification.arrays import Arrays
from idia.verification.beside import TELLS_WHOSE, is_of_nobody
from idia.verification.mismatches import Problem, compared

_ROUNDED = 2e-6  # scores are published to the sixth decimal


def looks_at_no_photo(document: Document) -> bool:
    """Returns whether an attack asked by names alone, so that nobody's photos can stand under another name."""
    inversion = document["protocol"].get("text_only")
    return inversion is not None and inversion["photos"] is None


def repeats_the_release(document: Document) -> bool:
    """Returns whether an attack does what its authors' release does, which judges only some of the people."""
    inversion = document["protocol"].get("text_only")
    return inversion is not None and inversion["mode"] == "release"


def text_only_array_problems(document: Document, arrays: Arrays) -> Iterator[Problem]:
    """Yields why nothing can be recomputed from what only attacks by names alone have.

    Args:
        document: A record of any attack.
        arrays: Its arrays.
    """
    if is_text_only(document["attack"]) != ("features" in arrays):
        there = "none of" if "features" in arrays else "the arrays"
        yield "votes.features", f"of {document['attack']}, expected {there} {', '.join(TEXT_ONLY_ARRAYS)}"
        return
    if "features" not in arrays:
        return
    if not is_of_nobody(document):
        yield "votes", TELLS_WHOSE
    detectors, n_kinds = document["text_only"]["detectors"], len(document["text_only"]["by_kind"])
    for name in ("detector_votes", "kind_votes"):
        yield from compared(len(detectors), arrays[name].shape[1], f"votes.{name}: detectors")
        if not np.isin(arrays[name], (0, 1)).all():
            yield f"votes.{name}", "expected 1 where a detector calls a text abnormal, and 0; found something else"
    if set(arrays["kind_of_text"].tolist()) != set(range(n_kinds)):
        yield "votes.kind_of_text", f"expected texts of each of the record's {n_kinds} kinds, and of no other"


def text_only_problems(document: Document, arrays: Arrays) -> Iterator[Problem]:
    """Yields in what the numbers of an attack by names alone are not those that its arrays give.

    What `strangers` says follows from how near names are, and is said again. What detectors of other libraries say of
    features is taken from the arrays: another version of a library may say something else.

    Args:
        document: A record of any attack.
        arrays: Its arrays, without `array_problems`.

    Raises:
        IdiaError: They give none, such as where there are no members.
    """
    if "features" not in arrays:
        return
    given = document["text_only"]
    if document["attack"] == STRANGERS:
        yield from _said_again(given, arrays)
    yield from compared(len(given["detectors"]) // 2 + 1, given["needed"], "text_only.needed")
    yield from compared(len(arrays["reference_features"]), given["reference"]["n"], "text_only.reference.n")
    votes, kind_votes = (arrays[name].astype(bool) for name in ("detector_votes", "kind_votes"))
    of_kind = [arrays["kind_of_text"] == number for number in range(len(given["by_kind"]))]
    expected = text_only_numbers(
        majority(votes),
        arrays["scores"][:, 0, 0],
        arrays["features"],
        arrays["occurrences"],
        {
            kind["kind"]: (majority(kind_votes[texts]), arrays["kind_scores"][texts])
            for kind, texts in zip(given["by_kind"], of_kind, strict=True)
        },
        seed=document["protocol"]["seed"],
    )
    yield from compared(expected, {key: given[key] for key in expected}, "text_only")


def _said_again(given: Document, arrays: Arrays) -> Iterator[Problem]:
    from idia.attacks.strangers import Nearness, StrangersAttack  # needs torch

    attack = StrangersAttack(contamination=given["contamination"])
    reference = Nearness(*arrays["reference_features"].T)
    for of, features, scores, votes in (
        ("people", arrays["features"], arrays["scores"][:, 0, 0], arrays["detector_votes"]),
        ("texts of a kind", arrays["kind_features"], arrays["kind_scores"], arrays["kind_votes"]),
    ):
        said = attack.judged(Nearness(*features.T), reference)
        if not np.allclose(said.scores, scores, rtol=0, atol=_ROUNDED) or (said.votes != votes.astype(bool)).any():
            yield "votes", f"expected scores and votes of {of} that follow from how near they are, found others"
