"""What a reader of results is told about a file that is not as it was written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from idia.errors import RecordError
from idia.records.schema import NewerRecordError

REPAIR = "Restore the file, for example from version control, or delete it and run the benchmark again."


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Names the file in whatever is found to be wrong while it is read.

    Raises:
        NewerRecordError: It was written by a newer version.
        RecordError: It cannot be read, or is not valid.
    """
    try:
        yield
    except NewerRecordError as error:
        raise NewerRecordError(f"{path}, {error} Update idia, or use another results folder.") from None
    except RecordError as error:
        raise RecordError(f"{path} is not a valid record: {error} {REPAIR}") from None
    except OSError as error:
        raise RecordError(f"cannot read {path}: {error.strerror or error}. {REPAIR}") from error


def check_place(path: Path, expected: Path) -> None:
    """Raises `RecordError` unless a record lies where its content belongs."""
    if path != expected:
        raise RecordError(
            f"{path} lies where no record of its content belongs, which is {expected}. Was it edited, moved or copied? "
            f"{REPAIR}"
        )
