"""What lies in a folder that a user brings: listed in one order everywhere, or a clear error."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from idia.errors import DatasetError

# What archives, network drives and operating systems leave behind.
_LEFTOVERS = frozenset({"__macosx", "@eadir", "lost+found", "$recycle.bin", "system volume information"})


def visible(folder: Path, what: str, expected: str) -> list[Path]:
    """Returns what lies in a folder and is not hidden, in an order that no file system decides.

    Args:
        folder: The folder.
        what: What should be in it, in words.
        expected: How it should be arranged, as a sentence.

    Raises:
        DatasetError: It cannot be listed.
    """
    try:
        entries = list(folder.iterdir())
    except FileNotFoundError:
        reason = "no such folder"
    except NotADirectoryError:
        reason = "it is a file, not a folder (unpack archives first)"
    except PermissionError:
        reason = "permission denied"
    except OSError as error:
        reason = error.strerror or str(error)
    except ValueError as error:  # a NUL byte in the path
        reason = str(error)
    else:
        shown = (entry for entry in entries if not entry.name.startswith("."))
        return sorted(shown, key=lambda entry: (unicodedata.normalize("NFC", entry.name), entry.name))
    raise DatasetError(f"cannot read {what} in {str(folder)!r}: {reason}. {expected}")


def is_folder(path: Path, expected: str) -> bool:
    """Returns whether a path is a folder.

    Raises:
        DatasetError: Its own folder may be listed, but not entered.
    """
    try:
        return path.is_dir()
    except OSError as error:
        raise DatasetError(f"cannot look at {str(path)!r}: {error.strerror or error}. {expected}") from None


def is_leftover(folder: Path) -> bool:
    """Returns whether a folder is one that archives, network drives or operating systems leave behind."""
    return folder.name.casefold() in _LEFTOVERS


def some(texts: Sequence[str]) -> str:
    """Returns the first few texts, and how many more there are."""
    more = f" and {len(texts) - 5} more" if len(texts) > 5 else ""
    return ", ".join(texts[:5]) + more
