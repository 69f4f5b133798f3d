"""Rates against photos per person, training occurrences and the threshold. Imports matplotlib: load it only to draw."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from idia.records import Document
from idia.report.photo_axis import PhotoAxis
from idia.report.published import Published
from idia.report.rates import (
    BAND,
    MARKERS,
    MIRROR,
    ROLES,
    draw_curve,
    draw_deviation,
    draw_published,
    estimates,
    handle,
    published_handle,
    spread_out,
    whisker_handle,
)
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
from idia.report.wording import interval, members_outside_bins, occurrences_words, photos_words, trend_words

_FOUND, _MISSED = "TPR: members found", "FNR: members missed"
_ACCUSED, _CLEARED = "FPR: non-members mistaken", "TNR: non-members cleared"


def attack_samples(
    document: Document, cells: Sequence[Document], published: Sequence[Published] = ()
) -> dict[str, bytes]:
    """Returns the files of the figure of all five rates against photos per person.

    Args:
        document: The record, for the title.
        cells: All occurrences, by number of photos, `all` last.
        published: Published TPRs at 30 photos.
    """
    protocol = document["protocol"]
    figure, axes = new_axes(8.6, 4.6, document, f"{people_words(document)}; τ = {protocol['tau']}")
    axis = PhotoAxis([cell["n_photos"] for cell in cells])
    for start, end in axis.runs:
        _five_rates(axes, axis.positions[start:end], cells[start:end], apart=axis.gap / 6)
    for each in published:
        draw_published(axes, 30, each)
    axis.draw(axes)
    axes.set(ylabel="fraction of people")
    rate_axis(axes)
    handles = [
        handle(_FOUND, MEMBERS),
        handle(_MISSED, MEMBERS, is_mirror=True),
        handle(_ACCUSED, NON_MEMBERS),
        handle(_CLEARED, NON_MEMBERS, is_mirror=True),
        handle("accuracy", NEUTRAL),
        BAND,
    ]
    if any(cell["counts_sd"][count] > 0 for cell in cells for count in ("tp", "fp")):
        handles.append(whisker_handle(protocol["draws"]))
    legend_right(axes, [*handles, *([published_handle(published)] if published else [])])
    return encoded(figure, "attack-samples")


def occurrences(
    document: Document, bins: Sequence[Document], overall: Document, published: Sequence[Published] = ()
) -> dict[str, bytes]:
    """Returns the files of the figure of TPR and FNR against training occurrences, with the FPR for comparison.

    Args:
        document: The record, for the title.
        bins: One cell per bin, at the largest number of photos.
        overall: The cell of all occurrences there; the FPR does not depend on the bin.
        published: Published TPRs of some of the bins.
    """
    lines = [f"{people_words(document)}; {photos_words(overall['n_photos'])} per person, τ = {overall['tau']}"]
    lines += [trend_words(document["trend"])] if document.get("trend") else []
    if outside := members_outside_bins(document):
        lines.append(f"not shown: {outside:,} members with other occurrences")
    figure, axes = new_axes(max(7.6, min(3.4 + 0.9 * len(bins), 13.0)), 4.7, document, *lines)
    values, low, high = estimates([overall], "fpr")
    axes.axhspan(low[0], high[0], color=NON_MEMBERS, alpha=BAND_ALPHA, linewidth=0)
    axes.axhline(values[0], color=NON_MEMBERS, linewidth=1.8)
    words = [f"{occurrences_words(cell['occurrences'])}\nn = {cell['members']:,}" for cell in bins]
    draw_bins(axes, bins, words)
    for each in published:
        draw_published(axes, [cell["occurrences"] for cell in bins].index(each.occurrences), each)
    fpr = Line2D([], [], color=NON_MEMBERS, linewidth=1.8, label=_ACCUSED)
    handles = [handle(_FOUND, MEMBERS), handle(_MISSED, MEMBERS, is_mirror=True), fpr, BAND]
    legend_right(axes, [*handles, *([published_handle(published)] if published else [])])
    return encoded(figure, "occurrences")


def draw_bins(axes: Axes, cells: Sequence[Document], words: Sequence[str]) -> None:
    """Draws TPR and FNR of bins of training occurrences side by side, each with a label of its own below it."""
    xs = [float(at) for at in range(len(cells))]
    values, _, _ = estimates(cells, "tpr")
    axes.plot(xs, 1 - values, color=MEMBERS, **MIRROR)
    axes.plot(xs, values, color=MEMBERS, linewidth=1, alpha=0.6)
    for x, cell in zip(xs, cells, strict=True):
        draw_curve(axes, [x], [cell], "tpr")
    axes.set_xticks(range(len(cells)), words)
    axes.set_xlim(-0.6, len(cells) - 0.4)
    axes.set(xlabel="image–text pairs of a member in the training data", ylabel="fraction of people")
    rate_axis(axes)


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
    draw_curve(axes, taus, sweep, "fpr")
    draw_curve(axes, taus, sweep, "tpr")
    ticks = spread_out(taus)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set(xlabel="threshold τ: prompts that must be won to be called a member", ylabel="fraction of people")
    rate_axis(axes)
    used = Line2D([], [], color=NEUTRAL, linewidth=1, linestyle=(0, (2, 3)), label=f"τ of the record: {tau}")
    legend_right(axes, [handle(_FOUND, MEMBERS), handle(_ACCUSED, NON_MEMBERS), BAND, used])
    return encoded(figure, "threshold")


def _five_rates(axes: Axes, xs: Sequence[float], cells: Sequence[Document], *, apart: float) -> None:
    """Curves; for a single number of photos, points with bars that stand a little apart."""
    offsets = {"tpr": -apart, "fpr": apart} if len(xs) == 1 else {"tpr": 0.0, "fpr": 0.0}
    for rate, (_, _, colour) in ROLES.items():
        values, _, _ = estimates(cells, rate)
        shifted = [x + offsets[rate] for x in xs]
        axes.plot(shifted, 1 - values, color=colour, **MIRROR)
    accuracy = [np.nan if cell["accuracy"] is None else cell["accuracy"] for cell in cells]
    axes.plot(xs, accuracy, color=NEUTRAL, linewidth=1.4, **MARKERS[NEUTRAL])
    for rate in ("fpr", "tpr"):
        shifted = [x + offsets[rate] for x in xs]
        draw_curve(axes, shifted, cells, rate)
        draw_deviation(axes, shifted, cells, rate)
