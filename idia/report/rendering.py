"""From the folder of records to the leaderboard and the figures."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from idia.errors import RecordError
from idia.records import StoredRecord, StoredUtility, check_writable, read_records, read_utility
from idia.records.atomic import locked, remove_leftovers, write_atomically
from idia.records.schema import fingerprint
from idia.report.board import board_of
from idia.report.figures import FIGURE_FILES, attack_files, comparison_files, figure_files
from idia.report.leaderboard import leaderboard_csv
from idia.report.markdown import leaderboard_markdown
from idia.report.utility import utility_beside_leakage, utility_csv, utility_files, utility_section
from idia.report.wording import has_threshold

RENDERER = 4
"""Raised whenever figures of unchanged records should be drawn anew."""

_STAMP = "rendered.json"

_Stored = StoredRecord | StoredUtility


def render(results: Path, only: Collection[Path] | None = None) -> tuple[Path, ...]:
    """Renders the tables from all records, and the figures of all or some; returns the files that changed.

    Nothing is written where the content stays the same. Figures are drawn only for records that changed since, or whose
    figures are not as they were drawn.

    Args:
        results: The results folder.
        only: The paths of the records whose figures to render, and those that compare them with others; all by
            default.

    Raises:
        RecordError: A record is not valid, or something cannot be written.
    """
    check_writable(results)
    with locked(results):
        remove_leftovers(results)
        records, utilities = read_records(results), read_utility(results)
        board, beside_leakage = board_of(records), utility_beside_leakage(utilities, records)
        tables = {
            results / "leaderboard.csv": leaderboard_csv(board),
            results / "leaderboard.md": leaderboard_markdown(board, utility_section(utilities, beside_leakage)),
        }
        if utilities or (results / "utility.csv").exists():
            tables[results / "utility.csv"] = utility_csv(utilities)
        changed = [path for path, text in tables.items() if write_atomically(path, text.encode())]
        chosen = None if only is None else {path.resolve() for path in only}
        folders = set()
        figures: list[tuple[Path, Sequence[_Stored], Callable[[], Mapping[str, bytes]]]] = [
            *(
                (figures_folder(results, each), [each], partial(figure_files, each.document))
                for each in records
                if has_threshold(each.document)
            ),
            *((results / "figures" / each.folder, each.records, partial(attack_files, each)) for each in board.attacks),
            *(
                (results / "figures" / each.folder, each.records, partial(comparison_files, each))
                for each in (*board.ladders, *board.together)
                if each.figures
            ),
            *(
                (results / "figures" / each.folder, each.records, partial(utility_files, each))
                for each in beside_leakage
            ),
        ]
        for folder, shown, draw in figures:
            folders.add(folder)
            if chosen is None or any(record.path.resolve() in chosen for record in shown):
                changed += _render_figures(folder, shown, draw)
        _remove_orphans(results, folders)
    return tuple(changed)


def figures_folder(results: Path, record: StoredRecord) -> Path:
    """Returns the folder of a record's figures: the record's own place, below `figures` instead of `records`."""
    return results / "figures" / record.path.relative_to(results / "records").with_suffix("")


def _render_figures(folder: Path, records: Iterable[_Stored], draw: Callable[[], Mapping[str, bytes]]) -> list[Path]:
    shown = "+".join(fingerprint(record.document) for record in records)
    drawn_from = {"renderer": RENDERER, "record": hashlib.sha256(shown.encode()).hexdigest()}
    before = _read_stamp(folder)
    if all(before.get(key) == value for key, value in drawn_from.items()) and _are_intact(folder, before["files"]):
        return []
    files = draw()
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


def _remove_orphans(results: Path, current: Collection[Path]) -> None:
    """Removes the figures of records that are gone: they would go on showing a result that was withdrawn."""
    figures = results / "figures"
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
