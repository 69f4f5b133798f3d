"""What a speed test is given: it times ours and its baselines, and keeps what was measured once it is known right."""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, final

from idia.speed.curves import Curve
from idia.speed.growth import Point, growth_of
from idia.speed.interleaved import Benchmark, Clock, Contestant, Outcome, interleaved
from idia.speed.machine import code_words, library_words, machine_words
from idia.speed.rows import SpeedRow
from idia.speed.tiles import TileRow
from idia.speed.wording import SLOPE_OF, amount_words, last_step_words, slope_words


@final
class Stopwatch:
    """Times one stage; a test asserts that the answers are right before it keeps the times.

    Args:
        benchmark: The fixture of pytest-benchmark.
        keep_row: Takes a row of the table.
        keep_curve: Takes a curve of growth.
        keep_tiles: Takes how long a card took with each of several tiles.
        device: What computes, as `--idia-device` names it.

    Attributes:
        device: The same.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        keep_row: Callable[[SpeedRow], None],
        keep_curve: Callable[[Curve], None],
        keep_tiles: Callable[[TileRow], None] = lambda row: None,
        *,
        device: str = "cpu",
    ) -> None:
        self._benchmark = benchmark
        self._keep_row, self._keep_curve, self._keep_tiles = keep_row, keep_curve, keep_tiles
        self.device = device

    def interleaved(
        self,
        ours: Contestant[Any],
        *baselines: Contestant[Any],
        rounds: int,
        warmup_rounds: int = 1,
        clock: Clock = time.process_time,
    ) -> Outcome:
        """Returns what came of rounds of ours and of its baselines in turn; see `idia.speed.interleaved`."""
        return interleaved(self._benchmark, ours, baselines, rounds=rounds, warmup_rounds=warmup_rounds, clock=clock)

    def once(self, work: Callable[[], Any]) -> Any:
        """Returns what a piece of work answers that measures itself, and shows its time in pytest-benchmark's table."""
        answers: list[Any] = []
        self._benchmark.pedantic(lambda: answers.append(work()), setup=lambda: None, rounds=1, warmup_rounds=0)
        return answers[-1]

    def keep(
        self,
        outcome: Outcome,
        stage: str,
        size: str,
        *,
        per: str = "",
        threads: int = 1,
        checked: str = "",
        remark: str = "",
    ) -> None:
        """Keeps a row for each baseline; nothing if nothing was timed.

        Args:
            outcome: What was measured.
            stage: What was done.
            size: How much of it.
            per: What times are given for, such as `prompt`; by default all of it.
            threads: How many threads each might use.
            checked: What is known of the answers.
            remark: What else to know, beside what each baseline has to say.
        """
        if not outcome.comparisons:
            return
        unit = f"s/{per}" if per else "s"
        for baseline, comparison in zip(outcome.baselines, outcome.comparisons, strict=True):
            remarks = "; ".join(filter(None, (baseline.remark, remark)))
            if comparison is None:
                self.row(stage, size, against=baseline.name, threads=threads, checked=checked, remark=remarks)
                continue
            low, high = comparison.spread
            self.row(
                stage,
                size,
                unit=unit,
                ours=median(comparison.ours),
                baseline=median(comparison.baseline),
                ratio=comparison.ratio,
                low=low,
                high=high,
                rounds=len(comparison.ours),
                against=baseline.name,
                threads=threads,
                checked=checked,
                remark=remarks,
            )

    def keep_growth(self, grows: str, points: Sequence[Point], *, noun: str, checked: str = "") -> None:
        """Keeps how time grew, and the memory at every size; nothing if nothing was timed.

        Args:
            grows: What grows, with the sizes of all else.
            points: What was measured, from the smallest size to the largest.
            noun: What is counted.
            checked: What is known of the answers.
        """
        if self._benchmark.disabled:
            return
        growth = growth_of(points)
        largest = points[-1]
        memory = [f"{amount_words(point.most_mib, 'MiB')} at {point.n:,}" for point in points if point.most_mib]
        remarks = [f"time at {largest.n:,}", last_step_words(growth, noun)]
        remarks.append(f"{slope_words(growth)} {SLOPE_OF}")
        self.row(
            f"growth with {noun}",
            f"{points[0].n:,} to {largest.n:,} {grows}",
            ours=largest.typical_seconds,
            rounds=len(largest.cpu_seconds),
            threads=1,
            checked=checked,
            remark="; ".join([*remarks, f"memory: {', '.join(memory)}"] if memory else remarks),
        )
        self._keep_curve(Curve(grows, tuple(points), growth, machine_words(self.device)))

    def keep_tiles(self, dim: int, tiles: str, seconds: float, **facts: Any) -> None:
        """Keeps how long a card took with some tiles: see `TileRow`; nothing if nothing is timed."""
        if self._benchmark.disabled:
            return
        machine, libraries = machine_words(self.device), library_words(device=self.device)
        self._keep_tiles(TileRow(machine, dim, tiles, seconds, libraries=libraries, code=code_words(), **facts))

    def row(self, stage: str, size: str, **facts: Any) -> None:
        """Keeps one row as it is: see `SpeedRow`; nothing if nothing is timed."""
        if self._benchmark.disabled:
            return
        machine, libraries = machine_words(self.device), library_words(device=self.device)
        row = SpeedRow(stage, size, machine, libraries=libraries, code=code_words(), **facts)
        if row.against:
            shown = {"ratio": row.ratio, "spread": (row.low, row.high), "size": row.size, "machine": row.machine}
            self._benchmark.extra_info[row.against] = shown
        self._keep_row(row)
