"""Puts what a run has measured in the place of the baseline."""

from collections.abc import Collection, Iterator
from pathlib import Path

from idia.gates import Measured, Recorded, baseline_of
from idia.gates.comparing import Comparison, measured_models
from idia.gates.listing import differences_table
from idia.records import (
    Record,
    StoredRecord,
    StoredUtility,
    load_votes,
    record_path,
    utility_path,
    write_record,
    write_utility,
)


def updated(baseline: Path, results: Path, written: Collection[Path]) -> str:
    """Copies records over a baseline, and returns what differs from what was there before.

    What a new record takes the place of is removed, though its file has another name: one baseline of a model with
    other weights, and nobody could tell which is meant. Whatever else lies there is left alone.

    Args:
        baseline: A results folder or its folder of records; made where there is none.
        results: The results folder of this run.
        written: The records of this run, which may be some of those in its results folder.

    Raises:
        RecordError: A record is damaged, or cannot be written.
    """
    root = baseline.parent if baseline.name == "records" and not (baseline / "records").is_dir() else baseline
    before = Recorded.read(baseline) if baseline.is_dir() else Recorded(baseline, (), ())
    found = Recorded.read(results)
    now = Recorded(
        results,
        tuple(each for each in found.records if each.path in written),
        tuple(each for each in found.utility if each.path in written),
    )
    models = measured_models(now)
    pairs = [Comparison(model, baseline_of(before, model)) for model in models]
    text, _ = differences_table([pair for pair in pairs if isinstance(pair.baseline, Measured)])
    fresh = dict.fromkeys(pair.now.model for pair in pairs if isinstance(pair.baseline, str))
    outdated = list(_outdated(before, now, root))

    for record in now.records:
        votes = {} if record.votes_path is None else load_votes(record.votes_path)
        write_record(root, Record(record.document, votes))
    for utility in now.utility:
        write_utility(root, utility.document)
    for old in outdated:
        for file in (old.path, old.votes_path if isinstance(old, StoredRecord) else None):
            if file is not None:
                file.unlink(missing_ok=True)
    lines = ["A is the baseline as it was, B is this run.", "", text] if text else []
    lines += [f"New, with nothing to compare: {', '.join(fresh)}"] if fresh else []
    lines += [f"Outdated and removed: {old.path.relative_to(root)}" for old in outdated]
    count = len(now.records) + len(now.utility)
    return "\n".join([*lines, f"{count} record{'' if count == 1 else 's'} copied to {root}"])


def _outdated(before: Recorded, now: Recorded, root: Path) -> Iterator[StoredRecord | StoredUtility]:
    """What would be compared with a new record as readily as that itself."""
    attacks = {record_path(root, each.document): Measured.of([each]) for each in now.records if _is_guarded(each)}
    for record in before.records:
        alone = Recorded(before.place, (record,), ())
        if record.path not in attacks and any(_stands_for(alone, new) for new in attacks.values()):
            yield record
    utilities = {utility_path(root, each.document): Measured.of((), [each]) for each in now.utility}
    for utility in before.utility:
        only = Recorded(before.place, (), (utility,))
        if utility.path not in utilities and any(_stands_for(only, new) for new in utilities.values()):
            yield utility


def _is_guarded(record: StoredRecord) -> bool:
    return record.document["control"] is None


def _stands_for(recorded: Recorded, now: Measured) -> bool:
    return isinstance(baseline_of(recorded, now), Measured)
