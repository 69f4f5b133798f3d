"""All attacks on one model and the same people, which are shown in figures of their own."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from idia.records import StoredRecord
from idia.report.text_only import attack_and_mode, is_text_only, judges_some
from idia.report.wording import attack_order, has_threshold, overall_cell

_MOST_ATTACKS = 7  # more curves cannot be told apart


@dataclass(frozen=True, eq=False, slots=True)
class AttacksOnModel:
    """The attacks on one model, which somebody trained and of which it is known who its members are.

    Attributes:
        folder: Where their figures lie below `figures`.
        records: One per attack and protocol, in the order attacks are shown.
        undrawn: Further protocols of the same attacks, for which figures of all attacks have no room.
    """

    folder: Path
    records: tuple[StoredRecord, ...]
    undrawn: tuple[StoredRecord, ...] = ()

    @property
    def figures(self) -> tuple[tuple[str, str], ...]:
        """The files drawn and what they show."""
        drawn = []
        if self.with_curves:
            drawn.append(("roc.svg", "ROC curve" if len(self.with_curves) == 1 else "ROC curves"))
        if self.compares_areas:
            drawn.append(("auc.svg", "AUC by photos and occurrences"))
        if self.text_only:
            drawn.append(("text-only.svg", "votes on names alone"))
        return tuple(drawn)

    @property
    def labels(self) -> tuple[str, ...]:
        """What each attack is called."""
        return labels_of(self.records)

    @property
    def with_curves(self) -> tuple[StoredRecord, ...]:
        """Those with scores beside them: of people who exist, attacks by name alone keep none."""
        return tuple(record for record in self.records if record.votes_path is not None)

    @property
    def text_only(self) -> tuple[StoredRecord, ...]:
        """Those by name alone, of all protocols."""
        return tuple(each for each in _in_order([*self.records, *self.undrawn]) if is_text_only(each.document))

    @property
    def compares_areas(self) -> bool:
        """Whether areas are drawn: an attack that calls people members has figures of its rates."""
        return any(not has_threshold(record.document) for record in self.records)


def labels_of(records: Sequence[StoredRecord]) -> tuple[str, ...]:
    """Returns what each attack is called: by its mode, size or protocol, too, where there are several of one."""
    documents = [record.document for record in records]
    attacks = [document["attack"] for document in documents]
    modes = [attack_and_mode(document, documents) for document in documents]
    labels = []
    for attack, mode, record in zip(attacks, modes, records, strict=True):
        if attacks.count(attack) == 1:
            labels.append(attack)
        elif modes.count(mode) == 1:
            labels.append(mode)
        else:
            labels.append(f"{attack} ({record.document['protocol']['sha256'][:8]})")
    return tuple(labels)


def attack_words(record: StoredRecord, among: Sequence[StoredRecord]) -> str:
    """Returns an attack, with its mode where the same model and people were attacked in several.

    Args:
        record: Of any attack.
        among: What it stands beside, of any models.
    """
    alike = [each.document for each in among if model_and_people(each) == model_and_people(record)]
    attack = str(record.document["attack"])
    is_only = [each["attack"] for each in alike].count(attack) == 1
    return attack if is_only else attack_and_mode(record.document, alike)


def attacks_on_models(records: Sequence[StoredRecord]) -> tuple[AttacksOnModel, ...]:
    """Returns for every model and people the attacks on it.

    Args:
        records: Of models whose numbers stand, in one results folder.
    """
    groups: dict[str, list[StoredRecord]] = {}
    for record in records:
        if overall_cell(record.document) is not None:
            # An attack that judges only some of the people has figures of its own.
            own = record.document["attack"] if judges_some(record.document) else ""
            groups.setdefault(model_and_people(record) + own, []).append(record)
    found = []
    for key, group in sorted(groups.items()):
        ordered = _in_order(group)
        folder, model = ordered[0].path.parts[-3], ordered[0].path.stem.rsplit("-", 1)[0]
        digest = hashlib.sha256(key.encode()).hexdigest()[:8]
        drawn = _one_of_each_first(ordered)[:_MOST_ATTACKS]
        undrawn = tuple(each for each in ordered if each not in drawn)
        found.append(AttacksOnModel(Path(folder, "attacks", f"{model}-{digest}"), tuple(_in_order(drawn)), undrawn))
    return tuple(found)


def model_and_people(record: StoredRecord) -> str:
    """Returns what is equal for records of one model, the same people and the same members."""
    model, people = record.document["model"], record.document["people"]
    network = model["name"], model["spec"], model["weights_sha256"], model["activation"]
    return json.dumps([people["id"], people["manifest_sha256"], people["membership_sha256"], *network])


def _in_order(records: Sequence[StoredRecord]) -> list[StoredRecord]:
    def order(record: StoredRecord) -> tuple[tuple[int, str], str, str]:
        return attack_order(record.document["attack"]), attack_and_mode(record.document), str(record.path)

    return sorted(records, key=order)


def _one_of_each_first(records: Sequence[StoredRecord]) -> list[StoredRecord]:
    """Records in order, those of an attack's second protocol after the first of all attacks, and so on."""
    groups = (list(group) for _, group in groupby(records, key=lambda each: str(each.document["attack"])))
    placed = [(at, each) for group in groups for at, each in enumerate(group)]
    return [each for _, each in sorted(placed, key=lambda pair: pair[0])]
