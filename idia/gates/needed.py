"""About how many more people would tell whether a limit is kept, if what was measured stays as it is."""

import math

from idia import statistics
from idia.gates.readings import Reading

_MOST = 10**8


def needed(n: int, to_end: float, to_bound: float) -> int | None:
    """Returns about how many it takes for the interval to end within the limit; None where no number is enough.

    The interval narrows with the square root of their number.

    Args:
        n: How many there were.
        to_end: From the value to the end of the interval that faces the limit.
        to_bound: From the value to the limit; above 0 where the value is within it.

    >>> needed(100, 0.1, 0.05), needed(240, 0.077, 0.05), needed(100, 0.1, 0.0)
    (400, 570, None)
    """
    return None if to_bound <= to_end * math.sqrt(n / _MOST) else _about(n * (to_end / to_bound) ** 2)


def needed_for_share(reading: Reading, bound: float, *, is_upper: bool) -> int | None:
    """Returns about how many it takes for Clopper and Pearson's interval of the same share to end within the limit.

    >>> needed_for_share(Reading("FPR", 0.0, 0.0, 0.336, 9, "non-members", True), 0.1, is_upper=True)
    36
    """
    to_end, to_bound = reading.high - reading.value, bound - reading.value
    if not is_upper:
        to_end, to_bound = reading.value - reading.low, reading.value - bound
    most = needed(reading.n, to_end, to_bound)
    if most is None:
        return None

    def is_enough(n: int) -> bool:
        low, high = statistics.clopper_pearson(round(reading.value * n), n)
        return high <= bound if is_upper else low >= bound

    too_few, enough = reading.n, max(most, reading.n + 1)
    while not is_enough(enough):
        enough *= 2
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if is_enough(middle) else (middle, enough)
    return _about(enough)


def _about(n: float) -> int:
    """The number rounded up to two digits."""
    unit: int = 10 ** max(0, math.floor(math.log10(n)) - 1)
    return math.ceil(n / unit) * unit
