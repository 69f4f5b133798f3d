"""What is measured on a graphics card, and the rows that say so for as long as nobody has measured them.

One call computes 1.6 to 20 × 10^9 similarities: 1.6 to 41 TFLOP, and 241 at all twelve sizes together. At 400
TFLOP/s for ours and for bfloat16, and at 50 for float32 without tensor cores, that is 0.6 s and 4.8 s a round: with
screen and product alone, a minute in five rounds and three calls that warm up. At most 2 × 10^9 float64 similarities a
size for the check are another minute. What remains of 8 is for compiling, embeddings, and slower cards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal, TypeAlias, final

from idia.speed.rows import SpeedRow, not_measured

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet

Stage: TypeAlias = Literal["first-call", "answers", "screen", "whole-call", "memory", "tuning"]

TITLES: dict[Stage, str] = {
    "first-call": "GPU first call of a process, kernels compiled anew",
    "answers": "GPU answers",
    "screen": "GPU screen alone",
    "whole-call": "GPU name prediction, whole call",
    "memory": "GPU memory of name prediction, streamed",
    "tuning": "GPU tuning",
}
"""What stages are called in the table."""

GEMM = "cuBLAS bf16 GEMM alone"
BF16 = "torch bf16 matmul + argmax"
FP32 = "torch fp32 matmul + argmax"
FAISS = "faiss-gpu knn"
ALL_SIMILARITIES = "all similarities (computed)"

_BASELINES: dict[Stage, tuple[str, ...]] = {
    "first-call": ("",),
    "answers": ("",),
    "screen": (GEMM,),
    "whole-call": (BF16, FP32, FAISS),
    "memory": (ALL_SIMILARITIES,),
    "tuning": (),
}

DIMS = (512, 768, 1024)

_COUNTS = ((75_000, 21, 1_000), (75_000, 21, 10_000), (75_000, 2, 100_000), (20_000, 1, 1_000_000))


@final
@dataclass(frozen=True, slots=True)
class Work:
    """How many photos are compared with how many names in how many prompts, in so many dimensions."""

    n_photos: int
    n_prompts: int
    n_names: int
    dim: int

    def __str__(self) -> str:
        return f"{self.n_names}-names-{self.dim}"

    @property
    def size(self) -> str:
        """The same in the words of the table."""
        return f"{self.n_photos:,} photos × {self.n_prompts} × {self.n_names:,} names, D = {self.dim}"

    @property
    def flop(self) -> float:
        """How many floating-point operations all similarities take."""
        return 2.0 * self.n_photos * self.n_prompts * self.n_names * self.dim


@final
@dataclass(frozen=True, slots=True)
class Task:
    """One stage at one size: in the largest sizes, with all that it is compared with, it fits in 24 GB."""

    stage: Stage
    work: Work

    def __str__(self) -> str:
        return f"{self.stage}-{self.work}"

    @property
    def size(self) -> str:
        """How much is done, in the words of the table."""
        if self.is_tuning:
            return f"D = {self.work.dim}"
        return f"up to {self.work.size}" if self.stage == "answers" else self.work.size

    @property
    def is_tuning(self) -> bool:
        """Whether tiles are tried, which is not done unless it is asked for."""
        return self.stage == "tuning"

    @property
    def rows(self) -> tuple[SpeedRow, ...]:
        """What the table says for as long as nobody has measured it."""
        unit = "MiB" if self.stage == "memory" else "s"
        baselines = _BASELINES[self.stage]
        return tuple(not_measured(TITLES[self.stage], self.size, against=each, unit=unit) for each in baselines)


def plan(counts: Sequence[tuple[int, int, int]], dims: Sequence[int], streamed: int) -> tuple[Task, ...]:
    """Returns what to measure, the long calls last.

    Args:
        counts: Numbers of photos, prompts and names; the first of them is that of the cases in which every answer is
            checked, and of the photos in front of which names stream by.
        dims: Lengths of embeddings; the first of them is that of first calls, cases and streams.
        streamed: How many names stream by.
    """
    n_photos, n_prompts, n_names = counts[0]
    first_call = Task("first-call", Work(min(n_photos, 512), min(n_prompts, 2), n_names, dims[0]))
    answers = Task("answers", Work(n_photos, n_prompts, n_names, dims[0]))
    works = [Work(*each, dim) for each, dim in product(counts, dims)]
    screens, calls = [Task("screen", work) for work in works], [Task("whole-call", work) for work in works]
    memory = Task("memory", Work(n_photos, 1, streamed, dims[0]))
    return first_call, answers, *screens, *calls, memory


TASKS = plan(_COUNTS, DIMS, 1_000_000)
"""What `pytest benchmarks/test_speed.py --idia-speed --idia-device cuda` measures."""

TUNINGS = tuple(Task("tuning", Work(*_COUNTS[0], dim)) for dim in DIMS)
"""What it measures, too, with `--idia-tune`."""


def card_parameters() -> "list[ParameterSet]":
    """Returns what a test is parametrised with that measures all that: `task`, with what the table says until then.

    With `--idia-tune`, tiles are tried at every length of embeddings.
    """
    import pytest  # no table needs it

    return [
        pytest.param(task, id=str(task), marks=pytest.mark.idia_speed(rows=task.rows, only_tuning=task.is_tuning))
        for task in (*TASKS, *TUNINGS)
    ]
