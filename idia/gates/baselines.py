"""Baselines: the records of an earlier state of a model, and which of them one may compare with."""

import hashlib
import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from idia.errors import RecordError, SettingError
from idia.gates.limits import UTILITY
from idia.gates.measured import Measured, Scored
from idia.records import Document, StoredRecord, StoredUtility, read_records, read_utility
from idia.records.documents import decoded_document
from idia.records.reading import reading
from idia.records.utility import check_utility

_FREE = ("sha256", "seed", "draws")
"""What of a protocol may differ between a baseline and what is compared with it."""

_SHOWN = 5


@dataclass(frozen=True, eq=False, slots=True)
class Recorded:
    """Records in one place, as they are when they are read: read a baseline before a run writes.

    Attributes:
        place: The results folder, its folder of records, or one record.
        records: The records of attacks; of them controls are never compared.
        utility: The records of utility.
    """

    place: Path
    records: tuple[StoredRecord, ...]
    utility: tuple[StoredUtility, ...]

    @classmethod
    def read(cls, place: Path) -> "Recorded":
        """Returns the records in a results folder, in its folder of records, or in one file.

        Raises:
            RecordError: One is damaged.
            SettingError: There is no such folder or file.
        """
        if place.is_file():
            return cls(place, *_one_record(place))
        if not place.is_dir():
            raise SettingError(f"{place}: there is no such results folder, nor such a record.")
        results = place.parent if place.name == "records" and not (place / "records").is_dir() else place
        return cls(place, read_records(results), read_utility(results))

    @property
    def is_one_file(self) -> bool:
        """Whether it is one record that somebody named."""
        return self.place.is_file()


def baseline_of(
    recorded: Recorded, now: Measured, *, any_name: bool = False, advice: str | None = None
) -> Measured | str:
    """Returns what a model may be compared with: the same people, attack, and protocol but for the seed and the draws.

    The weights may differ: that is the point. An attack without a baseline is `absent` from what is returned, with the
    sentence that says why.

    Args:
        recorded: Where baselines lie.
        now: What was measured.
        any_name: Whether the model may have another name, as where two files were named to be compared.
        advice: What to add where there is none; by default which options of pytest make one.

    Returns:
        The baseline; or, where nothing at all can be compared, a sentence that says what there is instead.

    Raises:
        RecordError: Votes are damaged.
    """
    advice = f". {how_to_make(recorded.place)}" if advice is None else advice
    attacks: dict[str, Scored] = {}
    absent: dict[str, str] = {}
    names = set()
    for attack, scored in now.attacks.items():
        found = _attack_baseline(recorded, scored.document, any_name)
        if isinstance(found, str):
            absent[attack] = f"{found}{advice}"
        else:
            attacks[attack] = Scored.of(found)
            names.add(found.document["model"]["name"])
    utility: list[Document] = []
    for document in now.utility:
        same = _utility_baseline(recorded, document, any_name)
        if isinstance(same, str):
            absent[UTILITY] = f"{same}{advice}"
        else:
            utility.append(same)
            names.add(same["model"]["name"])
    if not attacks and not utility:
        return next(iter(absent.values()), f"nothing was recorded about {now.model}, so there is nothing to compare")
    return Measured(min(names), attacks, tuple(utility), absent)


def how_to_make(place: Path) -> str:
    """Returns which options of pytest make a baseline in a results folder."""
    return f"Run again with --idia-baseline {shlex.quote(str(place))} --idia-update-baseline, and commit what it writes"


def known_as(document: Document) -> tuple[str, str]:
    """Returns what tells models apart whose weights may differ: the name, and an activation chosen for it."""
    return document["model"]["name"], document["model"]["spec"].partition("?")[2]


def people_of(document: Document) -> tuple[str, str]:
    """Returns the hashes of the people attacked, and of which of them are members."""
    return document["people"]["manifest_sha256"], document["people"]["membership_sha256"]


