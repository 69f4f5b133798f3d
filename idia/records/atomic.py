"""Files that are whole or not there: a kill at any moment leaves what was there before."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from idia.errors import RecordError

if sys.platform != "win32":
    import fcntl

LEFTOVER_SUFFIX = ".idia-tmp"


def write_atomically(path: Path, content: bytes) -> bool:
    """Returns whether the file changed; a file that already has this content is left untouched.

    The content goes to a hidden file in the same folder, is flushed to the disk and then takes the place of the old
    file in one step.

    Raises:
        RecordError: The file cannot be written.
    """
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
    except OSError as error:
        raise RecordError(
            f"cannot write {path}: {error.strerror or error}. Whatever was there before is whole; "
            "free the disk or correct the permissions, then run again."
        ) from error
    return True


def _replace(path: Path, content: bytes) -> None:
    temporary = path.parent / f".{path.name[:80]}.{secrets.token_hex(8)}{LEFTOVER_SUFFIX}"
    # Not tempfile.mkstemp: its files are readable by their owner alone, and results are shared.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def remove_leftovers(folder: Path) -> None:
    """Removes hidden files that killed runs left anywhere below the folder; call it while holding `locked`."""
    for leftover in folder.rglob(f".*{LEFTOVER_SUFFIX}"):
        with suppress(OSError):
            leftover.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Makes other runs on this machine wait that would write below the same folder; ends with the process.

    The folder itself is locked, so that no lock file lies about in results. Do not nest. Where the system has no such
    lock (Windows, some network file systems), nobody waits, and runs that share a results folder should take turns.
    """
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
