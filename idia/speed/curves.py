"""Curves of growth and their file: what earlier runs measured stays until it is measured again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import final

from idia.report.tables import csv_table, safe_cell
from idia.speed.csv_files import cell_number, number_cell, read_csv
from idia.speed.growth import Growth, Point


@final
@dataclass(frozen=True, slots=True)
class Curve:
    """Work of several sizes.

    Attributes:
        grows: What grows, with the sizes of all else.
        points: What was measured.
        growth: How time grows.
        machine: What it was measured on.
    """

    grows: str
    points: tuple[Point, ...]
    growth: Growth
    machine: str

    @property
    def key(self) -> tuple[str, str]:
        """What a later measurement takes the place of."""
        return self.machine, self.grows


_GROWTH = ("slope", "slope_low", "slope_high", "last_size", "last_time")
_COLUMNS = ("grows", "n", "cpu_seconds", "extra_mib", *_GROWTH, "machine")


def merged_curves(earlier: Iterable[Curve], measured: Sequence[Curve]) -> list[Curve]:
    """Returns the curves of earlier runs and those just measured, with those of the machine that measured last."""
    curves = {curve.key: curve for curve in earlier} | {curve.key: curve for curve in measured}
    latest = measured[-1].machine if measured else None
    return sorted(curves.values(), key=lambda curve: curve.machine == latest)


def curves_as_csv(curves: Sequence[Curve]) -> bytes:
    """Returns the curves as CSV, a line for each size: of its rounds the median time and the most memory.

    Every line says, too, how time grows along the whole curve: see `Growth`.
    """
    rows = [
        {
            "grows": safe_cell(curve.grows),
            "n": str(point.n),
            "cpu_seconds": number_cell(point.typical_seconds),
            "extra_mib": number_cell(point.most_mib),
            **{name: number_cell(getattr(curve.growth, name)) for name in _GROWTH},
            "machine": safe_cell(curve.machine),
        }
        for curve in curves
        for point in curve.points
    ]
    return csv_table(_COLUMNS, rows)


def curves_from_csv(content: bytes, source: str) -> list[Curve]:
    """Returns the curves that `curves_as_csv` wrote, as if every size had been measured once.

    Args:
        content: The file.
        source: What to call it in an error.

    Raises:
        RecordError: It is another table, or damaged.
    """
    curves: dict[tuple[str, str], Curve] = {}
    for piece in read_csv(content, _COLUMNS, _read, kind="growth", source=source):
        begun = curves.get(piece.key)
        curves[piece.key] = piece if begun is None else replace(begun, points=begun.points + piece.points)
    return list(curves.values())


def _read(cells: dict[str, str]) -> Curve:
    memory = cell_number(cells["extra_mib"])
    point = Point(int(cells["n"]), (float(cells["cpu_seconds"]),), () if memory is None else (memory,))
    return Curve(cells["grows"], (point,), Growth(*(float(cells[name]) for name in _GROWTH)), cells["machine"])
