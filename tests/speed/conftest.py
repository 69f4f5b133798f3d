from collections.abc import Callable
from typing import Any

import pytest


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
