"""How long a graphics card takes with tiles of other sizes than the default: every choice that was tried, in a file."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, final

from idia.report.tables import csv_table, safe_cell
from idia.speed.csv_files import number_cell, read_csv


@final
@dataclass(frozen=True, slots=True)
class TileRow:
    """One choice of tiles for one length of embeddings, on one machine.

    Attributes:
        machine: The card.
        dim: Length of an embedding.
        tiles: The choice, such as `photos=128 names=128`.
        seconds: Of one call, the median; infinite where it does not run.
        low: Of the shortest.
        high: Of the longest.
        problem: Why it does not run.
        libraries: Versions.
        code: Version and commit of this package.
    """

    machine: str
    dim: int
    tiles: str
    seconds: float
    low: float
    high: float
    problem: str = ""
    libraries: str = ""
    code: str = ""


_COLUMNS = tuple(field.name for field in fields(TileRow))
_NUMBERS = ("seconds", "low", "high")


def merged_tiles(earlier: Iterable[TileRow], measured: Sequence[TileRow]) -> list[TileRow]:
    """Returns the rows of earlier runs, but for the machines and lengths just measured, and then those."""
    again = {(row.machine, row.dim) for row in measured}
    return [*(row for row in earlier if (row.machine, row.dim) not in again), *measured]


def tiles_as_csv(rows: Sequence[TileRow]) -> bytes:
    """Returns the rows as CSV, with times in seconds."""
    return csv_table(_COLUMNS, [_written(row) for row in rows])


def tiles_from_csv(content: bytes, source: str) -> list[TileRow]:
    """Returns the rows that `tiles_as_csv` wrote.

    Args:
        content: The file.
        source: What to call it in an error.

    Raises:
        RecordError: It is another table, or damaged.
    """
    return read_csv(content, _COLUMNS, _read, kind="tiles", source=source)


def _written(row: TileRow) -> dict[str, str]:
    cells = {name: safe_cell(str(value)) for name, value in asdict(row).items()}
    return cells | {name: number_cell(getattr(row, name)) for name in _NUMBERS}


def _read(cells: dict[str, str]) -> TileRow:
    values: dict[str, Any] = {**cells, "dim": int(cells["dim"])}
    return TileRow(**values | {name: float(cells[name]) for name in _NUMBERS})
