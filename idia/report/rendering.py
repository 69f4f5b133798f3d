"""From the folder of records to the leaderboard and the figures."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from idia.errors import RecordError
from idia.records import StoredRecord, check_writable, read_records
from idia.records.atomic import locked, remove_leftovers, write_atomically
from idia.records.documents import fingerprint
from idia.report.figures import FIGURE_FILES, figure_files
from idia.report.leaderboard import leaderboard_csv
from idia.report.markdown import leaderboard_markdown

RENDERER = 1
"""Raised whenever figures of unchanged records should be drawn anew."""

_STAMP = "rendered.json"


def render(results: Path, only: Collection[Path] | None = None) -> tuple[Path, ...]:
    """Renders the leaderboard from all records, and the figures of all or some; returns the files that changed.

    Nothing is written where the content stays the same. Figures are drawn only for records that changed since, or whose
    figures are not as they were drawn.

    Args:
        results: The results folder.
        only: The records whose figures to render, as `StoredRecord.path`; all by default.

    Raises:
        RecordError: A record is not valid, or something cannot be written.
    """
    check_writable(results)
    with locked(results):
        remove_leftovers(results)
        records = read_records(results)
        documents = [record.document for record in records]
        board = {
            results / "leaderboard.csv": leaderboard_csv(documents),
            results / "leaderboard.md": leaderboard_markdown(records),
        }
        changed = [path for path, text in board.items() if write_atomically(path, text.encode())]
        chosen = None if only is None else {path.resolve() for path in only}
        for record in records:
            if chosen is None or record.path.resolve() in chosen:
                changed += _render_figures(figures_folder(results, record), record)
        _remove_orphans(results, records)
    return tuple(changed)


def figures_folder(results: Path, record: StoredRecord) -> Path:
    """Returns the folder of a record's figures: the record's own place, below `figures` instead of `records`."""
    return results / "figures" / record.path.relative_to(results / "records").with_suffix("")


def _render_figures(folder: Path, record: StoredRecord) -> list[Path]:
    drawn_from = {"renderer": RENDERER, "record": fingerprint(record.document)}
    before = _read_stamp(folder)
    if all(before.get(key) == value for key, value in drawn_from.items()) and _are_intact(folder, before["files"]):
        return []
    files = figure_files(record.document)
    changed = [folder / name for name, content in files.items() if write_atomically(folder / name, content)]
    _remove(folder, set(before["files"]) - set(files))
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    # Last, so that after a kill the next run draws what is missing.
    stamp = json.dumps({**drawn_from, "files": hashes}, indent=1) + "\n"
    if write_atomically(folder / _STAMP, stamp.encode()):
        changed.append(folder / _STAMP)
    return changed


def _read_stamp(folder: Path) -> dict[str, Any]:
    """What the folder's stamp says, or nothing if it has none of ours; `files` maps the names of figures to hashes."""
    try:
        stamp = json.loads((folder / _STAMP).read_bytes())
    except (OSError, ValueError):
        stamp = None
    if not isinstance(stamp, dict) or not {"renderer", "record", "files"} <= stamp.keys():
        return {"files": {}}
    files = stamp["files"] if isinstance(stamp["files"], dict) else {}
    return {**stamp, "files": {name: files[name] for name in FIGURE_FILES if name in files}}


def _are_intact(folder: Path, files: Mapping[str, str]) -> bool:
    try:
        return all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == files[name] for name in files)
    except OSError:
        return False


def _remove_orphans(results: Path, records: Collection[StoredRecord]) -> None:
    """Removes the figures of records that are gone: they would go on showing a result that was withdrawn."""
    figures = results / "figures"
    current = {figures_folder(results, record) for record in records}
    for stamp in sorted(figures.rglob(_STAMP)):
        known = _read_stamp(stamp.parent)
        if stamp.parent not in current and "record" in known:
            _remove(stamp.parent, [*known["files"], _STAMP])
            for folder in (stamp.parent, *stamp.parent.parents):
                if folder == figures or any(folder.iterdir()):
                    break
                folder.rmdir()


def _remove(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise RecordError(
                f"cannot remove {folder / name}: {error.strerror or error}. Remove it by hand."
            ) from error
