"""What models are good for beside what leaks, a model a row. Imports matplotlib: load it only to draw."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from idia.records import Document
from idia.report.rates import MARKERS
from idia.report.style import MEMBERS, NEUTRAL, NON_MEMBERS, drawable, encoded, legend_right, new_axes
from idia.report.utility import Beside, shown_scores
from idia.report.wording import one_line, photos_words, shortened, state

_UTILITY = "#009E73"  # Okabe and Ito's green: neither members nor non-members
_GROUND = "#F6F6F6"
_LEAK_WIDTH, _APART = 1.5, 0.16  # in widths of a panel of utility
_INCHES = 1.35  # of a panel
_ROW = 0.34  # inches of a row
_TOP, _HEADING = 1.25, 0.62  # rows that the names of the panels take, and what is said of a group
_LONGEST_NAME, _LONGEST_TASK = 30, 16


def utility_beside_leakage_figure(title: str, groups: Sequence[Sequence[Beside]]) -> dict[str, bytes]:
    """Returns the files of the figure.

    Args:
        title: Of the figure.
        groups: Models that were asked the same question about the same people.
    """
    scores = shown_scores(groups[0][0].utility)
    columns = [(score["task"], score["metric"]) for score in scores]
    lefts = [0.0, *(_LEAK_WIDTH + _APART + at * (1 + _APART) for at in range(len(columns)))]
    widths = [_LEAK_WIDTH, *[1.0] * len(columns)]
    rows = sum(len(group) for group in groups)
    end = rows + _HEADING * len(groups)
    figure, axes = new_axes(
        3.6 + _INCHES * (lefts[-1] + widths[-1]) + 1.2,
        1.5 + _ROW * (end + _TOP),
        title,
        "bars: 95 % intervals, of leakage over people, of utility over photos",
    )
    headings = ["leakage\nTPR and FPR", *(_heading(*column) for column in columns)]
    for left, width, heading in zip(lefts, widths, headings, strict=True):
        axes.add_patch(Rectangle((left, 0), width, end, facecolor=_GROUND, edgecolor="none", zorder=0))
        axes.text(left + width / 2, -0.3, heading, ha="center", va="baseline", fontsize=9.5, linespacing=1.25)

    names: dict[float, str] = {}
    top = 0.0
    for group in groups:
        axes.text(
            0.02, top + 0.5 * _HEADING + 0.03, drawable(_question(group[0])), va="center", fontsize=8, color="#666666"
        )
        first = top + _HEADING
        for at, beside in enumerate(group):
            y = first + at + 0.5
            names[y] = _name(beside.leak)
            for left, width in zip(lefts, widths, strict=True):
                axes.hlines(y, left, left + width, color="#E2E2E2", linewidth=0.8, zorder=0.5)
            for rate, colour, up in (("fpr", NON_MEMBERS, 0.14), ("tpr", MEMBERS, -0.14)):
                _mark(axes, y + up, 0.0, _LEAK_WIDTH, beside.cell[rate], {"color": colour, **MARKERS[colour]})
            estimates = {(score["task"], score["metric"]): score["estimate"] for score in beside.utility["scores"]}
            for left, column in zip(lefts[1:], columns, strict=True):
                _mark(axes, y, left, 1.0, estimates[column], {"color": _UTILITY, "marker": "o", "markersize": 4.5})
        for left, score in zip(lefts[1:], scores, strict=True):
            at_chance = left + score["chance"]
            axes.vlines(at_chance, first, first + len(group), color=NEUTRAL, linewidth=1.1, linestyle=(0, (2, 2)))
        top = first + len(group)

    axes.set(xlim=(-0.03, lefts[-1] + widths[-1] + 0.03), ylim=(end, -_TOP))
    ticks = {left + width * at: f"{at:g}" for left, width in zip(lefts, widths, strict=True) for at in (0, 0.5, 1)}
    axes.set_xticks(list(ticks), list(ticks.values()), fontsize=8.5)
    axes.set_yticks(list(names), [drawable(name) for name in names.values()])
    axes.set_xlabel("fraction of people (left) and of photos (right)", fontsize=9.5)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    legend_right(axes, _handles())
    return encoded(figure, "utility-beside-leakage")


def _mark(axes: Axes, y: float, left: float, width: float, estimate: Document, style: dict[str, Any]) -> None:
    """A point with its interval, on a scale from 0 to 1 that begins at `left`."""
    low, value, high = (estimate[key] for key in ("low", "value", "high"))
    if None in (low, value, high):
        return
    axes.hlines(y, left + width * low, left + width * high, color=style["color"], linewidth=2.2, alpha=0.45, zorder=2)
    axes.plot([left + width * value], [y], linestyle="none", clip_on=False, zorder=3, **style)


def _handles() -> list[Line2D]:
    def dot(label: str, colour: str, **marker: Any) -> Line2D:
        return Line2D([], [], color=colour, linewidth=2.2, label=label, **marker)

    return [
        dot("TPR:\nmembers found", MEMBERS, **MARKERS[MEMBERS]),
        dot("FPR:\nnon-members mistaken", NON_MEMBERS, **MARKERS[NON_MEMBERS]),
        dot("photos answered\nrightly", _UTILITY, marker="o", markersize=4.5),
        Line2D([], [], color=NEUTRAL, linewidth=1.1, linestyle=(0, (2, 2)), label="guessing"),
    ]


def _heading(task: str, metric: str) -> str:
    return f"{drawable(shortened(one_line(task), _LONGEST_TASK))}\n{metric}"


def _question(beside: Beside) -> str:
    people, cell = beside.leak["people"], beside.cell
    whom = f"{shortened(one_line(people['id']), 28)}: {people['n_people']:,} people"
    return f"{whom}, {photos_words(cell['n_photos'])} each, τ = {cell['tau']}"


def _name(document: Document) -> str:
    note = state(document)
    name = shortened(one_line(document["model"]["name"]), _LONGEST_NAME)
    return f"{name} ({note})" if note else name
