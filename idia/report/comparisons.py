"""Which records are shown together, in figures of their own: the same people, the same attack, the same protocol."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from idia.records import Document, StoredRecord
from idia.report.wording import bin_cells, has_threshold, members_outside_bins, occurrences_order, overall_cell

Kind = Literal["one-model-per-count", "models"]

_MOST_MODELS = 12  # more curves cannot be told apart


@dataclass(frozen=True, eq=False, slots=True)
class Comparison:
    """Records that belong into one figure.

    Attributes:
        kind: `one-model-per-count`, the paper's experiment on CC3M: models that differ in how often their members occur
            in the training data, each of them with one count; or `models`, whatever else was asked the same question.
        folder: Where its figures lie below `figures`.
        records: By training occurrences, or by name with controls last.
    """

    kind: Kind
    folder: Path
    records: tuple[StoredRecord, ...]

    @property
    def documents(self) -> tuple[Document, ...]:
        """The records' contents."""
        return tuple(record.document for record in self.records)

    @property
    def has_common_bins(self) -> bool:
        """Whether all report the same two or more bins of training occurrences."""
        bins = [[cell["occurrences"] for cell in bin_cells(document)] for document in self.documents]
        return len(bins[0]) >= 2 and all(each == bins[0] for each in bins)

    @property
    def figures(self) -> tuple[tuple[str, str], ...]:
        """The files drawn and what they show; none where the attack has no rates to draw."""
        if not has_threshold(self.documents[0]):
            return ()
        samples, occurrences = (f"{stem}.svg" for stem in ("attack-samples", "occurrences"))
        drawn = [(samples, "photos per person")]
        if self.kind == "one-model-per-count" or self.has_common_bins:
            drawn.append((occurrences, "training occurrences"))
        if self.kind == "one-model-per-count":
            drawn += [("heatmap.svg", "both"), ("confusion.svg", "confusion matrices")]
        return tuple(drawn)

    @property
    def trend(self) -> Document | None:
        """Whether the TPR rises from model to model; None where that is not asked, or nobody is counted as a whole.

        The members may be the same people in every model. Ignoring that makes the test more cautious, not less: who is
        easily found is so in every model, which makes models more alike than the test takes them to be.
        """
        if self.kind != "one-model-per-count":
            return None
        cells = [bin_cells(document)[0] for document in self.documents]
        if any(cell["counts"] is None or cell["counts_sd"]["tp"] > 0 for cell in cells):
            return None
        from idia.statistics import trend_test  # needs scipy

        test = trend_test([round(cell["counts"]["tp"]) for cell in cells], [cell["members"] for cell in cells])
        return {"p": test.p, "method": test.method, "bins": [cell["occurrences"] for cell in cells], "n": test.n}


def comparisons(records: Sequence[StoredRecord]) -> tuple[Comparison, ...]:
    """Returns what can be compared among some records of one results folder.

    The ground truth may differ: models with other members, of the same people, are what is compared. The attack may
    not: those on one model are compared in `attacks_on_models`.
    """
    measured = [
        each for each in records if each.document["status"] in ("ok", "partial") and overall_cell(each.document)
    ]
    found = []
    for key, group in _grouped(measured, question):
        models = [each for each in group if each.document["control"] is None]
        ladders = _ladders(key, models)
        found += ladders
        shown = {id(each) for ladder in ladders for each in ladder.records}
        is_drawn = has_threshold(group[0].document)
        if is_drawn and 2 <= len(models) <= _MOST_MODELS and not all(id(each) in shown for each in models):
            ordered = sorted(group, key=_by_name)[:_MOST_MODELS]
            found.append(_comparison("models", key, ordered))
    return tuple(found)


def _ladders(key: str, models: Sequence[StoredRecord]) -> list[Comparison]:
    """For each architecture that was trained with several single counts, once with each: its models by count."""
    single = [each for each in models if _count(each.document) is not None]
    found = []
    for architecture, group in _grouped(single, lambda each: str(each.document["model"]["architecture"])):
        counts = [_count(each.document) for each in group]
        if len(counts) >= 2 and len(set(counts)) == len(counts):
            ordered = sorted(group, key=lambda each: _count(each.document) or 0)
            found.append(_comparison("one-model-per-count", f"{key} {architecture}", ordered))
    return found


def _count(document: Document) -> int | None:
    """How often every member occurs in the training data, where that is one count."""
    bins = bin_cells(document)
    if len(bins) != 1 or members_outside_bins(document) or "-" in bins[0]["occurrences"]:
        return None
    return int(bins[0]["occurrences"])


def question(record: StoredRecord) -> str:
    """Returns whom was attacked, and how; all but the ground truth, which is also in the hash of the protocol."""
    document = record.document
    protocol = {key: value for key, value in document["protocol"].items() if key not in ("sha256", "bins")}
    people = document["people"]["id"], document["people"]["manifest_sha256"]
    return json.dumps([people, document["attack"], protocol], sort_keys=True)


def _comparison(kind: Kind, key: str, records: Sequence[StoredRecord]) -> Comparison:
    digest = hashlib.sha256(key.encode()).hexdigest()[:8]
    place = Path(*records[0].path.parts[-3:-1])  # the folders of people and attack
    return Comparison(kind, place / f"{kind}-{digest}", tuple(records))


def _grouped(
    records: Iterable[StoredRecord], key: Callable[[StoredRecord], str]
) -> Sequence[tuple[str, list[StoredRecord]]]:
    groups: dict[str, list[StoredRecord]] = {}
    for record in records:
        groups.setdefault(key(record), []).append(record)
    return sorted(groups.items())


def _by_name(record: StoredRecord) -> tuple[bool, str, tuple[int, ...], str]:
    document = record.document
    most = max((occurrences_order(cell["occurrences"]) for cell in bin_cells(document)), default=())
    return document["control"] is not None, document["model"]["name"], most, str(record.path)
