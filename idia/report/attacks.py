"""All attacks on one model and the same people, which are shown in figures of their own."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from idia.records import StoredRecord
from idia.report.wording import attack_order, has_threshold, overall_cell

_MOST_ATTACKS = 6  # more curves cannot be told apart


@dataclass(frozen=True, eq=False, slots=True)
class AttacksOnModel:
    """The attacks on one model, which somebody trained and of which it is known who its members are.

    Attributes:
        folder: Where their figures lie below `figures`.
        records: One per attack and protocol, in the order attacks are shown.
    """

    folder: Path
    records: tuple[StoredRecord, ...]

    @property
    def figures(self) -> tuple[tuple[str, str], ...]:
        """The files drawn and what they show."""
        drawn = [("roc.svg", "ROC curve" if len(self.records) == 1 else "ROC curves")]
        if self.compares_areas:
            drawn.append(("auc.svg", "AUC by photos and occurrences"))
        return tuple(drawn)

    @property
    def labels(self) -> tuple[str, ...]:
        """What each attack is called: by its protocol, too, where there are several of one."""
        attacks = [record.document["attack"] for record in self.records]
        return tuple(
            attack if attacks.count(attack) == 1 else f"{attack} ({record.document['protocol']['sha256'][:8]})"
            for attack, record in zip(attacks, self.records, strict=True)
        )

    @property
    def compares_areas(self) -> bool:
        """Whether areas are drawn: an attack that calls people members has figures of its rates."""
        return any(not has_threshold(record.document) for record in self.records)


def attacks_on_models(records: Sequence[StoredRecord]) -> tuple[AttacksOnModel, ...]:
    """Returns for every model and people the attacks on it.

    Args:
        records: Of models whose numbers stand, in one results folder.
    """
    groups: dict[str, list[StoredRecord]] = {}
    for record in records:
        if overall_cell(record.document) is not None:
            groups.setdefault(_model_and_people(record), []).append(record)
    found = []
    for key, group in sorted(groups.items()):
        ordered = sorted(group, key=lambda each: (attack_order(each.document["attack"]), str(each.path)))
        folder, model = ordered[0].path.parts[-3], ordered[0].path.stem.rsplit("-", 1)[0]
        digest = hashlib.sha256(key.encode()).hexdigest()[:8]
        found.append(AttacksOnModel(Path(folder, "attacks", f"{model}-{digest}"), tuple(ordered[:_MOST_ATTACKS])))
    return tuple(found)


def _model_and_people(record: StoredRecord) -> str:
    model, people = record.document["model"], record.document["people"]
    network = model["name"], model["spec"], model["weights_sha256"], model["activation"]
    return json.dumps([people["id"], people["manifest_sha256"], people["membership_sha256"], *network])
