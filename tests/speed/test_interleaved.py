from collections.abc import Callable, Iterator
from typing import Any

import pytest

from idia.errors import SettingError
from idia.speed.interleaved import Comparison, Contestant, interleaved


class FakeClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def taking(self, seconds: Iterator[float], name: str, log: list[str]) -> Callable[[], str]:
        def run() -> str:
            self.now += next(seconds)
            log.append(name)
            return name

        return run


def test_a_ratio_is_the_median_over_rounds_and_the_spread_its_ends() -> None:
    comparison = Comparison(ours=(1.0, 2.0, 4.0), baseline=(3.0, 8.0, 8.0))

    assert comparison.ratios == (3.0, 4.0, 2.0)
    assert comparison.ratio == 3.0
    assert comparison.spread == (2.0, 4.0)


def test_ours_and_baselines_take_turns_and_the_first_round_warms_up(benchmark_of: Any) -> None:
    clock, log = FakeClock(), list[str]()
    outcome = interleaved(
        benchmark_of(),
        Contestant("ours", clock.taking(iter([50.0, 1.0, 2.0]), "ours", log)),
        [
            Contestant("slow", clock.taking(iter([99.0, 10.0, 30.0]), "slow", log)),
            Contestant("quick", clock.taking(iter([99.0, 1.0, 1.0]), "quick", log)),
        ],
        rounds=2,
        clock=clock,
    )

    assert log == ["slow", "quick", "ours"] * 3
    assert outcome.comparisons == (Comparison((1.0, 2.0), (10.0, 30.0)), Comparison((1.0, 2.0), (1.0, 1.0)))
    assert (outcome.answer, outcome.answers) == ("ours", ("slow", "quick"))


def test_seconds_are_per_item_and_preparing_is_not_timed(benchmark_of: Any) -> None:
    clock = FakeClock()

    def slow_preparation() -> int:
        clock.now += 1000
        return 7

    def run(prepared: int) -> int:
        clock.now += 6
        return prepared

    ours = Contestant("ours", run, 3, prepare=slow_preparation)
    baseline = Contestant("baseline", run, 2, prepare=slow_preparation)
    outcome = interleaved(benchmark_of(), ours, [baseline], rounds=1, clock=clock)

    assert outcome.comparisons == (Comparison((2.0,), (3.0,)),)
    assert (outcome.answer, outcome.answers) == (7, (7,))


def test_a_baseline_whose_library_is_missing_is_passed_over(benchmark_of: Any) -> None:
    missing: Contestant[int] = Contestant("faiss", None, remark="n/a: pip install faiss-cpu")
    outcome = interleaved(benchmark_of(), Contestant("ours", lambda: 1), [missing], rounds=2)

    assert outcome.answers == outcome.comparisons == (None,)


def test_nothing_is_timed_where_benchmarks_are_disabled(benchmark_of: Any) -> None:
    outcome = interleaved(
        benchmark_of(disabled=True), Contestant("ours", lambda: 1), [Contestant("other", lambda: 2)], rounds=9
    )

    assert (outcome.answer, outcome.answers, outcome.comparisons) == (1, (2,), ())


def test_ours_must_be_able_to_run(benchmark_of: Any) -> None:
    ours: Contestant[int] = Contestant("ours", None, remark="no torch")

    with pytest.raises(SettingError, match="'ours' cannot be run: no torch"):
        interleaved(benchmark_of(), ours, [], rounds=1)
