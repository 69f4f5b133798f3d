"""Whether an attack is above a blind guess, as far as the guesses are published."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from jaxtyping import Float64

from idia.blind import BASELINES, claim
from idia.records import Document, HeadlineScores, difference_document, estimate_document, headline_of
from idia.statistics import auc
from idia.verification.arrays import Arrays
from idia.verification.beside import TELLS_WHOSE, is_of_nobody, scores_beside, unscored
from idia.verification.mismatches import Problem, compared

_COIN = 0.5


def claim_problems(document: Document, arrays: Arrays) -> Iterator[Problem]:
    """Yields in what a record's claim is not what the scores of blind guesses give.

    Of people who exist no guess is published: whoever has their names could repeat it, and tell by it whose a row is.
    Then everything is checked that follows without: the area of the attack itself, that the other model's is that of
    the control that it is, and that the verdict is the one that the interval allows.

    Args:
        document: The record.
        arrays: Its arrays, without `array_problems`.
    """
    scores = {name: scores_beside(arrays, "blind", name) for name in BASELINES}
    known = {name: values for name, values in scores.items() if values is not None}
    is_public = is_of_nobody(document)
    for name in known if not is_public else ():
        yield f"votes.blind_{name}".replace("-", "_"), TELLS_WHOSE
    if "blind" not in document:
        if known:
            yield "blind", f"expected a claim beside the guesses {', '.join(known)}, found nothing"
        return
    headline, seed = headline_of(document, arrays), document["protocol"]["seed"]
    if is_public:
        yield from _recomputed(document["blind"], headline, known, arrays, seed)
    else:
        is_member = headline.is_member
        area = auc(headline.values[is_member], headline.values[~is_member], seed=seed).value
        yield from _in_part(document["blind"], area, len(is_member), document.get("controls", {}))


def trusted_claim_problems(document: Document) -> Iterator[Problem]:
    """Yields in what a record's claim contradicts its areas where no array shows how these came out.

    Args:
        document: A record without arrays.
    """
    if "blind" in document:
        area, n_people = document["cells"][0]["auc"]["value"], document["people"]["n_people"]
        yield from _in_part(document["blind"], area, n_people, document.get("controls", {}))


def _recomputed(
    given: Document,
    headline: HeadlineScores,
    known: Mapping[str, Float64[np.ndarray, " people"]],
    arrays: Arrays,
    seed: int,
) -> Iterator[Problem]:
    other = _other_model(arrays)
    if other is not None and not np.array_equal(other, known.get("other-model", ())):
        yield "votes.blind_other_model", "expected the scores under the control that it is, found others"
    result = claim(headline.values, known, headline.is_member, seed=seed)
    yield from _area_problems(given, {name: estimate_document(area) for name, area in result.aucs.items()}, False)
    difference = None if result.difference is None else difference_document(result.difference)
    claimed = {"best": result.best, "difference": difference, "verdict": result.verdict}
    yield from compared(claimed, {key: given[key] for key in claimed}, "blind")


def _other_model(arrays: Arrays) -> Float64[np.ndarray, " people"] | None:
    """What the other model says of everybody `[people]`: it is the first of these controls that there is."""
    scores = (scores_beside(arrays, "control", kind) for kind in ("clean-model", "random-weights"))
    return next((each for each in scores if each is not None), None)


def _in_part(given: Document, area: float, n_people: int, controls: Document) -> Iterator[Problem]:
    others = (controls.get(kind) or {"auc": None} for kind in ("clean-model", "random-weights"))
    other = next((entry["auc"] for entry in others if entry["auc"] is not None), None)
    yield from _area_problems(given, {} if other is None else {"other-model": other}, True)
    guessed = {name: entry["auc"]["value"] for name, entry in given["baselines"].items() if entry["auc"] is not None}
    best, difference = given["best"], given["difference"]
    if not guessed or difference is None:
        nothing = {"best": None, "difference": None, "verdict": "n/a"}
        yield from compared(nothing, {key: given[key] for key in nothing}, "blind")
        return
    if best is not None and best not in guessed:
        yield "blind.best", f"expected one of {', '.join(guessed)}, or null for a coin; found {best!r}"
        return
    expected = {"value": area - (_COIN if best is None else guessed[best]), "n": n_people}
    yield from compared(expected, {key: difference[key] for key in expected}, "blind.difference")
    if not difference["low"] <= difference["value"] <= difference["high"]:
        yield "blind.difference", "expected an interval that holds the value, found another"
    verdict = "leaks" if difference["low"] > 0 else "not distinguishable from a blind guess"
    yield from compared(verdict, given["verdict"], "blind.verdict")


def _area_problems(given: Document, areas: Mapping[str, Any], others_may_be: bool) -> Iterator[Problem]:
    """In what the areas of guesses are not those expected; others may be known to whoever wrote the record."""
    for name in [*BASELINES, *(name for name in given["baselines"] if name not in BASELINES)]:
        place, entry = f"blind.baselines.{name}", given["baselines"].get(name)
        if name in areas:
            yield from compared({"auc": areas[name], "reason": None}, entry, place)
        elif not others_may_be or name not in BASELINES or name == "other-model":
            yield from unscored(entry, place, ("auc",))
