"""Files that are whole or not there, in folders that are their owner's alone."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

_PREFIX, _SUFFIX = "idia-", ".tmp"


def private_folder(folder: Path) -> None:
    """Makes a folder that nobody else may look into, unless it is there; those above it are made as usual.

    Raises:
        OSError: It cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def place(content: bytes, path: Path, whose: str = "") -> None:
    """Puts a whole file in its place, or none.

    Args:
        content: What is in it.
        path: Its place, and beside it that of what a kill leaves over.
        whose: What a leftover is known by.

    Raises:
        OSError: It cannot be written.
    """
    descriptor, unfinished = tempfile.mkstemp(prefix=f"{_PREFIX}{whose}", suffix=_SUFFIX, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(unfinished).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(unfinished).unlink(missing_ok=True)  # a full disk needs the space
        raise


def is_leftover(path: Path, whose: str = "") -> bool:
    """Whether a file is called as those are that `place` leaves unfinished when it is killed."""
    return path.name.startswith(f"{_PREFIX}{whose}") and path.suffix == _SUFFIX
