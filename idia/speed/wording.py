"""Seconds, memory, ratios and growth as a reader wants them: three digits and a unit."""

from idia.speed.growth import Growth

SLOPE_OF = "over all sizes, fixed costs included"

_SCALES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def amount_words(value: float | None, unit: str) -> str:
    """Returns a measured amount.

    Args:
        value: In the unit; None is nothing.
        unit: `s` (per anything), which is scaled, or another.

    >>> amount_words(0.0123, "s/prompt"), amount_words(1234.0, "MiB"), amount_words(None, "s")
    ('12.3 ms/prompt', '1,234 MiB', '')
    """
    if value is None:
        return ""
    if unit != "s" and not unit.startswith("s/"):
        return f"{digits(value)} {unit}"
    # Rounded first: 0.9996 s is 1.00 s, not 1,000 ms.
    rounded = float(f"{value:.3g}")
    scale, name = next((each for each in _SCALES if rounded >= each[0]), _SCALES[-1])
    return f"{digits(value / scale)} {name}{unit[1:]}"


def digits(value: float) -> str:
    """Returns a number with three digits, or all that stand before the point.

    >>> digits(4.913), digits(49.13), digits(491.3), digits(11500.4)
    ('4.91', '49.1', '491', '11,500')
    """
    rounded = abs(float(f"{value:.3g}"))
    return f"{value:,.{2 if rounded < 10 else 1 if rounded < 100 else 0}f}"


def spread_words(low: float | None, high: float | None) -> str:
    """Returns the smallest and the largest ratio."""
    return "" if low is None or high is None else f"{digits(low)}–{digits(high)}"


def slope_words(growth: Growth) -> str:
    """Returns the slope with its interval; what it is a mean of says `SLOPE_OF`.

    >>> slope_words(Growth(0.73, 0.65, 0.81, 10.0, 10.386))
    'mean slope 0.73 [0.65, 0.81]'
    """
    return f"mean slope {growth.slope:.2f} [{growth.slope_low:.2f}, {growth.slope_high:.2f}]"


def last_step_words(growth: Growth, noun: str) -> str:
    """Returns what the last step costs.

    Args:
        growth: How time grows.
        noun: What is counted.

    >>> last_step_words(Growth(0.73, 0.65, 0.81, 10.0, 10.386), "names")
    'the last step, × 10 names, takes × 10.4'
    """
    return f"the last step, × {round(growth.last_size, 2):,g} {noun}, takes × {digits(growth.last_time)}"
