"""CPU seconds by stage: where a run spends its time, whatever else the machine is doing."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import final

Stage = Callable[[str], AbstractContextManager[None]]
"""Called with the name of a stage, for as long as it lasts."""


def untimed(_: str) -> AbstractContextManager[None]:
    """Times nothing."""
    return nullcontext()


@final
class CpuClock:
    """Adds up the CPU seconds of this process, of all its threads, by stage.

    Attributes:
        seconds: CPU seconds of each stage, in the order in which the stages began.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def during(self, stage: str) -> Iterator[None]:
        """Counts what is spent on a stage; stages do not contain each other."""
        start = time.process_time()
        self.seconds.setdefault(stage, 0.0)
        try:
            yield
        finally:
            self.seconds[stage] += time.process_time() - start
