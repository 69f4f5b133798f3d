"""What a cache folder holds, as its owner sees it: listed, chosen and removed, and nothing else touched."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, final

from filelock import FileLock, Timeout

from idia.errors import SettingError
from idia.models.shard_files import (
    UNFINISHED,
    description_path,
    is_shard,
    is_store,
    lock_path,
    read_description,
    read_keys,
)

Outcome = Literal["removed", "in use", "not empty"]
"""What became of something that was to be removed; not empty: files that are not ours were left where they are."""

_SCANS = "scans"
_SCAN = ".scan"
_STILL_RUNNING = 600  # seconds since the last change of a scan that may go on


@final
@dataclass(frozen=True, slots=True)
class Kept:
    """The embeddings that one model gave to photos or texts, or how far a scan over names had come.

    Attributes:
        path: The folder, or the file of a scan.
        model: What the model is called on the board; empty if nobody says.
        kind: `photos`, `texts` or `scan`; empty if nobody says.
        n_entries: How many photos or texts; 1 of a scan.
        n_bytes: How much room it takes.
        used: When it was last written or read, in seconds since 1970.
    """

    path: Path
    model: str
    kind: str
    n_entries: int
    n_bytes: int
    used: float


def kept_in(folder: Path) -> tuple[Kept, ...]:
    """Returns what is kept in a cache folder, by model and kind; whatever is not ours is left out.

    Raises:
        SettingError: The folder cannot be read.
    """
    try:
        stores = [path for path in folder.iterdir() if is_store(path)] if folder.exists() else []
        scans = [path for path in (folder / _SCANS).glob(f"*{_SCAN}") if _is_scan(path)]
    except OSError as error:
        raise SettingError(f"the cache folder {folder} cannot be read ({error.strerror or error}).") from None
    found = [each for path in stores if (each := _store(path)) is not None]
    found += [each for path in scans if (each := _scan(path)) is not None]
    return tuple(sorted(found, key=lambda each: (each.kind == "scan", each.model, each.kind, each.path)))


def chosen(
    kept: Sequence[Kept],
    *,
    model: str | None = None,
    unused_since: float | None = None,
    most_bytes: int | None = None,
) -> tuple[Kept, ...]:
    """Returns what is to be removed, the least recently used first.

    Args:
        kept: What there is.
        model: Leave everything else alone.
        unused_since: Remove what was last used before this time, in seconds since 1970.
        most_bytes: Then remove the least recently used until the rest fits.
    """
    by_use = sorted(
        (each for each in kept if model is None or each.model == model), key=lambda each: (each.used, each.path)
    )
    if unused_since is None and most_bytes is None:
        return tuple(by_use)
    left = sum(each.n_bytes for each in by_use)
    removed = []
    for each in by_use:
        is_old = unused_since is not None and each.used < unused_since
        is_too_much = most_bytes is not None and left > most_bytes
        if is_old or is_too_much:
            removed.append(each)
            left -= each.n_bytes
    return tuple(removed)


def remove(kept: Kept) -> Outcome:
    """Removes what is kept, unless a process is using it now, and says what became of it.

    Raises:
        SettingError: It cannot be removed.
    """
    try:
        return _remove_scan(kept) if kept.kind == "scan" else _remove_store(kept)
    except (OSError, NotImplementedError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise SettingError(f"{kept.path} cannot be removed ({reason}).") from None


def _remove_scan(kept: Kept) -> Outcome:
    with suppress(FileNotFoundError):
        if time.time() - kept.path.stat().st_mtime < _STILL_RUNNING:
            return "in use"
        kept.path.unlink()
    return "removed"


def _remove_store(kept: Kept) -> Outcome:
    lock = FileLock(lock_path(kept.path))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return "in use"
    try:
        now = _store(kept.path)
        if now is None:
            return "removed"  # by somebody else
        if now.used > kept.used:
            return "in use"  # since it was chosen
        # What it is goes last: after a kill, the rest can still be told.
        for path in sorted(_own_files(kept.path), key=lambda path: path == description_path(kept.path)):
            path.unlink(missing_ok=True)
        if next(kept.path.iterdir(), None) is not None:
            return "not empty"
        kept.path.rmdir()
        return "removed"
    finally:
        lock.release()


def _store(folder: Path) -> Kept | None:
    """What a folder holds; None if it is gone, or none of ours."""
    described = read_description(folder)
    files = _sizes_and_times(_own_files(folder))
    if not files:
        return None
    n_entries = sum(len(read_keys(path) or ()) for path in files if is_shard(path))
    at = files.get(description_path(folder))
    used = max(time for _, time in files.values()) if at is None else at[1]
    n_bytes = sum(size for size, _ in files.values())
    return Kept(folder, described.get("model", ""), described.get("kind", ""), n_entries, n_bytes, used)


def _own_files(folder: Path) -> list[Path]:
    """The files of a folder that this package wrote; of a folder that does not say so, files of embeddings alone."""
    is_own: Callable[[Path], bool] = is_shard
    if read_description(folder):

        def is_own(path: Path) -> bool:
            return is_shard(path) or path == description_path(folder) or path.suffix == UNFINISHED

    with suppress(OSError):
        return [path for path in folder.iterdir() if is_own(path) and path.is_file() and not path.is_symlink()]
    return []


def _is_scan(path: Path) -> bool:
    return len(path.stem) == 64 and set(path.stem) <= set("0123456789abcdef") and not path.is_symlink()


def _scan(path: Path) -> Kept | None:
    sizes = _sizes_and_times([path])
    return Kept(path, "", "scan", 1, *sizes[path]) if sizes else None


def _sizes_and_times(paths: Iterable[Path]) -> dict[Path, tuple[int, float]]:
    found = {}
    for path in paths:
        with suppress(OSError):  # removed meanwhile
            status = path.stat()
            found[path] = status.st_size, status.st_mtime
    return found
