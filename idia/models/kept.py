"""What a cache folder holds, as its owner sees it: listed, chosen and removed, and nothing else touched."""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, final

from idia.errors import SettingError
from idia.models.locks import held_if_free
from idia.models.private_files import is_leftover
from idia.models.shard_files import (
    description_path,
    is_shard,
    is_store,
    lock_path,
    read_description,
    read_keys,
)

Outcome = Literal["removed", "in use", "not empty"]
"""What became of something that was to be removed; not empty: files that are not ours were left where they are."""

DRAWN, SCAN = "drawn photos", "scan"
"""What is kept besides embeddings of `photos` and of `texts`."""

_SCANS = "scans"
_SCAN = re.compile(r"([0-9a-f]{64})\.scan")
_UNFINISHED_SCAN = re.compile(r"idia-([0-9a-f]{64})-.*\.tmp")

_DRAWN = "world"
_DRAWN_LOCK = "drawing.lock"
_DRAWN_FILE = re.compile(r"[0-9a-f]{32}-[0-9a-f]{64}\.npy")
_DRAWN_BYTES = 32 + 32 * 32 * 3  # of a photo, with its fingerprint


@final
@dataclass(frozen=True, slots=True)
class Kept:
    """The embeddings that one model gave to photos or texts, the photos of worlds, or how far a scan over names came.

    Attributes:
        path: The folder, or the file of a scan.
        model: What the model is called on the board; empty if nobody says.
        kind: `photos`, `texts`, `drawn photos` or `scan`; empty if nobody says.
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
        paths = [path for path in folder.iterdir() if is_store(path)] if folder.exists() else []
        paths += [] if (folder / _DRAWN).is_symlink() else [folder / _DRAWN]
        paths += _scans_in(folder / _SCANS)
    except OSError as error:
        raise SettingError(f"the cache folder {folder} cannot be read ({error.strerror or error}).") from None
    found = [kept for path in paths if (kept := _look(path)) is not None]
    return tuple(sorted(found, key=lambda kept: (kept.kind in (DRAWN, SCAN), kept.model, kept.kind, kept.path)))


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
    lock = _lock(kept.path)
    try:
        with held_if_free(lock) as is_held:
            if not is_held:
                return "in use"
            now = _look(kept.path)
            if now is None:
                return "removed"  # by somebody else
            if now.used > kept.used:
                return "in use"  # since it was chosen
            # What it is goes last: after a kill, the rest can still be told.
            for path in sorted(_own_files(kept.path), key=lambda path: path == description_path(kept.path)):
                path.unlink(missing_ok=True)
            if _is_scan(kept.path):
                return "removed"
            if any(path != lock for path in kept.path.iterdir()):
                return "not empty"
            if not lock.is_relative_to(kept.path):
                kept.path.rmdir()
            return "removed"
    except OSError as error:
        raise SettingError(f"{kept.path} cannot be removed ({error.strerror or error}).") from None


def _look(path: Path) -> Kept | None:
    """What is kept at a path; None if it is gone, or none of ours."""
    files = _sizes_and_times(_own_files(path), is_read_unseen=_is_drawn(path))
    if not files:
        return None
    n_bytes = sum(size for size, _ in files.values())
    used = max(time for _, time in files.values())
    if _is_scan(path):
        return Kept(path, "", SCAN, 1, n_bytes, used)
    if _is_drawn(path):
        # The heading of a file is shorter than a photo.
        n_photos = sum(size // _DRAWN_BYTES for file, (size, _) in files.items() if file.suffix != ".tmp")
        return Kept(path, "", DRAWN, n_photos, n_bytes, used)
    described = read_description(path)
    n_entries = sum(len(read_keys(file) or ()) for file in files if is_shard(file))
    return Kept(path, described.get("model", ""), described.get("kind", ""), n_entries, n_bytes, used)


def _own_files(path: Path) -> list[Path]:
    """The files at a path that this package wrote; of a folder that does not say so, files of embeddings alone."""
    is_own = _own(path)
    with suppress(OSError):
        files = (path.parent if _is_scan(path) else path).iterdir()
        return [file for file in files if is_own(file) and file.is_file() and not file.is_symlink()]
    return []


def _own(path: Path) -> Callable[[Path], bool]:
    if _is_scan(path):
        return lambda file: file == path or is_leftover(file, f"{path.stem}-")
    if _is_drawn(path):
        return lambda file: bool(_DRAWN_FILE.fullmatch(file.name)) or is_leftover(file)
    if not read_description(path):
        return is_shard
    return lambda file: is_shard(file) or file == description_path(path) or is_leftover(file)


def _scans_in(folder: Path) -> list[Path]:
    """The files of scans, there or (after a kill) still to come."""
    if folder.is_symlink() or not folder.exists():
        return []
    names = {file.name for file in folder.iterdir()}
    names |= {file.name[len("idia-") :][:64] + ".scan" for file in folder.iterdir() if is_leftover(file)}
    return [folder / name for name in sorted(names) if _SCAN.fullmatch(name)]


def _is_scan(path: Path) -> bool:
    return bool(_SCAN.fullmatch(path.name))


def _is_drawn(path: Path) -> bool:
    return path.name == _DRAWN


def _lock(path: Path) -> Path:
    return path / _DRAWN_LOCK if _is_drawn(path) else lock_path(path)


def _sizes_and_times(paths: Iterable[Path], *, is_read_unseen: bool) -> dict[Path, tuple[int, float]]:
    """Sizes of files, and when they were last used: written, or read where readers leave no other trace."""
    found = {}
    for path in paths:
        with suppress(OSError):  # removed meanwhile
            status = path.stat()
            found[path] = status.st_size, max(status.st_mtime, status.st_atime if is_read_unseen else 0)
    return found
