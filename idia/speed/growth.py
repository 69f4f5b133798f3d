"""How time grows with the size of the work: a power of it, fitted on logarithms."""

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
class Slope:
    """The exponent of growth: 1 is proportional.

    Attributes:
        value: By least squares on logarithms.
        low: Where its 95 % interval begins; the value itself if there are too few rounds for an interval.
        high: Where it ends.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"slope {self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def slope(points: Sequence[Point]) -> Slope:
    """Returns how time grows with size: its exponent.

    Args:
        points: Work of at least two sizes.

    Raises:
        SettingError: There are fewer sizes.
    """
    if len({point.n for point in points}) < 2:
        raise SettingError("a slope needs work of at least two sizes.")
    from scipy.stats import linregress, t

    sizes = np.log([point.n for point in points for _ in point.cpu_seconds])
    seconds = np.log([each for point in points for each in point.cpu_seconds])
    fit = linregress(sizes, seconds)
    freedom = len(sizes) - 2
    half = float(t.ppf(0.975, freedom) * fit.stderr) if freedom > 0 else 0.0
    return Slope(float(fit.slope), float(fit.slope) - half, float(fit.slope) + half)
