from pathlib import Path

import pytest

from idia.errors import RecordError
from idia.speed.curves import Curve
from idia.speed.growth import Growth, Point
from idia.speed.results import read_curves, read_rows, read_tiles, write_results
from idia.speed.rows import SpeedRow
from idia.speed.tiles import TileRow

ROW = SpeedRow(
    "tokenising", "21 prompts", "a machine", ours=1.0, baseline=4.0, ratio=4.0, low=4.0, high=4.0, against="x"
)
OTHER = SpeedRow("voting", "5 people", "a machine")
CURVE = Curve(
    "names: 1 prompt",
    (Point(10, (1.0, 1.2)), Point(100, (9.0,), (3.5,))),
    Growth(0.91, 0.8, 1.02, 10.0, 8.18182),
    "a machine",
)
SECOND = Curve(
    "draws: 9 people", (Point(1, (1.0,)), Point(10, (9.0,))), Growth(0.95, 0.95, 0.95, 10.0, 9.0), "a machine"
)


def test_the_files_of_a_run(tmp_path: Path) -> None:
    written = write_results(tmp_path / "results", [ROW], [CURVE])

    names = {path.relative_to(tmp_path / "results").as_posix() for path in written}
    assert names == {"speed.csv", "speed.md", "figures/speed/growth.csv", "figures/speed/growth.svg"}
    assert "](figures/speed/growth.svg)" in (tmp_path / "results" / "speed.md").read_text()
    assert read_rows(tmp_path / "results") == [ROW]


def test_writing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    write_results(tmp_path, [ROW], [CURVE])

    assert write_results(tmp_path, [ROW], []) == ()


def test_another_run_keeps_what_this_one_measured(tmp_path: Path) -> None:
    write_results(tmp_path, [ROW], [CURVE])
    write_results(tmp_path, [OTHER], [SECOND])

    assert read_rows(tmp_path) == [ROW, OTHER]
    assert [curve.grows for curve in read_curves(tmp_path)] == ["names: 1 prompt", "draws: 9 people"]


def test_without_curves_there_is_no_figure(tmp_path: Path) -> None:
    write_results(tmp_path, [ROW], [])

    assert not (tmp_path / "figures").exists()


def test_tiles_have_a_file_of_their_own_where_there_are_any(tmp_path: Path) -> None:
    tiles = TileRow("a card", 512, "128x256", 0.5, 0.25, 1.0)

    assert tmp_path / "speed" / "tiles.csv" in write_results(tmp_path, [ROW], [], [tiles])
    assert write_results(tmp_path, [ROW], []) == ()
    assert read_tiles(tmp_path) == [tiles]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("speed/tiles.csv", "not a table of tiles"),
        ("speed.csv", "not a table of speeds"),
        ("figures/speed/growth.csv", "not a table of growth"),
    ],
)
def test_a_damaged_table_is_not_written_over(tmp_path: Path, file: str, expected: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text("mine\n")

    with pytest.raises(RecordError, match=expected):
        write_results(tmp_path, [ROW], [])
    assert (tmp_path / file).read_text() == "mine\n"
    assert not (tmp_path / "speed.md").exists()
