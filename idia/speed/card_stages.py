"""The stages that are measured on a graphics card: each timed beside its baselines, with its answers checked.

All of it runs on the CPU, too, slowly and at small sizes: that is how it is tested.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Protocol, final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from idia.errors import MeasurementError
from idia.kernels import Backend, BestNames, Standing, compared, cosine_argmax
from idia.speed.card import Peak, clock_of, fresh_kernels, give_back
from idia.speed.card_baselines import bf16_argmax, faiss_gpu_argmax, fp32_argmax, gemm_alone, lengthened
from idia.speed.card_cases import Verdict, n_wrong, rate_words, verdict_words, verdicts
from idia.speed.card_plan import ALL_SIMILARITIES, TITLES, Task, Work
from idia.speed.fresh import Meter, Spent, in_fresh_process
from idia.speed.interleaved import Contestant
from idia.speed.repeated import takes_memory_like
from idia.speed.stopwatch import Stopwatch
from idia.speed.wording import amount_words, digits
from idia.testing.embeddings import clip_like_embeddings_on

Screening = Callable[[Tensor, Tensor], Callable[[], Any]]
"""Prepares the quick comparison of photos and names, and returns what runs it alone."""


class TimedTiles(Protocol):
    """One choice of tiles, and how long a call takes with it."""

    @property
    def tiles(self) -> object:
        """The choice; says in words what it is."""

    @property
    def seconds(self) -> float:
        """Of one call, the median; infinite where it does not run."""

    @property
    def low(self) -> float:
        """Of the shortest."""

    @property
    def high(self) -> float:
        """Of the longest."""

    @property
    def problem(self) -> str:
        """Why it does not run; empty if it does."""


_CALLED_FIRST = f"{__name__}:called_first"

Tuning = Callable[[int, torch.device], Sequence[TimedTiles]]
"""Tries choices of tiles for embeddings of that length on a device; the fastest comes first."""


def prepared_screen(
    images: Float[Tensor, "photos dim"], texts: Float[Tensor, "prompts names dim"]
) -> Callable[[], Any]:
    """Returns what runs the quick comparison alone, with photos and names that are rounded already."""
    from idia.kernels.gpu import round_names, round_photos, screen
    from idia.kernels.gpu.screening import Comparison

    photos, names = round_photos(images), round_names(texts)
    comparison, blocks = Comparison.of(photos, names), list(names)
    return lambda: [screen(comparison, block) for block in blocks]


def tiles_tried(dim: int, device: torch.device) -> Sequence[TimedTiles]:
    """Returns how long the quick comparison takes with every choice of tiles for embeddings of that length."""
    from idia.kernels.gpu.tuning import tuned

    return tuned(dim, device)


def called_first(meter: Meter, *, device: str, impl: Backend, **work: int) -> list[list[int]]:
    """Compares photos with names in a process that has not done so before; for `idia.speed.fresh`.

    Returns:
        The chosen names `[photos, prompts]`.
    """
    on = torch.device(device)
    images, texts = clip_like_embeddings_on(on, **work)
    clock = clock_of(on)
    clock()
    with meter.measuring():
        best = cosine_argmax(images, texts, impl=impl)
        clock()
    chosen: list[list[int]] = best.indices.tolist()
    return chosen


@final
@dataclass(frozen=True, slots=True)
class CardStages:
    """All stages on one device.

    Attributes:
        stopwatch: Times them, keeps the rows, and knows the device.
        impl: The backend.
        screening: The quick comparison alone.
        tuning: Tries choices of tiles at a length of embeddings; the fastest comes first.
        rounds: How many rounds.
        most_checked: How many similarities of a timed call are computed in float64: those of the first photos, of one
            at least.
        at_once: How many names come at once where they stream by; 32,768 are 64 MiB of embeddings.
    """

    stopwatch: Stopwatch
    impl: Backend = "triton"
    screening: Screening = prepared_screen
    tuning: Tuning = tiles_tried
    rounds: int = 5
    most_checked: int = 1 << 31
    at_once: int = 1 << 15

    def measure(self, task: Task) -> int:
        """Measures one stage, and keeps its rows if its answers are right; returns how many are wrong.

        Raises:
            MeasurementError: Memory grows with names.
        """
        stages: dict[str, Callable[[Task], int]] = {
            "first-call": self._first_call,
            "answers": self._answers,
            "screen": self._screen,
            "whole-call": self._whole_call,
            "memory": self._memory,
            "tuning": self._tuning,
        }
        give_back(self._device)
        return stages[task.stage](task)

    @property
    def _device(self) -> torch.device:
        return torch.device(self.stopwatch.device)

    def _embeddings(self, work: Work, *, seed: int = 0) -> tuple[Tensor, Tensor]:
        return clip_like_embeddings_on(self._device, work.n_photos, work.n_prompts, work.n_names, work.dim, seed=seed)

    def _first_call(self, task: Task) -> int:
        images, texts = self._embeddings(task.work)
        given = {"device": self.stopwatch.device, "impl": self.impl, **asdict(task.work)}
        with fresh_kernels():
            spent: Spent = self.stopwatch.once(lambda: in_fresh_process(_CALLED_FIRST, **given))
        exact = torch.as_tensor(cosine_argmax(images, texts, impl="reference").indices)
        wrong = int((torch.tensor(spent.answer) != exact.cpu()).sum())
        if not wrong:
            checked = f"{wrong} of {exact.numel():,} answers differ from float64"
            remark = f"{amount_words(spent.cpu_seconds, 's')} of CPU time"
            self.stopwatch.row(TITLES[task.stage], task.size, ours=spent.wall_seconds, checked=checked, remark=remark)
        return wrong

    def _answers(self, task: Task) -> int:
        found: list[Verdict] = self.stopwatch.once(lambda: verdicts(task.work, self._device, impl=self.impl))
        wrong = sum(each.n_wrong for each in found)
        checked, remark = verdict_words(found)
        if not wrong:
            self.stopwatch.row(TITLES[task.stage], task.size, checked=checked, remark=remark)
        return wrong

    def _screen(self, task: Task) -> int:
        """Its answers are checked as those of whole calls, of which it is a part."""
        images, texts = self._embeddings(task.work)
        clock = clock_of(self._device)
        ours, gemm = Contestant("idia", self.screening(images, texts)), gemm_alone(images, texts)
        outcome = self.stopwatch.interleaved(
            lengthened(ours, clock), lengthened(gemm, clock), rounds=self.rounds, clock=clock
        )
        remarks = []
        for comparison in filter(None, outcome.comparisons):
            rates = (task.work.flop / median(each) / 1e12 for each in (comparison.ours, comparison.baseline))
            remarks.append(f"{' and '.join(map(digits, rates))} TFLOP/s")
        self.stopwatch.keep(outcome, TITLES[task.stage], task.size, threads=0, remark="; ".join(remarks))
        return 0

    def _whole_call(self, task: Task) -> int:
        images, texts = self._embeddings(task.work)
        clock = clock_of(self._device)
        ours: Contestant[Any] = Contestant("idia", lambda: cosine_argmax(images, texts, impl=self.impl))
        baselines = [race(images, texts) for race in (bf16_argmax, fp32_argmax, faiss_gpu_argmax)]
        racers = [lengthened(each, clock) for each in (ours, *baselines)]
        outcome = self.stopwatch.interleaved(*racers, rounds=self.rounds, clock=clock)
        best, others = outcome.answer, outcome.answers[0]
        n_photos = min(len(images), max(self.most_checked // (task.work.n_prompts * task.work.n_names), 1))
        first = BestNames(best.indices[:n_photos], best.similarities[:n_photos], 0.0, 0.0)
        wrong = n_wrong(first, cosine_argmax(images[:n_photos], texts, impl="reference"))
        if wrong:
            return wrong
        differing = float((others != best.indices).double().mean())
        self.stopwatch.keep(
            outcome,
            TITLES[task.stage],
            task.size,
            threads=0,
            checked=f"{wrong} of {n_photos * len(texts):,} answers differ from float64; "
            f"{rate_words(best.rescored_rate)} re-scored in float64; bfloat16 alone chooses another name in "
            f"{rate_words(differing)}",
        )
        return wrong

    def _memory(self, task: Task) -> int:
        work = task.work
        images, _ = clip_like_embeddings_on(self._device, work.n_photos, 1, 1, work.dim)
        few = images[: min(1_000, len(images))]
        fewer = self._streamed(images, Work(work.n_photos, work.n_prompts, min(self.at_once, work.n_names), work.dim))
        spent: Spent = self.stopwatch.once(lambda: self._streamed(images, work))
        expected = self._streamed(few, work, impl="reference")
        wrong: int = sum(ours != exact for ours, exact in zip(spent.answer, expected.answer, strict=False))
        if wrong:
            return wrong
        if not takes_memory_like(spent, fewer):
            raise MeasurementError(
                f"{work.n_names:,} names take {amount_words(spent.extra_mib, 'MiB')} of the device, a chunk of them "
                f"{amount_words(fewer.extra_mib, 'MiB')}."
            )
        self.stopwatch.row(
            TITLES[task.stage],
            task.size,
            unit="MiB",
            ours=spent.extra_mib,
            baseline=work.n_photos * work.n_prompts * work.n_names * 4 / 2**20,
            against=ALL_SIMILARITIES,
            checked=f"{len(few):,} answers are those of float64",
            remark=f"{self.at_once:,} names at once; {amount_words(spent.wall_seconds, 's')} without making them",
        )
        return wrong

    def _tuning(self, task: Task) -> int:
        """What is found stays in a file, and changes nothing; answers do not depend on it."""
        tried: Sequence[TimedTiles] = self.stopwatch.once(lambda: self.tuning(task.work.dim, self._device))
        for each in tried:
            self.stopwatch.keep_tiles(
                task.work.dim, str(each.tiles), each.seconds, low=each.low, high=each.high, problem=each.problem
            )
        if tried[0].problem:
            raise MeasurementError(f"no cut into tiles runs on {self._device}: {tried[0].problem}")
        remark = f"{tried[0].tiles}, the fastest of {len(tried)}; all are in speed/tiles.csv"
        self.stopwatch.row(TITLES[task.stage], task.size, ours=tried[0].seconds, remark=remark)
        return 0

    def _streamed(self, images: Float[Tensor, "photos dim"], work: Work, *, impl: Backend | None = None) -> Spent:
        """Compares names, which come in chunks, with photos; making names is not measured."""
        clock, peak = clock_of(self._device), Peak()
        standing, seconds = Standing.at_start(len(images), work.n_prompts), 0.0
        for number, first in enumerate(range(0, work.n_names, self.at_once)):
            positions = np.arange(first, min(first + self.at_once, work.n_names))
            part = Work(0, work.n_prompts, len(positions), work.dim)
            _, texts = self._embeddings(part, seed=1 + number)
            start = clock()
            with peak.measuring(self._device):
                standing = standing.merged(compared(images, texts, impl=impl or self.impl).placed(positions))
            seconds += clock() - start
        return Spent(seconds, seconds, peak.mib, standing.indices.tolist())
