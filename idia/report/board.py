"""The records of a results folder, sorted into what the leaderboard shows, with ranks that the data can resolve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from pathlib import Path

import numpy as np

from idia.records import Document, HeadlineScores, StoredRecord, headline_scores
from idia.report.attacks import AttacksOnModel, attacks_on_models
from idia.report.comparisons import Comparison, comparisons
from idia.report.wording import attack_order, headline_cells, overall_cell, protocol_label


@dataclass(frozen=True, eq=False, slots=True)
class Ranking:
    """Records of one attack on the same people under one protocol.

    Attributes:
        records: By falling area under the ROC curve.
        ranks: 1, and one more for every record that certainly leaks more; empty for a record alone.
        n_paired: How many of the pairs were compared person by person; of the others, intervals were.
    """

    records: tuple[StoredRecord, ...]
    ranks: tuple[int, ...]
    n_paired: int

    @property
    def n_pairs(self) -> int:
        """How many pairs of records there are."""
        return len(self.records) * (len(self.records) - 1) // 2


@dataclass(frozen=True, eq=False, slots=True)
class Board:
    """What the leaderboard shows.

    Attributes:
        records: All records.
        rankings: Scored models that can be compared, by attack.
        ladders: Models that differ in how often their members occur in the training data.
        together: Models that are shown in one figure.
        attacks: All attacks on one model, for each model.
        invalid: Records whose numbers mean nothing.
        failed: Records of runs in which nothing was measured.
        controls: Records of models in which nothing is to be found.
    """

    records: tuple[StoredRecord, ...]
    rankings: tuple[Ranking, ...]
    ladders: tuple[Comparison, ...]
    together: tuple[Comparison, ...]
    attacks: tuple[AttacksOnModel, ...]
    invalid: tuple[StoredRecord, ...]
    failed: tuple[StoredRecord, ...]
    controls: tuple[StoredRecord, ...]

    @property
    def scored(self) -> tuple[StoredRecord, ...]:
        """The records of models whose numbers stand."""
        ladders = (record for ladder in self.ladders for record in ladder.records)
        return (*(record for ranking in self.rankings for record in ranking.records), *ladders)

    @property
    def rank_of(self) -> Mapping[Path, int]:
        """The ranks of those that have one."""
        pairs = ((ranking.records, ranking.ranks) for ranking in self.rankings if ranking.ranks)
        return {record.path: rank for records, ranks in pairs for record, rank in zip(records, ranks, strict=True)}


def board_of(records: Sequence[StoredRecord]) -> Board:
    """Returns what the leaderboard shows of some records.

    Raises:
        RecordError: Scores that must be compared cannot be read.
    """
    models = [each for each in records if each.document["control"] is None]
    invalid = [each for each in models if each.document["status"] == "invalid"]
    measured = [each for each in models if each not in invalid and headline_cells(each.document)]
    compared = comparisons(records)
    ladders = tuple(each for each in compared if each.kind == "one-model-per-count")
    in_ladders = {record.path for ladder in ladders for record in ladder.records}
    scored = [each for each in measured if each.document["status"] in ("ok", "partial")]
    alone = sorted((each for each in scored if each.path not in in_ladders), key=_comparable)
    return Board(
        records=tuple(records),
        rankings=tuple(
            sorted((ranked(list(group)) for _, group in groupby(alone, key=_comparable)), key=_ranking_order)
        ),
        ladders=ladders,
        together=tuple(each for each in compared if each.kind == "models"),
        attacks=attacks_on_models(scored),
        invalid=tuple(invalid),
        failed=tuple(each for each in models if each not in invalid and each not in scored),
        controls=tuple(each for each in records if each.document["control"] is not None),
    )


def ranked(records: Sequence[StoredRecord]) -> Ranking:
    """Returns records that can be compared, with ranks that are shared where they cannot be told apart.

    Two records of the same people, listed in the same order, are compared person by person; others by their intervals,
    which must not overlap.

    Raises:
        RecordError: Scores that must be compared cannot be read.
    """
    ordered = tuple(sorted(records, key=_row_order))
    if len(ordered) == 1:
        return Ranking(ordered, (), 0)
    from idia.statistics import shared_ranks  # needs scipy

    # Who knows no order, or has kept no scores, cannot be paired, and need not be read.
    scores = [headline_scores(each) if _can_be_paired(each) else None for each in ordered]
    is_better, n_paired = np.zeros((len(ordered), len(ordered)), dtype=np.bool_), 0
    for one, other in combinations(range(len(ordered)), 2):
        first, second = scores[one], scores[other]
        if first is not None and second is not None and _are_same_people(first, second):
            sign = _sign_of_difference(first, second, ordered[one].document["protocol"]["seed"])
            n_paired += 1
        else:
            sign = _sign_of_intervals(ordered[one].document, ordered[other].document)
        is_better[one, other], is_better[other, one] = sign > 0, sign < 0
    return Ranking(ordered, tuple(shared_ranks(is_better)), n_paired)


def _can_be_paired(record: StoredRecord) -> bool:
    return record.votes_path is not None and bool(record.document["people"].get("order_sha256"))


def _are_same_people(first: HeadlineScores, second: HeadlineScores) -> bool:
    alike = first.order and first.order == second.order
    return bool(alike) and np.array_equal(first.is_member, second.is_member)


def _sign_of_difference(first: HeadlineScores, second: HeadlineScores, seed: int) -> int:
    from idia.statistics import CONFIDENCE, auc_difference, separated
    from idia.statistics.delong import delong

    # The interval holds at least delong's, which takes a thousandth of the time and settles most pairs on a par.
    value, error = delong(first.values, second.values, first.is_member)
    from scipy.special import ndtri

    if abs(value) <= float(ndtri((1 + CONFIDENCE) / 2)) * error:
        return 0
    difference = auc_difference(first.values, second.values, first.is_member, seed=seed)
    return int(np.sign(difference.value)) if separated(difference) else 0


def _sign_of_intervals(one: Document, other: Document) -> int:
    (low, high), (other_low, other_high) = (_auc_ends(document) for document in (one, other))
    return int(low > other_high) - int(high < other_low)


def _auc_ends(document: Document) -> tuple[float, float]:
    """The interval of the area; what is unknown may be anything."""
    cell = overall_cell(document)
    if cell is None or cell["auc"]["low"] is None:
        return 0.0, 1.0
    return cell["auc"]["low"], cell["auc"]["high"]


def _ranking_order(ranking: Ranking) -> tuple[tuple[int, str], str, int]:
    """By attack and people; the larger tables come first."""
    document = ranking.records[0].document
    return attack_order(document["attack"]), document["people"]["id"], -len(ranking.records)


def _row_order(record: StoredRecord) -> tuple[float, str, str]:
    cell, model = overall_cell(record.document), record.document["model"]
    value = None if cell is None else cell["auc"]["value"]
    return 0.0 if value is None else -value, model["name"], model["weights_sha256"]


def _comparable(record: StoredRecord) -> tuple[tuple[int, str], str, str, str, str]:
    document = record.document
    people = document["people"]
    hashes = people["manifest_sha256"], people["membership_sha256"]
    return attack_order(document["attack"]), people["id"], protocol_label(document), *hashes
