from collections.abc import Callable
from typing import Any

import pytest

from idia.speed.rows import SpeedRow


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of pytest that begin here are no workers of the one they begin in."""
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"):
        monkeypatch.delenv(name, raising=False)


class FakeBenchmark:
    """pytest-benchmark's fixture without its clock: runs setup and target, round by round."""

    def __init__(self, disabled: bool = False) -> None:
        self.disabled = disabled
        self.extra_info: dict[str, Any] = {}

    def pedantic(
        self, target: Callable[[], Any], *, setup: Callable[[], None], rounds: int, warmup_rounds: int
    ) -> object:
        for _ in range(1 if self.disabled else rounds + warmup_rounds):
            setup()
            target()
        return None


@pytest.fixture
def benchmark_of() -> type[FakeBenchmark]:
    return FakeBenchmark


@pytest.fixture
def row() -> SpeedRow:
    """One stage beside one baseline."""
    return SpeedRow(
        "name prediction, prepared texts",
        "4,620 photos × 21 × 1,000 names, D = 512",
        "AMD EPYC, 2 cores",
        ours=0.193,
        baseline=0.948,
        ratio=4.913,
        low=4.7,
        high=5.021,
        rounds=5,
        against="torch matmul + argmax",
        checked="0 of 97,020 answers differ from float64",
        threads=1,
        libraries="torch 2.15.0",
        code="idia 0.1.0 at abc",
    )
