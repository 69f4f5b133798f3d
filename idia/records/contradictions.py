"""What contradicts itself in the record of an attack by names alone, though a schema allows it."""

import math
from collections.abc import Iterator
from typing import Any

from idia.records.schema import Document, holds_absolute_path
from idia.records.text_only import is_text_only

_Contradiction = tuple[str, str]

_FITTED_ON = {
    "strangers": "names",
    "tuni-release": "attacked names",
    "tuni-gibberish": "gibberish",
    "tuni-names": "names",
}
"""Attacks by names alone, without photos, and the texts that their detectors were fitted on."""

_MODES = {"strangers": "strangers", "tuni-release": "release"}  # and theirs alone
_WITH_PHOTOS = "-photos"


def interval_contradictions(estimate: Document, where: str) -> Iterator[_Contradiction]:
    """Yields why an interval is none of its value.

    Args:
        estimate: As a record holds it.
        where: Its place in the record.
    """
    low, value, high = (estimate[key] for key in ("low", "value", "high"))
    if None not in (low, value, high) and not low <= value <= high:
        yield where, f"the interval [{low}, {high}] does not hold the value {value}"


def text_only_contradictions(document: Document) -> Iterator[_Contradiction]:
    """Yields in what a record says otherwise than it must, be it of an attack by names alone or of another.

    Args:
        document: A record as its schema describes it.
    """
    attack, protocol = document["attack"], document["protocol"]
    is_expected = is_text_only(attack)
    is_measured = bool(document["cells"])
    parts = {
        "protocol.text_only": ("text_only" in protocol, is_expected),
        "text_only": ("text_only" in document, is_expected and is_measured),
        "cost": ("cost" in document, is_expected and is_measured),
    }
    for where, (is_there, must_be) in parts.items():
        if is_there != must_be:
            yield where, f"{attack} {'has none, or measured nothing' if is_there else 'must say this'}"
    inversion = protocol.get("text_only")
    sizes = [0] if inversion is not None and inversion["photos"] is None else None
    if sizes is not None and protocol["sizes"] != sizes:
        yield "protocol.sizes", f"an attack that looks at no photo has the sizes [0], got {protocol['sizes']}"
    placed = [("protocol.sizes", size) for size in protocol["sizes"]]
    placed += [("cells", cell["n_photos"]) for cell in document["cells"]]
    for where, size in placed if sizes is None else ():
        if size == 0:
            yield where, "0 photos are those of an attack that looks at none"
    for key in ("starts", "photos") if inversion is not None else ():
        if holds_absolute_path(inversion[key] or ""):
            yield f"protocol.text_only.{key}", f"{inversion[key]!r} holds an absolute path; keep its last part only"
    if is_expected and inversion is not None:
        yield from _setting_contradictions(attack, inversion, document.get("text_only"))
    if is_expected and "text_only" in document:
        yield from _number_contradictions(document)


def _setting_contradictions(attack: str, inversion: Document, found: Document | None) -> Iterator[_Contradiction]:
    """In what an attack is another than it is called, such as one that has no controls."""
    alone = attack.removesuffix(_WITH_PHOTOS)
    if alone not in _FITTED_ON or (alone != attack and alone in _MODES):
        yield "attack", f"there is no attack by names alone called {attack}"
        return
    mode, own, photos = inversion["mode"], _MODES.get(alone), inversion["photos"]
    if mode != own if own else mode in _MODES.values():
        yield "protocol.text_only.mode", f"{attack} has {f'the mode {own}' if own else 'modes of its own'}, got {mode}"
    if (photos is not None) != (alone != attack):
        yield (
            "protocol.text_only.photos",
            f"{attack} looks at {'no' if alone == attack else 'all'} photos, got {photos}",
        )
    if found is None:
        return
    if found["reference"]["kind"] != _FITTED_ON[alone]:
        yield "text_only.reference.kind", f"{attack} is fitted on {_FITTED_ON[alone]}, got {found['reference']['kind']}"
    if bool(found["defects"]) != (alone == "tuni-release"):
        yield "text_only.defects", f"those of the release are tuni-release's alone, got {found['defects']} of {attack}"


def _number_contradictions(document: Document) -> Iterator[_Contradiction]:
    found, protocol, people = document["text_only"], document["protocol"], document["people"]
    reference = found["reference"]
    for key, of in (("n", "n_names"), ("sha256", "names_sha256")):
        if reference[key] != protocol[of]:
            yield f"text_only.reference.{key}", f"{reference[key]} is not protocol.{of}, {protocol[of]}"
    if found["needed"] > len(found["detectors"]):
        yield "text_only.needed", f"{found['needed']} is above the number of detectors, {len(found['detectors'])}"
    vote = found["vote"]
    for role in ("members", "non_members"):
        if vote[role]["n"] != people[role]:
            yield f"text_only.vote.{role}.n", f"{vote[role]['n']} is not the number of {role}, {people[role]}"
    kinds = [each["kind"] for each in found["by_kind"]]
    if len(set(kinds)) != len(kinds):
        yield "text_only.by_kind", f"a kind is there twice: {', '.join(kinds)}"
    for where, right, n, estimate in _rates(found):
        yield from _rate_contradictions(where, right, n, estimate)
    areas = {f"features.{name}.auc": each["auc"] for name, each in found["features"].items()}
    areas |= {f"by_kind[{at}].auc": each["auc"] for at, each in enumerate(found["by_kind"])}
    for where, area in areas.items():
        yield from interval_contradictions(area, f"text_only.{where}")


def _rates(found: Document) -> Iterator[tuple[str, int, int, dict[str, Any]]]:
    """Every rate of verdicts: its place, how many of how many it is, and the rate."""
    vote = found["vote"]
    right, members = vote["members"]["called"], vote["members"]["n"]
    wrong, others = vote["non_members"]["called"], vote["non_members"]["n"]
    yield "vote.recall", right, members, vote["recall"]
    yield "vote.fpr", wrong, others, vote["fpr"]
    yield "vote.precision", right, right + wrong, vote["precision"]
    yield "vote.accuracy", right + others - wrong, members + others, vote["accuracy"]
    for at, kind in enumerate(found["by_kind"]):
        yield f"by_kind[{at}].fpr", kind["called"], kind["n"], kind["fpr"]


def _rate_contradictions(where: str, right: int, n: int, estimate: Document) -> Iterator[_Contradiction]:
    place, value = f"text_only.{where}", estimate["value"]
    if not 0 <= right <= n:
        yield place, f"{right} of {n} is no fraction"
    elif estimate["n"] != n:
        yield f"{place}.n", f"{estimate['n']} is not the number of those counted, {n}"
    elif (value is None) != (n == 0) or (value is not None and not math.isclose(value * n, right, abs_tol=1e-6)):
        yield f"{place}.value", f"{right} of {n} is not {value}"
    yield from interval_contradictions(estimate, place)
