from collections.abc import Callable
from typing import Any

import pytest


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
