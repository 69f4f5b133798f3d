"""Work measured at several sizes: the mean slope of its times on logarithmic axes, and what the last step costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import final

import numpy as np

from idia.errors import SettingError


@final
@dataclass(frozen=True, slots=True)
class Point:
    """The work of one size, measured several times.

    Attributes:
        n: How much there was of what grows.
        cpu_seconds: CPU time of every round.
        extra_mib: Memory at its peak above the inputs, of every round for which it is known.
    """

    n: int
    cpu_seconds: tuple[float, ...]
    extra_mib: tuple[float, ...] = ()

    @property
    def typical_seconds(self) -> float:
        """The median of the rounds."""
        return median(self.cpu_seconds)

    @property
    def most_mib(self) -> float | None:
        """The most memory of any round; None where it is not known."""
        return max(self.extra_mib, default=None)


@final
@dataclass(frozen=True, slots=True)
class Growth:
    """How time grows with size.

    The slope is a mean over all sizes. Where there are costs that do not grow, it is below that of the largest sizes;
    what one more step would cost, the last step tells.

    Attributes:
        slope: The exponent, by least squares on logarithms: 1 is proportional.
        slope_low: Where its 95 % interval begins, as if all sizes lay on one line but for noise; the slope itself if
            there are too few rounds for an interval.
        slope_high: Where it ends.
        last_size: How many times as large the largest size is as the one before.
        last_time: How many times as long it takes.
    """

    slope: float
    slope_low: float
    slope_high: float
    last_size: float
    last_time: float


def growth_of(points: Sequence[Point]) -> Growth:
    """Returns how time grows with size.

    Args:
        points: Work of two sizes or more, in any order, each size once.

    Raises:
        SettingError: There are fewer sizes, or one comes twice.
    """
    if len(points) < 2 or len({point.n for point in points}) < len(points):
        raise SettingError(f"growth needs two sizes or more, each once, got {[point.n for point in points]}.")
    from scipy.stats import linregress, t

    sizes = np.log([point.n for point in points for _ in point.cpu_seconds])
    seconds = np.log([each for point in points for each in point.cpu_seconds])
    fit = linregress(sizes, seconds)
    freedom = len(sizes) - 2
    half = float(t.ppf(0.975, freedom) * fit.stderr) if freedom > 0 else 0.0
    slope = float(fit.slope)
    *_, before, last = sorted(points, key=lambda point: point.n)
    return Growth(slope, slope - half, slope + half, last.n / before.n, last.typical_seconds / before.typical_seconds)
