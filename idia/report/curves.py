"""Rates against photos per person, training occurrences and the threshold. Imports matplotlib: load it only to draw."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from idia.records import Document
from idia.report.style import (
    BAND_ALPHA,
    MEMBERS,
    NEUTRAL,
    NON_MEMBERS,
    encoded,
    legend_right,
    new_axes,
    people_words,
    rate_axis,
)
from idia.report.wording import interval, occurrences_words, photos_words

_BAR_WIDTH = 8  # points; an interval where there is no curve to draw a band along
_ROLES = {"tpr": ("members", "tp", MEMBERS), "fpr": ("non_members", "fp", NON_MEMBERS)}
_MIRROR: dict[str, Any] = {
    "linewidth": 1,
    "linestyle": (0, (4, 2)),
    "alpha": 0.7,
    "marker": "o",
    "markersize": 2.5,
}
# Hollow squares stay visible around the points that lie on them: where nothing leaks, TPR and FPR are equal.
_MARKERS: dict[str, dict[str, Any]] = {
    MEMBERS: {"marker": "o", "markersize": 4.5},
    NON_MEMBERS: {"marker": "s", "markersize": 6, "markerfacecolor": "white", "markeredgewidth": 1.4},
    NEUTRAL: {"marker": "^", "markersize": 4.5},
}


def attack_samples(document: Document, cells: Sequence[Document]) -> dict[str, bytes]:
    """Returns the files of the figure of all five rates against photos per person.

    Args:
        document: The record, for the title.
        cells: All occurrences, by number of photos, `all` last.
    """
    protocol = document["protocol"]
    figure, axes = new_axes(8.6, 4.6, document, f"{people_words(document)}; τ = {protocol['tau']}")
    numbered = [cell for cell in cells if cell["n_photos"] != "all"]
    sizes = [float(cell["n_photos"]) for cell in numbered]
    widest = max(sizes, default=0.0)
    gap = max(0.08 * widest, 0.8)
    ticks = {size: f"{size:g}" for size in _spread_out(sizes)}
    if numbered:
        _five_rates(axes, sizes, numbered, apart=gap / 6)
    if len(numbered) < len(cells):
        # All photos are more for some people than for others: a place of their own, not a point of the curve.
        at_all = widest + gap
        _five_rates(axes, [at_all], cells[-1:], apart=gap / 6)
        ticks[at_all] = "all"
        if numbered:
            axes.axvline(at_all - gap / 2, color="#C8C8C8", linewidth=0.9, linestyle=(0, (2, 3)), zorder=0.5)
    room = gap / 2 if len(ticks) > 1 else 4 * gap
    axes.set_xlim(min(ticks) - room, max(ticks) + room)
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.set(xlabel="photos per person", ylabel="fraction of people")
    rate_axis(axes)
    handles = [
        _handle("TPR: members found", MEMBERS),
        _handle("FNR: members missed", MEMBERS, is_mirror=True),
        _handle("FPR: non-members mistaken", NON_MEMBERS),
        _handle("TNR: non-members cleared", NON_MEMBERS, is_mirror=True),
        _handle("accuracy", NEUTRAL),
        _BAND,
    ]
    if any(cell["counts_sd"][count] > 0 for cell in cells for count in ("tp", "fp")):
        handles.append(_whisker(f"± deviation over {protocol['draws']} draws"))
    legend_right(axes, handles)
    return encoded(figure, "attack-samples")


def occurrences(document: Document, bins: Sequence[Document], overall: Document) -> dict[str, bytes]:
    """Returns the files of the figure of the TPR against training occurrences, with the FPR for comparison.

    Args:
        document: The record, for the title.
        bins: One cell per bin, at the largest number of photos.
        overall: The cell of all occurrences there; the FPR does not depend on the bin.
    """
    below = f"{people_words(document)}; {photos_words(overall['n_photos'])} per person, τ = {overall['tau']}"
    figure, axes = new_axes(max(7.4, min(3.4 + 0.9 * len(bins), 13.0)), 4.6, document, below)
    values, low, high = _estimates([overall], "fpr")
    axes.axhspan(low[0], high[0], color=NON_MEMBERS, alpha=BAND_ALPHA, linewidth=0)
    axes.axhline(values[0], color=NON_MEMBERS, linewidth=1.8)
    for at, cell in enumerate(bins):
        _with_interval(axes, [float(at)], [cell], "tpr")
    words = [f"{occurrences_words(cell['occurrences'])}\nn = {cell['members']:,}" for cell in bins]
    axes.set_xticks(range(len(bins)), words)
    axes.set_xlim(-0.6, len(bins) - 0.4)
    axes.set(xlabel="image–text pairs of a member in the training data", ylabel="fraction of people")
    rate_axis(axes)
    tpr = _handle("TPR: members found", MEMBERS)
    tpr.set_linestyle("none")
    fpr = Line2D([], [], color=NON_MEMBERS, linewidth=1.8, label="FPR: non-members mistaken")
    legend_right(axes, [tpr, fpr, _BAND])
    return encoded(figure, "occurrences")


def threshold(document: Document, sweep: Sequence[Document]) -> dict[str, bytes]:
    """Returns the files of the figure of TPR and FPR against the threshold τ.

    Args:
        document: The record, for the title.
        sweep: One cell per threshold, in order.
    """
    tau = document["protocol"]["tau"]
    below = (
        f"{people_words(document)}; {photos_words(sweep[0]['n_photos'])} per person; AUC {interval(sweep[0]['auc'])}"
    )
    figure, axes = new_axes(8.2, 4.4, document, below)
    taus = [float(cell["tau"]) for cell in sweep]
    axes.axvline(tau, color=NEUTRAL, linewidth=1, linestyle=(0, (2, 3)))
    _with_interval(axes, taus, sweep, "fpr")
    _with_interval(axes, taus, sweep, "tpr")
    ticks = _spread_out(taus)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set(xlabel="threshold τ: prompts that must be won to be called a member", ylabel="fraction of people")
    rate_axis(axes)
    used = Line2D([], [], color=NEUTRAL, linewidth=1, linestyle=(0, (2, 3)), label=f"τ of the record: {tau}")
    handles = [_handle("TPR: members found", MEMBERS), _handle("FPR: non-members mistaken", NON_MEMBERS), _BAND, used]
    legend_right(axes, handles)
    return encoded(figure, "threshold")


def _five_rates(axes: Axes, xs: Sequence[float], cells: Sequence[Document], *, apart: float) -> None:
    """Curves; for a single number of photos, points with bars that stand a little apart."""
    offsets = {"tpr": -apart, "fpr": apart} if len(xs) == 1 else {"tpr": 0.0, "fpr": 0.0}
    for rate, (_, _, colour) in _ROLES.items():
        values, _, _ = _estimates(cells, rate)
        shifted = [x + offsets[rate] for x in xs]
        axes.plot(shifted, 1 - values, color=colour, **_MIRROR)
    accuracy = [np.nan if cell["accuracy"] is None else cell["accuracy"] for cell in cells]
    axes.plot(xs, accuracy, color=NEUTRAL, linewidth=1.4, **_MARKERS[NEUTRAL])
    for rate in ("fpr", "tpr"):
        shifted = [x + offsets[rate] for x in xs]
        _with_interval(axes, shifted, cells, rate)
        _with_deviation(axes, shifted, cells, rate)


def _with_interval(axes: Axes, xs: Sequence[float], cells: Sequence[Document], rate: str) -> None:
    """A line of estimates with a band of intervals over people; for a single estimate a point with a bar."""
    colour = _ROLES[rate][2]
    values, low, high = _estimates(cells, rate)
    if len(xs) > 1:
        axes.fill_between(xs, low, high, color=colour, alpha=BAND_ALPHA, linewidth=0)
    else:
        axes.vlines(xs, low, high, color=colour, alpha=BAND_ALPHA + 0.07, linewidth=_BAR_WIDTH)
    axes.plot(xs, values, color=colour, linewidth=1.8, **_MARKERS[colour], clip_on=False, zorder=3)


def _with_deviation(axes: Axes, xs: Sequence[float], cells: Sequence[Document], rate: str) -> None:
    role, count, colour = _ROLES[rate]
    values, _, _ = _estimates(cells, rate)
    spread = np.array([cell["counts_sd"][count] / cell[role] if cell[role] else 0.0 for cell in cells])
    if (spread > 0).any():
        both_sides = np.minimum(spread, values), np.minimum(spread, 1 - values)  # no fraction is outside [0, 1]
        axes.errorbar(xs, values, yerr=both_sides, fmt="none", ecolor=colour, elinewidth=1.1, capsize=3)


def _estimates(cells: Sequence[Document], rate: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values and both ends of their intervals `[cells]`; NaN, which is not drawn, for unknown."""
    ends = [
        [np.nan if cell[rate][end] is None else cell[rate][end] for cell in cells] for end in ("value", "low", "high")
    ]
    values, low, high = np.array(ends, dtype=np.float64)
    return values, low, high


def _spread_out(positions: Sequence[float]) -> list[float]:
    """The positions that have room for a label: first and last, and those in between that are not too close."""
    if len(positions) < 3:
        return list(positions)
    room = (positions[-1] - positions[0]) / 16
    chosen = [positions[0]]
    for position in positions[1:-1]:
        if position - chosen[-1] >= room and positions[-1] - position >= room:
            chosen.append(position)
    return [*chosen, positions[-1]]


def _handle(label: str, colour: str, *, is_mirror: bool = False) -> Line2D:
    if is_mirror:
        return Line2D([], [], color=colour, label=label, **_MIRROR)
    return Line2D([], [], color=colour, linewidth=1.8, label=label, **_MARKERS[colour])


def _whisker(label: str) -> Line2D:
    return Line2D([], [], color=NEUTRAL, linestyle="none", marker="|", markersize=11, label=label)


_BAND = Patch(facecolor=NEUTRAL, alpha=BAND_ALPHA, linewidth=0, label="95 % interval over people")
