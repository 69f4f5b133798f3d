"""The files of a speed run: the table for readers and for programs, and the curves of growth."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from idia.errors import RecordError
from idia.records.atomic import locked, write_atomically
from idia.report.growth import Series, growth_figure
from idia.report.tables import csv_table
from idia.speed.growth import Point
from idia.speed.rows import SpeedRow, as_csv, from_csv, merged
from idia.speed.table import as_markdown

TABLE, TEXT = "speed.csv", "speed.md"
FIGURES = Path("figures") / "speed"

_COLUMNS = ("grows", "n", "cpu_seconds", "extra_mib", "slope", "machine")


@final
@dataclass(frozen=True, slots=True)
class Curve:
    """Work of several sizes.

    Attributes:
        grows: What grows, with the sizes of all else.
        points: What was measured.
        slope: The exponent, in words.
        machine: What it was measured on.
    """

    grows: str
    points: tuple[Point, ...]
    slope: str
    machine: str


def read_rows(results: Path) -> list[SpeedRow]:
    """Returns the rows that earlier runs left in a results folder.

    Raises:
        RecordError: The table is damaged, or of another version.
    """
    path = results / TABLE
    return from_csv(_read(path), str(path)) if path.exists() else []


def write_results(results: Path, rows: Sequence[SpeedRow], curves: Sequence[Curve]) -> tuple[Path, ...]:
    """Writes what was measured beside what earlier runs measured; returns the files that changed.

    Args:
        results: The results folder.
        rows: The rows just measured; those of other stages, sizes and machines stay.
        curves: The curves just measured; others stay.

    Raises:
        RecordError: An earlier table is damaged, or something cannot be written.
    """
    try:
        results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordError(f"cannot make {results}: {error.strerror or error}. Name another --idia-results.") from None
    with locked(results):
        shown = merged(read_rows(results), rows)
        kept = _merged_curves(_read_curves(results), curves)
        files = {TABLE: as_csv(shown), TEXT: as_markdown(shown, has_figure=bool(kept))}
        if kept:
            files[str(FIGURES / "growth.csv")] = _curves_csv(kept)
            files |= {str(FIGURES / name): content for name, content in _drawn(kept).items()}
        return tuple(results / name for name, content in files.items() if write_atomically(results / name, content))


def _drawn(curves: Sequence[Curve]) -> dict[str, bytes]:
    """The figure of the curves of the machine that measured last."""
    machine = curves[-1].machine
    series = [
        Series(
            f"{curve.grows}\n{curve.slope}",
            tuple(point.n for point in curve.points),
            tuple(point.typical_seconds for point in curve.points),
        )
        for curve in curves
        if curve.machine == machine
    ]
    return growth_figure(series, machine)


def _merged_curves(earlier: Sequence[Curve], measured: Sequence[Curve]) -> list[Curve]:
    curves = {(curve.machine, curve.grows): curve for curve in earlier}
    curves |= {(curve.machine, curve.grows): curve for curve in measured}
    latest = measured[-1].machine if measured else None
    return sorted(curves.values(), key=lambda curve: curve.machine == latest)


def _curves_csv(curves: Sequence[Curve]) -> bytes:
    rows = [
        {
            "grows": curve.grows,
            "n": str(point.n),
            "cpu_seconds": f"{point.typical_seconds:.6g}",
            "extra_mib": "" if point.most_mib is None else f"{point.most_mib:.6g}",
            "slope": curve.slope,
            "machine": curve.machine,
        }
        for curve in curves
        for point in curve.points
    ]
    return csv_table(_COLUMNS, rows)


def _read_curves(results: Path) -> list[Curve]:
    path = results / FIGURES / "growth.csv"
    if not path.exists():
        return []
    curves: dict[tuple[str, str], Curve] = {}
    try:
        for row in csv.DictReader(io.StringIO(_read(path).decode()), strict=True):
            memory = (float(row["extra_mib"]),) if row["extra_mib"] else ()
            point = Point(int(row["n"]), (float(row["cpu_seconds"]),), memory)
            key = row["machine"], row["grows"]
            before = curves[key].points if key in curves else ()
            curves[key] = Curve(row["grows"], (*before, point), row["slope"], row["machine"])
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise RecordError(f"{path} is not a table of growth ({error}). Remove it, and it is made anew.") from None
    return list(curves.values())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordError(f"cannot read {path}: {error.strerror or error}.") from None
