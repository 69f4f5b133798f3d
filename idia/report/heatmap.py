"""The TPR by photos per person and training occurrences, in colour. Imports matplotlib: load it only to draw."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap

from idia.records import Document
from idia.report.style import encoded, ink_on, new_axes, people_words
from idia.report.wording import members_outside_bins, occurrences_words, size_order

_WIDTH, _HEIGHT = 0.62, 0.235  # inches of a cell
_MOST_WRITTEN = 16  # columns whose numbers are legible at the widest a figure gets
# Dark means often, as in the confusion matrix; light to dark is read the same without colour.
_COLOURS = LinearSegmentedColormap.from_list("often", ["#FFF8F2", "#F4A868", "#D55E00", "#6E2C00"])
_STEPS = np.linspace(0, 1, 41)


def heatmap_of_bins(document: Document, by_bin: Sequence[Sequence[Document]]) -> dict[str, bytes]:
    """Returns the files of the figure of one record.

    Args:
        document: The record.
        by_bin: For each bin the cells at every number of photos.
    """
    words = [f"{occurrences_words(cells[0]['occurrences'])}\nn = {cells[0]['members']:,}" for cells in by_bin]
    below = [f"TPR; {people_words(document)}; τ = {document['protocol']['tau']}"]
    if outside := members_outside_bins(document):
        below.append(f"not shown: {outside:,} members with other occurrences")
    return heatmap(document, below, list(zip(words, by_bin, strict=True)))


def heatmap(
    subject: Document | str, below: Sequence[str], columns: Sequence[tuple[str, Sequence[Document]]]
) -> dict[str, bytes]:
    """Returns the files of the figure.

    Args:
        subject: The record, or a title.
        below: Lines below the title.
        columns: For each bin of training occurrences what to call it, and its cells.
    """
    sizes = sorted({cell["n_photos"] for _, cells in columns for cell in cells}, key=size_order, reverse=True)
    rates = np.full((len(sizes), len(columns)), np.nan)
    for column, (_, cells) in enumerate(columns):
        for cell in cells:
            value = cell["tpr"]["value"]
            rates[sizes.index(cell["n_photos"]), column] = np.nan if value is None else value
    width = min(2.6 + _WIDTH * len(columns), 13.0)
    figure, axes = new_axes(max(width, 6.4), 1.9 + _HEIGHT * max(len(sizes), 6), subject, *below)
    mesh = axes.pcolormesh(
        rates, cmap=_COLOURS, norm=BoundaryNorm(_STEPS, _COLOURS.N), edgecolors="white", linewidth=0.8
    )
    if len(columns) <= _MOST_WRITTEN:
        for (row, column), rate in np.ndenumerate(rates):
            if not np.isnan(rate):
                ink = ink_on(_COLOURS(rate)[:3])
                number = axes.text(
                    column + 0.5, row + 0.5, _short(rate), fontsize=8.5, ha="center", va="center", color=ink
                )
                number.set_in_layout(False)
    axes.invert_yaxis()
    axes.set_xticks(np.arange(len(columns)) + 0.5, [words for words, _ in columns])
    axes.set_yticks(np.arange(len(sizes)) + 0.5, list(map(str, sizes)), fontsize=9)
    axes.set(xlabel="image–text pairs of a member in the training data", ylabel="photos per person")
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(mesh, ax=axes, ticks=[0, 0.2, 0.4, 0.6, 0.8, 1], pad=0.02, aspect=28, label="TPR")
    bar.minorticks_off()
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, labelsize=9)
    return encoded(figure, "heatmap")


def _short(rate: float) -> str:
    """A fraction without its leading zero, which columns have no room for."""
    return "1.0" if rate >= 0.995 else f"{rate:.2f}"[1:]
