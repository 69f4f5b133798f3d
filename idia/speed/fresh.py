"""Work in a process of its own, which remembers nothing: how much time and memory did it take?

python -m idia.speed.fresh MODULE:FUNCTION '{"argument": 1}'
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, final

from idia.errors import MeasurementError

_STATUS = Path("/proc/self/status")
_MIB = 1 << 20
_SHOWN = 2000  # characters of what a process that failed says last


@final
@dataclass(frozen=True, slots=True)
class Spent:
    """What a piece of work took.

    Attributes:
        cpu_seconds: CPU time of all its threads.
        wall_seconds: Time that passed.
        extra_mib: How far memory rose, at its peak, above what there was when it began; None where the system does
            not tell.
        answer: What it returned.
    """

    cpu_seconds: float
    wall_seconds: float
    extra_mib: float | None
    answer: Any


@final
class Meter:
    """Measures a piece of work, in one go or in several; what lies between is preparation."""

    def __init__(self) -> None:
        self.cpu_seconds = 0.0
        self.wall_seconds = 0.0
        self._before: int | None = None
        self._peak: int | None = None

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """Adds what is done inside to what was spent; memory counts from the first time on."""
        _forget_peak()
        if self._before is None:
            self._before = _memory("VmRSS")
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.cpu_seconds += time.process_time() - cpu
        self.wall_seconds += time.perf_counter() - wall
        peak = _memory("VmHWM")
        self._peak = peak if self._peak is None or peak is None else max(peak, self._peak)

    def spent(self, answer: Any) -> Spent:
        """Returns what was spent, with the answer."""
        known = self._peak is not None and self._before is not None
        extra = max(self._peak - self._before, 0) / _MIB if known else None  # type: ignore[operator]  # checked above
        return Spent(self.cpu_seconds, self.wall_seconds, extra, answer)


def in_fresh_process(workload: str, *, n_threads: int | None = None, **arguments: Any) -> Spent:
    """Returns what a piece of work takes in a process of its own.

    Args:
        workload: `module:function`, called with a `Meter` and the arguments; returns what JSON can hold.
        n_threads: How many threads its libraries may use; as many as they like by default.
        arguments: What JSON can hold.

    Raises:
        MeasurementError: It fails; the message ends with what it said last.
    """
    limits = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = {**os.environ} | ({} if n_threads is None else dict.fromkeys(limits, str(n_threads)))
    # Large blocks return to the system when they are freed: what is kept for later would hide what later work takes.
    environment["MALLOC_MMAP_THRESHOLD_"] = str(1 << 16)
    command = [sys.executable, "-m", "idia.speed.fresh", workload, json.dumps(arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip()[-_SHOWN:]
        raise MeasurementError(f"{workload} failed in a process of its own (exit code {done.returncode}): {last}")
    return Spent(**json.loads(done.stdout.splitlines()[-1]))


def main(workload: str, arguments: Mapping[str, Any]) -> str:
    """Does the work and returns as JSON what it took."""
    module, _, function = workload.partition(":")
    meter = Meter()
    spent = meter.spent(getattr(import_module(module), function)(meter, **arguments))
    return json.dumps(asdict(spent))


def _forget_peak() -> None:
    """Begins a new peak at what is used now; where the kernel does not allow it the old one stays, an upper bound."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _memory(field: str) -> int | None:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:")), None)


if __name__ == "__main__":
    print(main(sys.argv[1], json.loads(sys.argv[2])))  # noqa: T201  # the answer to the process that asked
