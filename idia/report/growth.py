"""A figure of times over sizes, each relative to the smallest, on logarithmic axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
_MARKERS = ("o", "s", "^", "D")


@final
@dataclass(frozen=True, slots=True)
class Series:
    """What was measured while one thing grew.

    Attributes:
        label: What grew, for the legend.
        sizes: How much of it there was.
        seconds: CPU time at each size.
    """

    label: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]


def growth_figure(series: Sequence[Series], subject: str, remark: str = "") -> dict[str, bytes]:
    """Returns `growth.svg`: CPU time over size, each relative to the smallest; proportional growth is dashed.

    Args:
        series: What grew.
        subject: The line below the title: what it was measured on.
        remark: What to say of the labels, below that.
    """
    from matplotlib.ticker import FuncFormatter, NullFormatter

    from idia.report.style import NEUTRAL, encoded, house_style, legend_right, new_axes

    with house_style():
        explained = "; ".join(filter(None, ("dashed: in proportion", remark)))
        figure, axes = new_axes(8.6, 4.2, "How time grows with size", subject, explained)
        largest = 1.0
        for number, each in enumerate(series):
            sizes = [size / each.sizes[0] for size in each.sizes]
            seconds = [second / each.seconds[0] for second in each.seconds]
            largest = max(largest, *sizes)
            colour, marker = _COLOURS[number % len(_COLOURS)], _MARKERS[number % len(_MARKERS)]
            axes.plot(sizes, seconds, label=each.label, color=colour, marker=marker, markersize=5, linewidth=1.6)
        axes.plot([1, largest], [1, largest], color=NEUTRAL, linestyle=(0, (4, 3)), linewidth=1, zorder=1)
        axes.set_xscale("log")
        axes.set_yscale("log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda times, _: f"× {times:,.10g}"))
            axis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("Size")
        axes.set_ylabel("CPU time")
        legend_right(axes)
        return encoded(figure, "growth")
