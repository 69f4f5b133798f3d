"""The rows of the table of speeds, and their file: what earlier runs measured stays until it is measured again."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, final

from idia.errors import RecordError
from idia.report.tables import csv_table, safe_cell

_DASH = "–"


@final
@dataclass(frozen=True, slots=True)
class SpeedRow:
    """One stage at one size beside one baseline.

    Attributes:
        stage: What is done.
        size: How much of it.
        ours: Median seconds (or MiB) of ours; None if nothing was measured.
        baseline: The same of the baseline; None if it could not be run or there is none.
        unit: Of both: `s`, `s/prompt`, `MiB`.
        ratio: Median over rounds of how many times as fast ours is.
        low: The smallest ratio of a round.
        high: The largest.
        rounds: How many rounds there were.
        against: The baseline's name; empty without one.
        checked: What is known of the answers.
        remark: What else to know, such as the library that is missing.
        machine: Processor and cores.
        threads: How many threads each might use; 0 for as many as they like.
        libraries: Versions.
        code: Version and commit of this package.
    """

    stage: str
    size: str
    machine: str
    unit: str = "s"
    ours: float | None = None
    baseline: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    rounds: int = 1
    against: str = ""
    checked: str = ""
    remark: str = ""
    threads: int = 0
    libraries: str = ""
    code: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a later measurement takes the place of."""
        return self.machine, self.stage, self.size, self.against


_COLUMNS = (
    *("stage", "size", "ours", "baseline", "ratio", "spread", "machine", "unit", "against"),
    *("rounds", "threads", "checked", "remark", "libraries", "code"),
)
_NUMBERS = ("ours", "baseline", "ratio")
_COUNTS = ("rounds", "threads")


def merged(earlier: Iterable[SpeedRow], measured: Iterable[SpeedRow]) -> list[SpeedRow]:
    """Returns the rows of earlier runs with those just measured in the places they had, or at the end.

    Rows of other stages, sizes and machines stay: every row says by itself what code it is of.
    """
    rows = {row.key: row for row in earlier}
    rows |= {row.key: row for row in measured}
    stages = list(dict.fromkeys(row.stage for row in rows.values()))
    machines = list(dict.fromkeys(row.machine for row in rows.values()))
    return sorted(rows.values(), key=lambda row: (machines.index(row.machine), stages.index(row.stage)))


def as_csv(rows: Sequence[SpeedRow]) -> bytes:
    """Returns the rows as CSV: times in seconds; a spread is two ratios with a dash between them."""
    return csv_table(_COLUMNS, [_written(row) for row in rows])


def from_csv(content: bytes, source: str) -> list[SpeedRow]:
    """Returns the rows that `as_csv` wrote.

    Args:
        content: The file.
        source: What to call it in an error.

    Raises:
        RecordError: It is another table, or damaged.
    """
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8")), strict=True)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise ValueError(f"expected the columns {', '.join(_COLUMNS)}")
        return [_read(row) for row in reader]
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise RecordError(f"{source} is not a table of speeds ({error}). Remove it, and it is made anew.") from None


def _written(row: SpeedRow) -> dict[str, str]:
    cells = {name: str(getattr(row, name)) for name in _COUNTS}
    for name in _COLUMNS:
        if name in _NUMBERS:
            cells[name] = _number(getattr(row, name))
        elif name == "spread":
            cells[name] = "" if row.low is None else f"{_number(row.low)}{_DASH}{_number(row.high)}"
        elif name not in _COUNTS:
            cells[name] = safe_cell(getattr(row, name))
    return cells


def _read(cells: dict[str, str]) -> SpeedRow:
    low, _, high = cells.pop("spread").partition(_DASH)
    values: dict[str, Any] = cells | {"low": _value(low), "high": _value(high)}
    values |= {name: _value(cells[name]) for name in _NUMBERS}
    values |= {name: int(cells[name]) for name in _COUNTS}
    return SpeedRow(**values)


def _number(value: float | None) -> str:
    """Six significant digits: more than any clock is worth."""
    return "" if value is None else f"{value:.6g}"


def _value(text: str) -> float | None:
    return float(text) if text else None
