"""Confusion matrices at the largest number of photos. Imports matplotlib: load it only to draw."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from idia.records import Document
from idia.report.style import drawable, encoded, ink_on, new_axes, people_words
from idia.report.wording import UNKNOWN, ends, fraction, people, photos_words

# Dark means often, within the people of one row; the two hues are right and wrong.
_RIGHT, _WRONG = (0.0, 0.447, 0.698), (0.835, 0.369, 0.0)
_COLUMNS = 3  # matrices side by side
_APART = 0.35  # in units of a box


def confusion_matrix(document: Document, cell: Document) -> dict[str, bytes]:
    """Returns the files of the figure: counts, their deviation over draws, and rates with intervals over people."""
    figure, axes = new_axes(6.2, 5.2, document, people_words(document), _explained([cell]))
    _draw(axes, cell, (0, 0), count_size=22, rate_size=10.5)
    axes.set(xlim=(0, 2), ylim=(2, 0), aspect="auto")
    axes.set_xticks([0.5, 1.5], ["called a member", "called a non-member"])
    axes.set_yticks([0.5, 1.5], [f"members\n({cell['members']:,})", f"non-members\n({cell['non_members']:,})"])
    _without_lines(axes)
    return encoded(figure, "confusion", with_png=True)


def confusion_matrices(title: str, below: str, matrices: Sequence[tuple[str, Document]]) -> dict[str, bytes]:
    """Returns the files of the figure of several matrices, each under its own heading.

    Args:
        title: What they have in common.
        below: A line below the title.
        matrices: Headings and cells.
    """
    columns = min(_COLUMNS, len(matrices))
    rows = -(-len(matrices) // columns)
    cells = [cell for _, cell in matrices]
    figure, axes = new_axes(1.6 + 3.3 * columns, 1.4 + 2.6 * rows, title, below, _explained(cells))
    pitch, tall = 2 + _APART, 2 + 1.6 * _APART
    for at, (heading, cell) in enumerate(matrices):
        left, top = at % columns * pitch, at // columns * tall
        _draw(axes, cell, (left, top), count_size=15, rate_size=8.5)
        axes.text(left + 1, top - 0.09, drawable(heading), ha="center", va="bottom", fontsize=10.5, color="#222222")
    axes.set(xlim=(0, columns * pitch - _APART), ylim=(rows * tall - 1.6 * _APART, -0.38), aspect="auto")
    axes.set_xticks(
        [at * pitch + side for at in range(columns) for side in (0.5, 1.5)],
        ["called a\nmember", "non-member"] * columns,
    )
    axes.set_yticks(
        [at * tall + side for at in range(rows) for side in (0.5, 1.5)], ["members", "non-\nmembers"] * rows
    )
    _without_lines(axes)
    return encoded(figure, "confusion", with_png=False)


def _draw(axes: Axes, cell: Document, corner: tuple[float, float], *, count_size: float, rate_size: float) -> None:
    counts, deviation = cell["counts"], cell["counts_sd"]
    boxes = (
        (0, 0, "tp", deviation["tp"], "TPR", cell["tpr"], True),
        (1, 0, "fn", deviation["tp"], "FNR", _complement(cell["tpr"]), False),
        (0, 1, "fp", deviation["fp"], "FPR", cell["fpr"], False),
        (1, 1, "tn", deviation["fp"], "TNR", _complement(cell["fpr"]), True),
    )
    for column, row, key, sd, rate, estimate, is_right in boxes:
        x, y = corner[0] + column, corner[1] + row
        strength = 0.06 + 0.84 * (estimate["value"] or 0)
        colour = [1 - strength * (1 - part) for part in (_RIGHT if is_right else _WRONG)]
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor=colour, edgecolor="white", linewidth=3))
        count = people(counts[key]) + (f" ± {sd:.1f}" if sd > 0 else "")
        place: dict[str, Any] = {"ha": "center", "va": "center", "color": ink_on(colour)}
        axes.text(x + 0.5, y + 0.36, count, fontsize=count_size, **place)
        axes.text(x + 0.5, y + 0.69, _rate(rate, estimate), fontsize=rate_size, linespacing=1.4, **place)


def _explained(cells: Sequence[Document]) -> str:
    text = f"{photos_words(cells[0]['n_photos'])} per person, τ = {cells[0]['tau']}; [95 % intervals over people]"
    varies = any(deviation > 0 for cell in cells for deviation in cell["counts_sd"].values())
    return f"{text}; ± deviation over draws" if varies else text


def _without_lines(axes: Axes) -> None:
    axes.tick_params(length=0, labelsize=10)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def _complement(estimate: Document) -> Document:
    """The rate of the other verdict: the ends of its interval change places."""
    sources = {"value": "value", "low": "high", "high": "low"}
    return {key: None if estimate[source] is None else 1 - estimate[source] for key, source in sources.items()}


def _rate(name: str, estimate: Document) -> str:
    if estimate["value"] is None:
        return f"{name} {UNKNOWN}"
    return f"{name} {fraction(estimate['value'])}\n{ends(estimate)}"
