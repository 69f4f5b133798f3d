from typing import Any

import pytest

from idia.speed.curves import Curve
from idia.speed.growth import Point
from idia.speed.interleaved import Contestant
from idia.speed.rows import SpeedRow
from idia.speed.stopwatch import Stopwatch
from idia.speed.tiles import TileRow


def test_kept_times_are_rows_and_extra_info(benchmark_of: Any) -> None:
    benchmark, rows = benchmark_of(), list[SpeedRow]()
    ticks = iter(range(1000))
    absent: Contestant[int] = Contestant("absent", None, remark="n/a: pip install absent")
    stopwatch = Stopwatch(benchmark, rows.append, lambda curve: None)
    outcome = stopwatch.interleaved(
        Contestant("ours", lambda: 1, 10),
        Contestant("other", lambda: 2),
        absent,
        rounds=3,
        clock=lambda: float(next(ticks)),
    )
    assert not rows
    stopwatch.keep(outcome, "adding", "1 + 1", per="sum", checked="right")

    compared, missing = rows
    assert (compared.unit, compared.ours, compared.baseline) == ("s/sum", 0.1, 1.0)
    assert (compared.ratio, compared.low, compared.high) == pytest.approx((10, 10, 10))
    assert (compared.rounds, compared.threads, compared.checked) == (3, 1, "right")
    assert "torch" in compared.libraries
    assert benchmark.extra_info["other"]["ratio"] == pytest.approx(10)
    assert (missing.ratio, missing.against, missing.remark) == (None, "absent", "n/a: pip install absent")


def test_nothing_is_kept_where_nothing_was_timed(benchmark_of: Any) -> None:
    rows, curves = list[SpeedRow](), list[Curve]()
    stopwatch = Stopwatch(benchmark_of(disabled=True), rows.append, curves.append)
    outcome = stopwatch.interleaved(Contestant("ours", lambda: 1), Contestant("other", lambda: 1), rounds=3)
    stopwatch.keep(outcome, "adding", "1 + 1")
    stopwatch.keep_growth("names", [Point(1, (1.0,)), Point(10, (10.0,))], noun="names")
    stopwatch.row("memory", "much")

    assert (rows, curves) == ([], [])


def test_remarks_stand_behind_those_of_the_baseline(benchmark_of: Any) -> None:
    rows = list[SpeedRow]()
    stopwatch = Stopwatch(benchmark_of(), rows.append, lambda curve: None)
    slow: Contestant[int] = Contestant("slow", lambda: 2, remark="slow")
    absent: Contestant[int] = Contestant("absent", None, remark="n/a")
    outcome = stopwatch.interleaved(Contestant("ours", lambda: 1), slow, absent, rounds=2)
    stopwatch.keep(outcome, "adding", "1 + 1", remark="hot")

    assert [row.remark for row in rows] == ["slow; hot", "n/a; hot"]


def test_tiles_are_kept_with_what_tried_them(benchmark_of: Any) -> None:
    tiles = list[TileRow]()
    for disabled in (False, True):
        stopwatch = Stopwatch(benchmark_of(disabled), lambda row: None, lambda curve: None, tiles.append)
        stopwatch.keep_tiles(512, "128x256", 0.5, low=0.25, high=1.0)

    (kept,) = tiles
    assert (kept.dim, kept.tiles, kept.seconds, kept.low, kept.high) == (512, "128x256", 0.5, 0.25, 1.0)
    assert "torch" in kept.libraries


def test_growth_is_a_row_and_a_curve(benchmark_of: Any) -> None:
    rows, curves = list[SpeedRow](), list[Curve]()
    points = [Point(1, (1.0, 1.0), (0.5,)), Point(10, (10.0, 10.0), (1.5,))]
    Stopwatch(benchmark_of(), rows.append, curves.append).keep_growth("people, 5 draws", points, noun="people")

    assert [(row.stage, row.size, row.ours) for row in rows] == [
        ("growth with people", "1 to 10 people, 5 draws", 10.0)
    ]
    assert rows[0].remark == (
        "time at 10; the last step, × 10 people, takes × 10.0; "
        "mean slope 1.00 [1.00, 1.00] over all sizes, fixed costs included; "
        "memory: 0.50 MiB at 1, 1.50 MiB at 10"
    )
    assert curves[0].points == tuple(points)
    assert curves[0].growth.last_time == 10.0
