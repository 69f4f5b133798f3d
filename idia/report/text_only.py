"""What records of attacks by name alone hold beside what every record holds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from idia.records import Document
from idia.report.wording import UNKNOWN, fraction, interval, overall_cell

KINDS: Mapping[str, str] = {
    "gibberish": "gibberish",
    "fictitious": "fictitious",
    "rare-real": "rare real",
    "namesake": "namesake",
}
"""The kinds of texts that no model was trained on, in the order they are shown, and their names."""

ATTACKED = "attacked non-members"

FEATURES = ("similarity", "dispersion")

_REFERENCES = {"gibberish": "gibberish", "names": "never-trained names", "attacked names": "the attacked names"}
_OF_ATTACKED = "attacked names"


def is_text_only(document: Document) -> bool:
    """Returns whether a record is of an attack by name alone; photos may have been compared locally."""
    return document.get("text_only") is not None


def text_mode(document: Document) -> str | None:
    """Returns the mode of an attack by name alone, such as `cheap` or `strangers`; None of other attacks."""
    asked = document["protocol"].get("text_only")
    return None if asked is None else str(asked["mode"])


def mode_words(document: Document, among: Iterable[Document] = ()) -> str:
    """Returns the mode of an attack by name alone, and restarts and steps where others were attacked with others.

    Args:
        document: A record of such an attack.
        among: What it stands beside; records of other attacks do not matter.
    """
    mode, size = text_mode(document), _size(document)
    others = {_size(each) for each in among if text_mode(each) == mode}
    sized = f", {size[0]:,} × {size[1]:,}" if size is not None and others - {size} else ""
    return f"{mode or UNKNOWN}{sized}"


def mode_and_size(document: Document) -> str:
    """Returns the mode of an attack by name alone with its restarts and steps, where images were optimised."""
    size = _size(document)
    return str(text_mode(document)) + ("" if size is None else f", {size[0]:,} × {size[1]:,}")


def attack_and_mode(document: Document, among: Iterable[Document] = ()) -> str:
    """Returns an attack with its mode, where its name does not hold it.

    Args:
        document: A record of any attack.
        among: What it stands beside: where others have another number of restarts or steps, its own are told, too.
    """
    attack, mode = str(document["attack"]), text_mode(document)
    if mode is None:
        return attack
    words = mode_words(document, among)
    if attack == mode or attack.endswith(f"-{mode}"):
        words = words.removeprefix(mode).removeprefix(", ")
    return f"{attack} ({words})" if words else attack


def reference_words(document: Document) -> str:
    """Returns what the detectors were fitted on."""
    kind = str(document["text_only"]["reference"]["kind"])
    return _REFERENCES.get(kind, kind)


def judges_some(document: Document) -> bool:
    """Returns whether only some of the attacked people are judged.

    The authors' release does that: it fits its detectors on the others.
    """
    return is_text_only(document) and document["text_only"]["reference"]["kind"] == _OF_ATTACKED


def by_kind(document: Document) -> dict[str, Document]:
    """Returns how many texts of each kind the vote took for members, in the order kinds are shown."""
    told = {each["kind"]: each for each in document["text_only"]["by_kind"]}
    order = [*KINDS, *sorted(told.keys() - KINDS.keys())]
    return {kind: told[kind] for kind in order if kind in told}


def mistaken(document: Document) -> dict[str, Document]:
    """Returns `n`, `called` and `fpr` of the attacked non-members, then of each kind."""
    vote = document["text_only"]["vote"]
    return {ATTACKED: {**vote["non_members"], "fpr": vote["fpr"]}, **by_kind(document)}


def kind_words(kind: str) -> str:
    """Returns the name of a kind."""
    return KINDS.get(kind, kind)


def vote_words(document: Document) -> str:
    """Returns in a line whom the majority vote calls members, and of which kinds of texts how many."""
    vote, cell = document["text_only"]["vote"], overall_cell(document)
    people = f" of {cell['members']}/{cell['non_members']}" if judges_some(document) and cell else ""
    rates = [f"{text_mode(document)} vote{people}: recall {interval(vote['recall'])}", f"FPR {interval(vote['fpr'])}"]
    kinds = [f"{kind_words(kind)} {fraction(told['fpr']['value'])}" for kind, told in by_kind(document).items()]
    return ", ".join(rates) + (f"; {', '.join(kinds)}" if kinds else "")


def _size(document: Document) -> tuple[int, int] | None:
    """Restarts and steps, where images were optimised."""
    asked = document["protocol"].get("text_only") or {}
    restarts, steps = asked.get("restarts"), asked.get("steps")
    return (restarts, steps) if restarts and steps else None


def distinct_features(documents: Sequence[Document]) -> Iterator[tuple[str, Document, Document]]:
    """Yields each feature's name, a record and the area of its people by the feature, those that are the same once.

    Attacks that differ only in what their detectors were fitted on share their features.
    """
    seen = []
    for document in documents:
        if not document["protocol"]["text_only"]["steps"]:
            continue  # its score is one of its features
        for name in FEATURES:
            area = document["text_only"]["features"][name]["auc"]
            asked = name, text_mode(document), _size(document), area
            if asked not in seen:
                seen.append(asked)
                yield name, document, area
