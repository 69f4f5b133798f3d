"""The files of a speed run: the table for readers and for programs, and the curves of growth."""

from collections.abc import Sequence
from pathlib import Path

from idia.errors import RecordError
from idia.records.atomic import locked, write_atomically
from idia.report.growth import Series, growth_figure
from idia.speed.curves import Curve, curves_as_csv, curves_from_csv, merged_curves
from idia.speed.rows import SpeedRow, as_csv, from_csv, merged
from idia.speed.table import as_markdown
from idia.speed.tiles import TileRow, merged_tiles, tiles_as_csv, tiles_from_csv
from idia.speed.wording import SLOPE_OF, last_step_words, slope_words

TABLE, TEXT = "speed.csv", "speed.md"
TILES = Path("speed") / "tiles.csv"
FIGURES = Path("figures") / "speed"
GROWTH = FIGURES / "growth.csv"


def read_rows(results: Path) -> list[SpeedRow]:
    """Returns the rows that earlier runs left in a results folder.

    Raises:
        RecordError: The table is damaged, or of another version.
    """
    path = results / TABLE
    return from_csv(_read(path), str(path)) if path.exists() else []


def read_curves(results: Path) -> list[Curve]:
    """Returns the curves of growth that earlier runs left in a results folder.

    Raises:
        RecordError: Their table is damaged, or of another version.
    """
    path = results / GROWTH
    return curves_from_csv(_read(path), str(path)) if path.exists() else []


def read_tiles(results: Path) -> list[TileRow]:
    """Returns the tiles that earlier runs tried on a card.

    Raises:
        RecordError: Their table is damaged, or of another version.
    """
    path = results / TILES
    return tiles_from_csv(_read(path), str(path)) if path.exists() else []


def write_results(
    results: Path, rows: Sequence[SpeedRow], curves: Sequence[Curve], tiles: Sequence[TileRow] = ()
) -> tuple[Path, ...]:
    """Writes what was measured beside what earlier runs measured; returns the files that changed.

    Args:
        results: The results folder.
        rows: The rows just measured; those of other stages, sizes and machines stay.
        curves: The curves just measured; others stay.
        tiles: The tiles just tried; those of other machines and lengths of embeddings stay.

    Raises:
        RecordError: An earlier table is damaged, or something cannot be written.
    """
    try:
        results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordError(f"cannot make {results}: {error.strerror or error}. Name another --idia-results.") from None
    with locked(results):
        shown = merged(read_rows(results), rows)
        kept = merged_curves(read_curves(results), curves)
        files = {TABLE: as_csv(shown), TEXT: as_markdown(shown, has_figure=bool(kept))}
        if kept:
            files[str(GROWTH)] = curves_as_csv(kept)
            files |= {str(FIGURES / name): content for name, content in _drawn(kept).items()}
        if tried := merged_tiles(read_tiles(results), tiles):
            files[str(TILES)] = tiles_as_csv(tried)
        return tuple(results / name for name, content in files.items() if write_atomically(results / name, content))


def _drawn(curves: Sequence[Curve]) -> dict[str, bytes]:
    """The figure of the curves of the machine that measured last."""
    machine = curves[-1].machine
    series = [
        Series(
            f"{curve.grows}\n{last_step_words(curve.growth, 'in size')}\n{slope_words(curve.growth)}",
            tuple(point.n for point in curve.points),
            tuple(point.typical_seconds for point in curve.points),
        )
        for curve in curves
        if curve.machine == machine
    ]
    return growth_figure(series, machine, f"slopes are means {SLOPE_OF}")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordError(f"cannot read {path}: {error.strerror or error}.") from None
