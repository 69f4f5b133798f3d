"""The small text files a user brings: tables, lists and recipes, read with errors that name file and line."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from idia.errors import DatasetError

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Row:
    """One filled row of a CSV file.

    Attributes:
        line: Number of its first line in the file, from 1.
        fields: Its cells without surrounding blanks, as many as the first row has.
    """

    line: int
    fields: tuple[str, ...]


def read_text(path: Path) -> str:
    """A UTF-8 file as text, with or without a byte order mark.

    Raises:
        DatasetError: The file does not exist, cannot be read or is not UTF-8.
    """
    raw = read_bytes(path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if raw.startswith(_UTF16_MARKS):
            came = "It looks like UTF-16."
        else:
            line = raw[: error.start].count(b"\n") + 1
            came = f"Line {line} holds other bytes."
    raise DatasetError(f"{str(path)!r} is not UTF-8 text. {came} Save it as UTF-8 (spreadsheets call it 'CSV UTF-8').")


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        DatasetError: The file does not exist or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        reason = "no such file"
    except IsADirectoryError:
        reason = "it is a folder"
    except PermissionError:
        # Windows reports a folder opened as a file this way.
        reason = "it is a folder" if path.is_dir() else "permission denied"
    except OSError as error:
        reason = error.strerror or str(error)
    except ValueError as error:  # a NUL byte in the path
        reason = str(error)
    raise DatasetError(f"cannot read {str(path)!r}: {reason}.")


def read_rows(path: Path) -> tuple[Row, ...]:
    """All rows of a CSV file that hold anything, the header (if there is one) included.

    Short rows are filled up with empty cells; cells beyond the first row's must be empty, so that an unquoted
    comma in a name cannot shift the columns.

    Raises:
        DatasetError: The file cannot be read, is empty, or is not a regular table.
    """
    text = read_text(path)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    line = 1
    try:
        for cells in reader:
            fields = tuple(cell.strip() for cell in cells)
            if any(fields):
                rows.append(Row(line, _fitted(fields, rows[0].fields if rows else fields, path, line)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise DatasetError(f"{str(path)!r}, line {line}: not a CSV row ({error}).") from None
    if not rows:
        raise DatasetError(f"{str(path)!r} is empty; expected a table with one row per name.")
    return tuple(rows)


def column_index(header: Row, names: Sequence[str], path: Path) -> int | None:
    """Position of the one column called any of ``names``, whatever its case; ``None`` without one.

    Raises:
        DatasetError: More than one column has such a name.
    """
    found = [index for index, field in enumerate(header.fields) if field.casefold() in names]
    if len(found) > 1:
        columns = " and ".join(repr(header.fields[index]) for index in found)
        raise DatasetError(f"{str(path)!r} has several columns that mean the same: {columns}. Keep one.")
    return found[0] if found else None


def missing_column(header: Row, expected: str, path: Path) -> DatasetError:
    """The error to raise when a table lacks a column: what was expected and which columns came."""
    came = ", ".join(repr(field) for field in header.fields[:10])
    more = ", …" if len(header.fields) > 10 else ""
    hint = ""
    if len(header.fields) == 1 and (";" in header.fields[0] or "\t" in header.fields[0]):
        hint = " Separate columns by commas."
    return DatasetError(f"{str(path)!r} has no column {expected}; its first line holds {came}{more}.{hint}")


def read_recipe(folder: Path) -> Mapping[str, object]:
    """The ``recipe.json`` that controlled training leaves in ``folder``; empty where there is none.

    A damaged recipe counts as none: it only ever adds provenance, and nothing may rest on half of it.
    """
    try:
        document: object = json.loads((folder / "recipe.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _fitted(fields: tuple[str, ...], first: tuple[str, ...], path: Path, line: int) -> tuple[str, ...]:
    if any(fields[len(first) :]):
        raise DatasetError(
            f"{str(path)!r}, line {line}: {len(fields)} columns, but the first line has {len(first)}. "
            "Put a name that holds a comma in double quotes."
        )
    return fields[: len(first)] + ("",) * (len(first) - len(fields))
