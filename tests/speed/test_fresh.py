import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from idia.errors import MeasurementError
from idia.speed.fresh import Meter, in_fresh_process


def busy(meter: Meter, *, megabytes: int, seconds: float) -> int:
    """A workload for the tests below."""
    prepared = bytearray(50 << 20)
    given_back = bytearray(b"x" * (100 << 20))
    del given_back
    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass
    for part in range(2):
        with meter.measuring():
            block = bytearray(b"x" * (megabytes << 20)) if part else bytearray()
            end = time.process_time() + seconds / 2
            while time.process_time() < end:
                pass
        del block
    return len(prepared) >> 20


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    return "test_fresh:busy"


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="other systems do not tell")
def test_memory_is_counted_above_what_was_prepared(importable: str) -> None:
    spent = in_fresh_process(importable, megabytes=20, seconds=0.0)

    assert spent.answer == 50
    assert spent.extra_mib == pytest.approx(40, abs=22)  # the text, and its copy


def test_time_is_that_of_the_work_alone(importable: str) -> None:
    spent = in_fresh_process(importable, megabytes=0, seconds=0.04, n_threads=1)

    assert 0.04 <= spent.cpu_seconds < 0.09
    assert spent.wall_seconds >= 0.03


def test_a_failure_says_what_the_process_said() -> None:
    with pytest.raises(MeasurementError, match=r"(?s)json:nothing failed in a process of its own.*nothing"):
        in_fresh_process("json:nothing")


def test_what_is_not_known_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere: Callable[[str], None] = lambda _: None  # noqa: E731
    monkeypatch.setattr("idia.speed.fresh._memory", nowhere)
    meter = Meter()
    with meter.measuring():
        pass

    assert meter.spent("done").extra_mib is None