def _attack_baseline(recorded: Recorded, now: Document, any_name: bool) -> StoredRecord | str:
    what = f"{now['model']['name']} under {now['attack']}"
    there = [record for record in recorded.records if record.document["control"] is None]
    if not there:
        return _nothing(recorded, what, "it holds no record of an attack")

    def kept(candidates: Sequence[StoredRecord], same: Callable[[Document], object]) -> list[StoredRecord]:
        return [each for each in candidates if same(each.document) == same(now)]

    of_attack = kept(there, lambda document: document["attack"])
    if not of_attack:
        return _nothing(recorded, what, f"it holds {_listed([each.document['attack'] for each in there])} alone")
    named = of_attack if any_name else kept(of_attack, known_as)
    if not named:
        return _nothing(recorded, what, f"it holds {_listed([each.document['model']['name'] for each in of_attack])}")
    with_people = kept(named, people_of)
    if not with_people:
        other = _listed([_people_words(each.document) for each in named])
        return _nothing(recorded, what, f"it was attacked there with {other}, now with {_people_words(now)}")
    comparable = kept(with_people, _comparable_protocol)
    if not comparable:
        differing = _listed([key for each in with_people for key in _differing(each.document, now)])
        return _nothing(recorded, what, f"there it was attacked by another protocol, which differs in {differing}")
    weights = {each.document["model"]["weights_sha256"] for each in comparable}
    if len(weights) > 1:
        files = ", ".join(each.path.name for each in comparable[:_SHOWN])
        return (
            f"{recorded.place} holds {what} with {len(weights)} different weights ({files}), and it cannot be known "
            "which of them is the baseline: name one file, or remove what is outdated"
        )
    return min(comparable, key=lambda each: _distance(each.document, now))


def _utility_baseline(recorded: Recorded, now: Document, any_name: bool) -> Document | str:
    what = f"{now['model']['name']} in utility"
    if not recorded.utility:
        return _nothing(recorded, what, "it holds no record of utility")
    named = [each.document for each in recorded.utility if any_name or known_as(each.document) == known_as(now)]
    if not named:
        return _nothing(
            recorded, what, f"it holds {_listed([each.document['model']['name'] for each in recorded.utility])}"
        )
    same = [each for each in named if _asked(each) == _asked(now)]
    if not same:
        return _nothing(
            recorded, what, f"it was asked other tasks there ({_listed([each['data']['id'] for each in named])})"
        )
    weights = {each["model"]["weights_sha256"] for each in same}
    if len(weights) > 1:
        return (
            f"{recorded.place} holds {what} with {len(weights)} different weights, and it cannot be known which of "
            "them is the baseline: name one file, or remove what is outdated"
        )
    return same[0]


def _nothing(recorded: Recorded, what: str, instead: str) -> str:
    return f"{recorded.place} holds no baseline for {what}: {instead}"


def _comparable_protocol(document: Document) -> str:
    return json.dumps({key: value for key, value in document["protocol"].items() if key not in _FREE}, sort_keys=True)


def _differing(one: Document, other: Document) -> list[str]:
    first, second = _flat(one["protocol"]), _flat(other["protocol"])
    keys = (key for key in first.keys() | second.keys() if key not in _FREE)
    return sorted(key for key in keys if first.get(key) != second.get(key))


def _flat(protocol: Document) -> dict[str, object]:
    """A protocol with the settings of an attack by names alone beside the others."""
    inner = protocol.get("text_only", {})
    return {**protocol, **{f"text_only.{key}": value for key, value in inner.items()}, "text_only": bool(inner)}


def _distance(document: Document, now: Document) -> tuple[bool, bool, int]:
    one, other = document["protocol"], now["protocol"]
    return one["sha256"] != other["sha256"], one["seed"] != other["seed"], one["seed"]


def _asked(document: Document) -> tuple[str, str]:
    return document["protocol"]["id"], document["data"]["manifest_sha256"]


def _people_words(document: Document) -> str:
    people = document["people"]
    return f"{people['id']} ({people['manifest_sha256'][:8]}, membership {people['membership_sha256'][:8]})"


def _listed(words: Sequence[str]) -> str:
    different = list(dict.fromkeys(words))
    more = f" and {len(different) - _SHOWN} more" if len(different) > _SHOWN else ""
    return f"{', '.join(different[:_SHOWN])}{more}"


def _one_record(path: Path) -> tuple[tuple[StoredRecord, ...], tuple[StoredUtility, ...]]:
    """The record in a file, wherever that lies; its votes may be elsewhere, but not be others."""
    with reading(path):
        content = path.read_bytes()
        try:
            document = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise RecordError(f"expected JSON, but {error}.") from None
        if isinstance(document, dict) and "attack" not in document and "scores" in document:
            check_utility(document)
            return (), (StoredUtility(path, document),)
        record = StoredRecord(path, decoded_document(content))
        votes = record.votes_path
        if votes is not None and votes.is_file():
            digest = hashlib.sha256(votes.read_bytes()).hexdigest()
            if digest != record.document["votes"]["sha256"]:
                raise RecordError(f"its votes {votes.name} are not those it was made from.")
    return (record,), ()
