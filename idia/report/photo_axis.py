"""The horizontal axis of photos per person. Imports matplotlib: load it only to draw."""

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axes import Axes

from idia.report.rates import spread_out


class PhotoAxis:
    """Where numbers of photos stand, and which of them belong to one curve.

    A single photo has a place of its own: with nothing to outvote, whatever name it is given wins, and no tie can
    occur; published curves begin at three. So has `all`, which is more photos for some people than for others; and so
    has none, where a name alone is attacked.

    Args:
        sizes: Photos per person, in order, `all` last.
    """

    def __init__(self, sizes: Sequence[int | str]) -> None:
        numbered = [float(size) for size in sizes if size not in (0, "all")]
        least, widest = min(numbered, default=0.0), max(numbered, default=0.0)
        self.gap = max(0.08 * widest, 0.8)
        """The distance to a place apart."""
        apart = {"all": widest + self.gap, 0: least - self.gap}
        self.positions = [apart[size] if size in apart else float(size) for size in sizes]
        """Where each size stands."""
        self._breaks = [at for at, pair in enumerate(pairwise(sizes), 1) if pair[1] == "all" or pair[0] in (0, 1)]
        self.runs = list(pairwise([0, *self._breaks, len(sizes)]))
        """Which sizes are one curve, as the first and the end."""
        self._labels = {size: f"{size:g}" for size in spread_out(numbered)}
        if "all" in sizes:
            self._labels[self.positions[-1]] = "all"
        if 0 in sizes:
            self._labels[self.positions[0]] = "0"
        self._has_one_alone = 1 in sizes and len(sizes) > 1 + list(sizes).index(1)

    def draw(self, axes: Axes) -> None:
        """Draws ticks, labels and what sets places apart."""
        for at in self._breaks:
            middle = (self.positions[at - 1] + self.positions[at]) / 2
            axes.axvline(middle, color="#C8C8C8", linewidth=0.9, linestyle=(0, (2, 3)), zorder=0.5)
        room = self.gap / 2 if len(self._labels) > 1 else 4 * self.gap
        axes.set_xlim(min(self._labels) - room, max(self._labels) + room)
        axes.set_xticks(list(self._labels), list(self._labels.values()))
        alone = " (with a single one there is nothing to outvote)" if self._has_one_alone else ""
        axes.set_xlabel(f"photos per person{alone}")
