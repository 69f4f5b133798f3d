"""Ours and its baselines in turn, round by round: what slows the machine down slows down all of them alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Generic, Protocol, TypeVar, final

from idia.errors import SettingError

Clock = Callable[[], float]
"""Returns seconds; differences between two calls count."""

_Answer = TypeVar("_Answer")


@final
@dataclass(frozen=True, eq=False, slots=True)
class Contestant(Generic[_Answer]):
    """Something that is timed.

    Attributes:
        name: What it is called in the table.
        run: Does the work and returns its answer; None where it cannot be run here. Called with what `prepare`
            returned, if there is that.
        n_items: How many items (prompts, draws) one run deals with, where contestants deal with different numbers.
        remark: What a reader should know: how it was set up, or what is missing.
        prepare: Makes what a run needs anew, before every round and untimed.
    """

    name: str
    run: Callable[..., _Answer] | None
    n_items: int = 1
    remark: str = ""
    prepare: Callable[[], Any] | None = None


@final
@dataclass(frozen=True, slots=True)
class Comparison:
    """Seconds per item of every round, ours and one baseline's.

    Attributes:
        ours: Ours, by round.
        baseline: The baseline's, by round.
    """

    ours: tuple[float, ...]
    baseline: tuple[float, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """How many times as fast as the baseline ours is, by round."""
        return tuple(theirs / ours for ours, theirs in zip(self.ours, self.baseline, strict=True))

    @property
    def ratio(self) -> float:
        """The median of the ratios; that of two rounds lies between them."""
        return median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """The smallest and the largest ratio."""
        return min(self.ratios), max(self.ratios)


@final
@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """What came of the rounds.

    Attributes:
        answer: What ours answered in the last round.
        ours: Who ours was.
        baselines: Whom it was compared with.
        answers: What each baseline answered in the last round; None where it could not be run.
        comparisons: The seconds; None where a baseline could not be run. Empty if nothing was timed.
    """

    answer: Any
    ours: Contestant[Any]
    baselines: tuple[Contestant[Any], ...]
    answers: tuple[Any, ...]
    comparisons: tuple[Comparison | None, ...]


class Benchmark(Protocol):
    """The part of pytest-benchmark's fixture that is used here."""

    disabled: bool
    extra_info: dict[str, Any]

    def pedantic(
        self, target: Callable[[], Any], *, setup: Callable[[], None], rounds: int, warmup_rounds: int
    ) -> object:
        """Runs the setup and then the target, which it times, so many times."""


def interleaved(
    benchmark: Benchmark,
    ours: Contestant[Any],
    baselines: Sequence[Contestant[Any]],
    *,
    rounds: int,
    warmup_rounds: int = 1,
    clock: Clock = time.process_time,
) -> Outcome:
    """Returns what ours and its baselines answer and how long they take, in rounds of one after the other.

    Args:
        benchmark: Runs the rounds, and shows ours in its own table.
        ours: What is measured.
        baselines: What it is measured against; those that cannot be run are passed over.
        rounds: How many rounds count.
        warmup_rounds: How many come before them.
        clock: What is read before and after; the CPU time of this process by default.

    Raises:
        SettingError: Ours cannot be run.
    """
    if ours.run is None:
        raise SettingError(f"{ours.name!r} cannot be run: {ours.remark or 'it has nothing to run'}.")
    racers = [_Racer(each, clock) for each in baselines]
    own = _Racer(ours, clock)

    def all_baselines() -> None:
        for racer in racers:
            racer()

    benchmark.pedantic(own, setup=all_baselines, rounds=rounds, warmup_rounds=warmup_rounds)
    comparisons: list[Comparison | None] = []
    if not benchmark.disabled:
        mine = own.per_item(rounds)
        comparisons = [Comparison(mine, racer.per_item(rounds)) if racer.is_able else None for racer in racers]
        benchmark.extra_info["n_items"] = ours.n_items
    return Outcome(own.answer, ours, tuple(baselines), tuple(racer.answer for racer in racers), tuple(comparisons))


@final
class _Racer:
    """A contestant with a stopwatch."""

    def __init__(self, contestant: Contestant[Any], clock: Clock) -> None:
        self._contestant, self._clock = contestant, clock
        self._seconds: list[float] = []
        self.answer: Any = None

    @property
    def is_able(self) -> bool:
        return self._contestant.run is not None

    def __call__(self) -> None:
        if self._contestant.run is None:
            return
        self.answer = None  # freed before the next one is made
        prepare = self._contestant.prepare
        prepared = () if prepare is None else (prepare(),)
        start = self._clock()
        self.answer = self._contestant.run(*prepared)
        self._seconds.append(self._clock() - start)

    def per_item(self, rounds: int) -> tuple[float, ...]:
        """Seconds per item in the last rounds; those before warmed up."""
        return tuple(seconds / self._contestant.n_items for seconds in self._seconds[-rounds:])
