"""How a rate is drawn: its estimate, its interval over people and its deviation over draws. Imports matplotlib."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from idia.records import Document
from idia.report.published import Published
from idia.report.style import BAND_ALPHA, MEMBERS, NEUTRAL, NON_MEMBERS

ROLES = {"tpr": ("members", "tp", MEMBERS), "fpr": ("non_members", "fp", NON_MEMBERS)}
"""Whom a rate is of, which count it is a fraction of, and its colour."""

BAND = Patch(facecolor=NEUTRAL, alpha=BAND_ALPHA, linewidth=0, label="95 % interval over people")
"""The handle of intervals, for legends."""

MIRROR: dict[str, Any] = {
    "linewidth": 1,
    "linestyle": (0, (4, 2)),
    "alpha": 0.7,
    "marker": "o",
    "markersize": 2.5,
}
"""How the rate of the other verdict is drawn: it adds up to 1 with a rate that is drawn already."""

# Hollow squares stay visible around the points that lie on them: where nothing leaks, TPR and FPR are equal.
MARKERS: dict[str, dict[str, Any]] = {
    MEMBERS: {"marker": "o", "markersize": 4.5},
    NON_MEMBERS: {"marker": "s", "markersize": 6, "markerfacecolor": "white", "markeredgewidth": 1.4},
    NEUTRAL: {"marker": "^", "markersize": 4.5},
}

_BAR_WIDTH = 8  # points; an interval where there is no curve to draw a band along
_PUBLISHED: dict[str, Any] = {
    "color": "#8A8A8A",
    "linestyle": "none",
    "marker": "D",
    "markersize": 8,
    "markerfacecolor": "none",
    "markeredgewidth": 1.3,
}


def estimates(cells: Sequence[Document], rate: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns values and both ends of their intervals `[cells]`; NaN, which is not drawn, for unknown."""
    ends = [
        [np.nan if cell[rate][end] is None else cell[rate][end] for cell in cells] for end in ("value", "low", "high")
    ]
    values, low, high = np.array(ends, dtype=np.float64)
    return values, low, high


def draw_curve(
    axes: Axes, xs: Sequence[float], cells: Sequence[Document], rate: str, *, band: float = BAND_ALPHA, **line: Any
) -> None:
    """Draws estimates as a line with a band of intervals over people; a single one as a point with a bar.

    Args:
        axes: Where to.
        xs: Where each cell stands.
        cells: What was measured.
        rate: Which rate of it.
        band: How opaque the intervals are.
        line: How the line is drawn, if not as that rate always is.
    """
    colour = ROLES[rate][2] if rate in ROLES else NEUTRAL
    style: dict[str, Any] = {"color": colour, "linewidth": 1.8, **MARKERS[colour], **line}
    values, low, high = estimates(cells, rate)
    if len(xs) > 1:
        axes.fill_between(xs, low, high, color=style["color"], alpha=band, linewidth=0)
    else:
        axes.vlines(xs, low, high, color=style["color"], alpha=band + 0.07, linewidth=_BAR_WIDTH)
    axes.plot(xs, values, **{"clip_on": False, "zorder": 3, **style})


def draw_deviation(axes: Axes, xs: Sequence[float], cells: Sequence[Document], rate: str) -> None:
    """Draws whiskers of the deviation over draws, where there is any."""
    role, count, colour = ROLES[rate]
    values, _, _ = estimates(cells, rate)
    spread = np.array([cell["counts_sd"][count] / cell[role] if cell[role] else 0.0 for cell in cells])
    if (spread > 0).any():
        both_sides = np.minimum(spread, values), np.minimum(spread, 1 - values)  # no fraction is outside [0, 1]
        axes.errorbar(xs, values, yerr=both_sides, fmt="none", ecolor=colour, elinewidth=1.1, capsize=3)


def draw_published(axes: Axes, x: float, published: Published) -> None:
    """Draws a published number as a hollow diamond, with an arrow where it is only a bound."""
    axes.plot([x], [published.low], clip_on=False, zorder=2.5, **_PUBLISHED)
    if published.relation == ">":
        arrow = {"arrowstyle": "->", "color": _PUBLISHED["color"], "linewidth": 1.3, "shrinkA": 5, "shrinkB": 0}
        ends = (x, published.low + 0.08), (x, published.low)
        note = axes.annotate("", *ends, arrowprops=arrow, annotation_clip=False)
        note.set_in_layout(False)


def handle(label: str, colour: str, *, is_mirror: bool = False) -> Line2D:
    """Returns the handle of a rate, for a legend."""
    if is_mirror:
        return Line2D([], [], color=colour, label=label, **MIRROR)
    return Line2D([], [], color=colour, linewidth=1.8, label=label, **MARKERS[colour])


def whisker_handle(draws: int) -> Line2D:
    """Returns the handle of deviations, for a legend."""
    label = f"± deviation over {draws} draws"
    return Line2D([], [], color=NEUTRAL, linestyle="none", marker="|", markersize=11, label=label)


def published_handle(published: Sequence[Published]) -> Line2D:
    """Returns the handle of published numbers, for a legend: whose they are and of which models."""
    training_set = published[0].training_set
    models = ", ".join(dict.fromkeys(each.architecture for each in published if "," not in each.architecture))
    of = f"{training_set}, {models}" if models else f"{training_set} models"
    label = f"published: {of}\n(Hintersdorf et al., v2)"
    if any(each.relation == ">" for each in published):
        label += "; ↑ above"
    return Line2D([], [], label=label, **_PUBLISHED)


def spread_out(positions: Sequence[float]) -> list[float]:
    """Returns the positions that have room for a label: first and last, and those in between that are not too close."""
    if len(positions) < 3:
        return list(positions)
    room = (positions[-1] - positions[0]) / 16
    chosen = [positions[0]]
    for position in positions[1:-1]:
        if position - chosen[-1] >= room and positions[-1] - position >= room:
            chosen.append(position)
    return [*chosen, positions[-1]]
