"""Areas of all attacks on one model, side by side at the same photos. Imports matplotlib: load it only to draw."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from idia.records import Document
from idia.report.photo_axis import PhotoAxis
from idia.report.rates import BAND, draw_curve, estimates
from idia.report.roc_figure import attack_styles
from idia.report.style import drawable, encoded, legend_right, new_axes, people_words
from idia.report.wording import bin_cells, by_photos, occurrences_words, photos_of_all, size_order

_CHANCE: dict[str, Any] = {"color": "#9A9A9A", "linestyle": (0, (5, 3)), "linewidth": 1.1}
_APART, _WIDEST = 0.13, 0.75  # of the distance between two bins: of two attacks, and of all


def auc_figure(documents: Sequence[Document], labels: Sequence[str]) -> dict[str, bytes]:
    """Returns the files of the figure: the area by photos per person, and by training occurrences at all of them.

    Args:
        documents: The records of the attacks.
        labels: What each attack is called.
    """
    by_size = [by_photos(document) for document in documents]
    bins = [bin_cells(document) for document in documents]
    with_photos, with_bins = any(len(cells) > 1 for cells in by_size), any(len(cells) > 1 for cells in bins)
    figure, axes = new_axes(
        4.4 + 4.0 * (with_photos + with_bins), 4.4, documents[0], f"{people_words(documents[0])}; AUC, 0.5 is guessing"
    )
    styles = attack_styles([document["attack"] for document in documents])
    panels = [axes]
    if with_photos and with_bins:
        grid = figure.add_gridspec(1, 2)
        axes.set_subplotspec(grid[0, 0])
        panels.append(figure.add_subplot(grid[0, 1]))
    if with_bins:
        _by_occurrences(panels[-1], bins, styles, photos_of_all(documents))
    if with_photos or not with_bins:
        _by_photos(panels[0], by_size, styles)
    for panel in panels:
        _area_axis(panel, [cell for cells in (*by_size, *bins) for cell in cells])
    handles = [
        Line2D([], [], linewidth=1.8, markersize=5, label=drawable(label), **style)
        for label, style in zip(labels, styles, strict=True)
    ]
    legend_right(panels[-1], [*handles, BAND, Line2D([], [], label="guessing", **_CHANCE)])
    return encoded(figure, "auc")


def _by_photos(axes: Axes, by_size: Sequence[Sequence[Document]], styles: Sequence[dict[str, Any]]) -> None:
    sizes = sorted({cell["n_photos"] for cells in by_size for cell in cells}, key=size_order)
    axis = PhotoAxis(sizes)
    place = dict(zip(sizes, axis.positions, strict=True))
    takes_photos = [any(cell["n_photos"] != 0 for cell in cells) for cells in by_size]
    for at, (cells, style) in enumerate(zip(by_size, styles, strict=True)):
        own = {cell["n_photos"]: cell for cell in cells}
        beside = [number for number, takes in enumerate(takes_photos) if takes == takes_photos[at]]
        apart = (beside.index(at) - (len(beside) - 1) / 2) * axis.gap / max(5, len(beside))
        for start, end in axis.runs:
            run = [size for size in sizes[start:end] if size in own]
            if run:
                shift = apart if len(run) == 1 else 0.0
                xs, shown = [place[size] + shift for size in run], [own[size] for size in run]
                draw_curve(axes, xs, shown, "auc", band=0.15, markersize=4, **style)
    axis.draw(axes)
    axes.set_xlabel("photos per person")
    axes.set_ylabel("AUC")


def _by_occurrences(
    axes: Axes, bins: Sequence[Sequence[Document]], styles: Sequence[dict[str, Any]], photos: str
) -> None:
    most = max(bins, key=len)
    place = {cell["occurrences"]: float(at) for at, cell in enumerate(most)}
    apart = min(_APART, _WIDEST / len(bins))
    for at, (cells, style) in enumerate(zip(bins, styles, strict=True)):
        own = [cell for cell in cells if cell["occurrences"] in place]
        xs = [place[cell["occurrences"]] + apart * (at - (len(bins) - 1) / 2) for cell in own]
        values, _, _ = estimates(own, "auc")
        axes.plot(xs, values, color=style["color"], linewidth=1, alpha=0.6)
        for x, cell in zip(xs, own, strict=True):
            draw_curve(axes, [x], [cell], "auc", band=0.15, markersize=4.5, **style)
    axes.set_xticks(
        range(len(most)), [f"{occurrences_words(cell['occurrences'])}\nn = {cell['members']:,}" for cell in most]
    )
    axes.set_xlim(-0.6, len(most) - 0.4)
    axes.set_xlabel(f"image–text pairs of a member in the training data, {photos}")


def _area_axis(axes: Axes, cells: Sequence[Document]) -> None:
    _, low, _ = estimates(cells, "auc")
    least = float(np.nanmin(np.append(low, 0.5)))
    axes.axhline(0.5, zorder=1, **_CHANCE)
    axes.set_ylim(0.1 * np.floor(10 * least) - 0.02, 1.02)
    axes.grid(visible=False, axis="x")
    axes.tick_params(length=3)
