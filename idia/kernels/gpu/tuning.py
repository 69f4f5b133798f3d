"""Which cut into tiles is the fastest on this very device: all shipped ones are tried, side by side."""

from dataclasses import dataclass
from statistics import median
from typing import final

import torch
from torch import Tensor

from idia.errors import SettingError
from idia.kernels.gpu.rounding import RoundedNames, round_photos
from idia.kernels.gpu.screening import Comparison, screen
from idia.kernels.gpu.support import indexed, launching_on, unusable
from idia.kernels.gpu.tiles import Tiles, shipped, use

ROUNDS = 7


@final
@dataclass(frozen=True, slots=True)
class TiledTime:
    """How long the quick comparison takes with one cut.

    Attributes:
        tiles: The cut.
        seconds: Median time of a call; infinite where it does not run on this device.
        low: The shortest time.
        high: The longest.
        problem: Why it does not run.
    """

    tiles: Tiles
    seconds: float
    low: float
    high: float
    problem: str = ""


def tuned(
    dim: int, device: torch.device, *, n_photos: int = 75_000, n_prompts: int = 21, n_names: int = 1000
) -> list[TiledTime]:
    """Returns the time of every cut that is shipped for a device, the fastest first, in rounds of all of them in turn.

    Args:
        dim: Length of embeddings.
        device: A device on which the programs can run.
        n_photos: How many photos are compared.
        n_prompts: In how many prompts.
        n_names: With how many names.

    Raises:
        SettingError: The programs cannot run there.
    """
    if problem := unusable(device):
        raise SettingError(f"tiles cannot be tuned on {device}: {problem}.")
    with launching_on(device):
        return _timed(dim, device, n_photos, n_prompts, n_names)


def _timed(dim: int, device: torch.device, n_photos: int, n_prompts: int, n_names: int) -> list[TiledTime]:
    generator = torch.Generator(device).manual_seed(0)

    def random(*shape: int) -> Tensor:
        drawn = torch.randn(*shape, dim, generator=generator, device=device)
        return torch.nn.functional.normalize(drawn, dim=-1)

    names = RoundedNames(random(n_prompts, n_names), keeps_all=True)
    comparison, (block,) = Comparison.of(round_photos(random(n_photos)), names), names
    tried = shipped(torch.cuda.get_device_capability(device))
    problems: dict[Tiles, str] = {}
    times: dict[Tiles, list[float]] = {tiles: [] for tiles in tried}
    for turn in range(ROUNDS + 1):
        for tiles in tried:
            if tiles in problems:
                continue
            start, end = (torch.Event(device, enable_timing=True) for _ in range(2))
            try:
                start.record()
                screen(comparison, block, tiles=tiles)
                end.record()
                end.synchronize()
            except Exception as error:  # too much shared memory, a compiler that fails: another cut may do
                problems[tiles] = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
                continue
            if turn:  # the first one compiles
                times[tiles].append(start.elapsed_time(end) / 1000)
    made = [
        TiledTime(tiles, float("inf"), float("inf"), float("inf"), problems[tiles])
        if tiles in problems
        else TiledTime(tiles, median(each), min(each), max(each))
        for tiles, each in times.items()
    ]
    return sorted(made, key=lambda timed: timed.seconds)


def tune(dim: int, device: torch.device) -> list[TiledTime]:
    """Has a device use the fastest cut from now on in this process; returns all times as `tuned` does.

    Raises:
        SettingError: The programs cannot run there, or none of the cuts does.
    """
    times = tuned(dim, device)
    if times[0].problem:
        raise SettingError(f"no cut into tiles runs on {device}: {times[0].problem}.")
    use(str(indexed(device)), times[0].tiles)
    return times
