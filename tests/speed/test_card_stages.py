"""What is measured on a graphics card, measured on the CPU: answers and rows are those, times mean nothing."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from math import inf
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from idia.errors import MeasurementError
from idia.speed.card import Peak
from idia.speed.card_plan import Task, Work, plan
from idia.speed.card_stages import CardStages
from idia.speed.fresh import Spent, in_fresh_process
from idia.speed.rows import SpeedRow, merged
from idia.speed.stopwatch import Stopwatch
from idia.speed.tiles import TileRow

TASKS = plan([(24, 2, 40), (9, 3, 65)], (128, 160), 70)
INTERPRETED = """
from idia.speed import card_baselines
from idia.speed.card_plan import Task, Work
from idia.speed.card_stages import CardStages
from idia.speed.stopwatch import Stopwatch


class Benchmark:
    disabled, extra_info = False, {}

    def pedantic(self, target, *, setup, rounds, warmup_rounds):
        setup()
        target()


card_baselines._SHORTEST_ROUND = 0
rows = []
stages = CardStages(Stopwatch(Benchmark(), rows.append, print), rounds=1)
for stage in ("screen", "whole-call"):
    print(stages.measure(Task(stage, Work(24, 2, 40, 128))))
print(len(rows))
"""
TUNING = Task("tuning", Work(24, 2, 40, 128))


def timed(tiles: str, seconds: float, problem: str = "") -> Any:
    return SimpleNamespace(tiles=tiles, seconds=seconds, low=seconds, high=seconds, problem=problem)


@pytest.fixture
def rows() -> list[SpeedRow]:
    return []


@pytest.fixture
def tiles() -> list[TileRow]:
    return []


@pytest.fixture(scope="module")
def processes() -> Callable[..., Spent]:
    """Work in a process of its own; the same work is done once, as importing takes seconds."""
    return cache(in_fresh_process)


@pytest.fixture
def stages(
    benchmark_of: Any,
    rows: list[SpeedRow],
    tiles: list[TileRow],
    processes: Callable[..., Spent],
    monkeypatch: pytest.MonkeyPatch,
) -> CardStages:
    """All stages with another backend and another quick comparison."""
    monkeypatch.setattr("idia.speed.card_stages.in_fresh_process", processes)
    return CardStages(
        Stopwatch(benchmark_of(), rows.append, lambda curve: None, tiles.append),
        impl="cpu",
        screening=lambda images, texts: lambda: images @ texts[0].T,
        tuning=lambda dim, device: [timed("128x256", 0.5), timed("a", inf, problem="too large")],
        rounds=2,
        most_checked=2 * 40 * 10,
        at_once=30,
    )


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_every_stage_takes_the_place_of_its_rows(stages: CardStages, rows: list[SpeedRow], task: Task) -> None:
    assert stages.measure(task) == 0

    assert [row.subject for row in rows] == [row.subject for row in task.rows]
    assert [row.unit for row in rows] == [row.unit for row in task.rows]
    assert merged(task.rows, rows) == rows


def test_a_screen_is_a_share_of_a_product(stages: CardStages, rows: list[SpeedRow]) -> None:
    stages.measure(Task("screen", Work(24, 2, 40, 128)))

    (row,) = rows
    assert row.ratio is not None
    assert row.rounds == 2
    assert row.remark.endswith(" TFLOP/s")


def test_a_call_is_checked_and_says_what_was_scored_once_more(stages: CardStages, rows: list[SpeedRow]) -> None:
    stages.measure(Task("whole-call", Work(24, 2, 40, 128)))

    bf16, fp32, faiss = rows
    assert bf16.checked.startswith("0 of 20 answers differ from float64; ")
    assert " % re-scored in float64; bfloat16 alone chooses another name in " in bf16.checked
    assert fp32.remark == "float32 of full precision: TF32 is off"
    assert faiss.remark == "n/a: pip install faiss-gpu"
    assert faiss.ratio is None


def test_all_cases_are_counted(stages: CardStages, rows: list[SpeedRow]) -> None:
    stages.measure(Task("answers", Work(24, 2, 40, 128)))

    assert rows[0].checked == "0 of 194 answers in 11 cases differ from float64"
    assert rows[0].remark.startswith("re-scored in float64: random ")


def test_names_that_stream_by_are_compared_in_chunks(stages: CardStages, rows: list[SpeedRow]) -> None:
    stages.measure(Task("memory", Work(24, 1, 70, 128)))

    assert rows[0].checked == "24 answers are those of float64"
    assert rows[0].remark.startswith("30 names at once; ")
    assert rows[0].baseline == pytest.approx(24 * 70 * 4 / 2**20)


def test_memory_that_grows_with_names_is_an_error(stages: CardStages, monkeypatch: pytest.MonkeyPatch) -> None:
    class Growing(Peak):
        def __init__(self) -> None:
            self.n_measured = 0

        def measuring(self, device: torch.device) -> Any:
            self.n_measured += 1
            self.mib = 100.0 * self.n_measured
            return super().measuring(device)

    monkeypatch.setattr("idia.speed.card_stages.Peak", Growing)

    with pytest.raises(MeasurementError, match="70 names take 300 MiB of the device, a chunk of them 100 MiB"):
        stages.measure(Task("memory", Work(24, 1, 70, 128)))


def test_tiles_that_were_tried_are_kept(stages: CardStages, rows: list[SpeedRow], tiles: list[TileRow]) -> None:
    assert stages.measure(TUNING) == 0

    assert [(each.dim, each.tiles, each.seconds) for each in tiles] == [(128, "128x256", 0.5), (128, "a", inf)]
    assert [each.problem for each in tiles] == ["", "too large"]
    assert (rows[0].stage, rows[0].size, rows[0].ours) == ("GPU tuning", "D = 128", 0.5)
    assert rows[0].remark == "128x256, the fastest of 2; all are in speed/tiles.csv"


def test_where_no_tiles_run_the_card_is_named(stages: CardStages, tiles: list[TileRow]) -> None:
    failing = replace(stages, tuning=lambda dim, device: [timed("a", inf, problem="too large")])

    with pytest.raises(MeasurementError, match="no cut into tiles runs on cpu: too large"):
        failing.measure(TUNING)
    assert len(tiles) == 1


@pytest.mark.parametrize("stage", ["first-call", "answers", "whole-call", "memory"])
def test_wrong_answers_are_counted_and_leave_no_row(
    stages: CardStages,
    rows: list[SpeedRow],
    stage: Any,
    processes: Callable[..., Spent],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from idia.kernels import BestNames, Standing, compared, cosine_argmax

    def off(images: Any, texts: Any, *, impl: Any) -> BestNames:
        best = cosine_argmax(images, texts, impl=impl)
        return best if impl == "reference" else replace(best, indices=best.indices + 1)

    def off_standing(images: Any, texts: Any, *, impl: Any) -> Standing:
        standing = compared(images, texts, impl=impl)
        return standing if impl == "reference" else replace(standing, indices=(standing.indices + 1) % 10)

    def off_first(workload: str, **given: Any) -> Spent:
        spent = processes(workload, **given)
        return replace(spent, answer=[[name + 1 for name in row] for row in spent.answer])

    monkeypatch.setattr("idia.speed.card_stages.in_fresh_process", off_first)
    for module in ("idia.speed.card_stages", "idia.speed.card_cases"):
        monkeypatch.setattr(f"{module}.cosine_argmax", off)
    monkeypatch.setattr("idia.speed.card_stages.compared", off_standing)

    work = Work(24, 1, 70, 128) if stage == "memory" else Work(24, 2, 40, 128)
    assert stages.measure(Task(stage, work)) > 0
    assert rows == []


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_where_nothing_is_timed_answers_are_checked_all_the_same(
    stages: CardStages, benchmark_of: Any, rows: list[SpeedRow], task: Task
) -> None:
    untimed = replace(stages, stopwatch=Stopwatch(benchmark_of(disabled=True), rows.append, lambda curve: None))

    assert untimed.measure(task) == 0
    assert rows == []


def test_the_kernels_themselves_run_through_the_timed_stages() -> None:
    """In Triton's interpreter, which must be chosen before they are loaded, and which is slow."""
    pytest.importorskip("triton")
    environment = {**os.environ, "TRITON_INTERPRET": "1"}
    done = subprocess.run(
        [sys.executable, "-c", INTERPRETED], env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0", "0", "4"]
