"""The rows of the table of speeds, and their file: what earlier runs measured stays until it is measured again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, final

from idia.report.tables import csv_table, safe_cell
from idia.speed.csv_files import cell_number, number_cell, read_csv

NOT_MEASURED = "not measured"
"""How the remark of a row begins that says what is still to be measured."""

CARD = "CUDA device"
"""The machine of a row that nobody has measured for want of one."""


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
        remark: What else to know, such as the library that is missing. Where it begins with `NOT_MEASURED`, nobody has
            measured this yet, and all numbers are missing.
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

    @property
    def subject(self) -> tuple[str, str, str]:
        """What is measured, on whichever machine."""
        return self.stage, self.size, self.against

    @property
    def is_measured(self) -> bool:
        """Whether somebody measured it, or tried to."""
        return not self.remark.startswith(NOT_MEASURED)


_COLUMNS = (
    *("stage", "size", "ours", "baseline", "ratio", "low", "high", "machine", "unit", "against"),
    *("rounds", "threads", "checked", "remark", "libraries", "code"),
)
_NUMBERS = ("ours", "baseline", "ratio", "low", "high")
_COUNTS = ("rounds", "threads")


def merged(earlier: Iterable[SpeedRow], measured: Iterable[SpeedRow]) -> list[SpeedRow]:
    """Returns the rows of earlier runs with those just measured in the places they had, or at the end.

    Rows of other stages, sizes and machines stay: every row says by itself what code it is of. Rows that say that
    something was not measured give way to those of any machine that measured it, and to a new list of such rows.
    """
    new = list(measured)
    has_new_list = not all(row.is_measured for row in new)
    rows = {row.key: row for row in earlier if row.is_measured or not has_new_list}
    rows |= {row.key: row for row in new}
    done = {row.subject for row in rows.values() if row.is_measured}
    rows = {key: row for key, row in rows.items() if row.is_measured or row.subject not in done}
    stages = list(dict.fromkeys(row.stage for row in rows.values()))
    machines = list(dict.fromkeys(row.machine for row in rows.values()))
    return sorted(rows.values(), key=lambda row: (machines.index(row.machine), stages.index(row.stage)))


def not_measured(stage: str, size: str, *, against: str = "", unit: str = "s") -> SpeedRow:
    """Returns a row that says that nobody has measured this yet, which takes a graphics card.

    Args:
        stage: What is done.
        size: How much of it.
        against: The baseline's name; empty without one.
        unit: Of what would be measured.
    """
    return SpeedRow(stage, size, CARD, unit=unit, against=against, remark=f"{NOT_MEASURED}: needs a {CARD}")


def as_csv(rows: Sequence[SpeedRow]) -> bytes:
    """Returns the rows as CSV: times in seconds, `low` and `high` the smallest and the largest ratio of a round."""
    return csv_table(_COLUMNS, [_written(row) for row in rows])


def from_csv(content: bytes, source: str) -> list[SpeedRow]:
    """Returns the rows that `as_csv` wrote.

    Args:
        content: The file.
        source: What to call it in an error.

    Raises:
        RecordError: It is another table, or damaged.
    """
    return read_csv(content, _COLUMNS, _read, kind="speeds", source=source)


def _written(row: SpeedRow) -> dict[str, str]:
    cells = {name: str(getattr(row, name)) for name in _COUNTS}
    cells |= {name: number_cell(getattr(row, name)) for name in _NUMBERS}
    return cells | {name: safe_cell(getattr(row, name)) for name in _COLUMNS if name not in cells}


def _read(cells: dict[str, str]) -> SpeedRow:
    values: dict[str, Any] = {**cells}
    values |= {name: cell_number(cells[name]) for name in _NUMBERS}
    values |= {name: int(cells[name]) for name in _COUNTS}
    return SpeedRow(**values)
