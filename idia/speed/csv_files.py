"""What the CSV files of a speed run have in common: how numbers are written, and how one is read back."""

import csv
import io
from collections.abc import Callable, Sequence
from typing import TypeVar

from idia.errors import RecordError

_Row = TypeVar("_Row")


def read_csv(
    content: bytes, columns: Sequence[str], read_row: Callable[[dict[str, str]], _Row], *, kind: str, source: str
) -> list[_Row]:
    """Returns the rows of a table that this package wrote.

    Args:
        content: The file.
        columns: Its columns.
        read_row: Makes a row of the cells, by column; raises ValueError or TypeError where it cannot.
        kind: What it is a table of, for errors.
        source: What to call it in an error.

    Raises:
        RecordError: It is another table, or damaged.
    """
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8")), strict=True)
        if tuple(reader.fieldnames or ()) != tuple(columns):
            raise ValueError(f"expected the columns {', '.join(columns)}")
        return [read_row(row) for row in reader]
    except (ValueError, TypeError, csv.Error) as error:
        raise RecordError(f"{source} is not a table of {kind} ({error}). Remove it, and it is made anew.") from None


def number_cell(value: float | None) -> str:
    """Returns a number with six significant digits, more than any clock is worth; nothing for None."""
    return "" if value is None else f"{value:.6g}"


def cell_number(cell: str) -> float | None:
    """Returns the number in a cell; None if it is empty.

    Raises:
        ValueError: It holds something else.
    """
    return float(cell) if cell else None
