"""ROC curves of all attacks on one model, on logarithmic axes. Imports matplotlib: load it only to draw."""

from collections.abc import Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from idia.records import Document
from idia.report.claims import FALSE_POSITIVE_RATES, at_fpr, percent
from idia.report.curve_points import CurvePoints
from idia.report.style import NEUTRAL, drawable, encoded, legend_right, new_axes, people_words
from idia.report.wording import interval, overall_cell, photos_of_all

# Okabe and Ito's colours without those of members and non-members.
_STYLES: dict[str, dict[str, Any]] = {
    "idia": {"color": "#CC79A7", "marker": "o"},
    "calibrated": {"color": "#009E73", "marker": "D"},
    "nameless": {"color": "#56B4E9", "marker": "s"},
    "strangers": {"color": "#000000", "marker": "X"},
    "tuni-gibberish": {"color": "#E69F00", "marker": "^"},
    "tuni-names": {"color": "#0072B2", "marker": "v"},
    # With photos compared locally: darker.
    "tuni-gibberish-photos": {"color": "#8A5F00", "marker": "<"},
    "tuni-names-photos": {"color": "#00385C", "marker": ">"},
    "tuni-release": {"color": "#D55E00", "marker": "P"},
}
_OTHER_STYLES: tuple[dict[str, Any], ...] = (
    {"color": "#7A4EAB", "marker": "X"},
    {"color": "#4D4D4D", "marker": "*"},
    {"color": "#A6761D", "marker": "h"},
)
_BLIND: dict[str, Any] = {"color": "#8A8A8A", "linestyle": (0, (1, 1.2)), "linewidth": 1.4}
_CHANCE: dict[str, Any] = {"color": "#B8B8B8", "linestyle": (0, (5, 3)), "linewidth": 1.1}
_BAR: dict[str, Any] = {"linewidth": 4, "alpha": 0.35, "zorder": 2.5}
_STRIP = 0.55  # decades left of the resolution, where marks of no false positives stand
_TICKS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)


def attack_styles(attacks: Sequence[str]) -> list[dict[str, Any]]:
    """Returns colour and marker of each attack, the same in every figure; those of a second protocol are others.

    Args:
        attacks: Their names.
    """
    others = cycle(_OTHER_STYLES)
    is_known = [attack in _STYLES and attack not in attacks[:at] for at, attack in enumerate(attacks)]
    return [dict(_STYLES[attack] if known else next(others)) for attack, known in zip(attacks, is_known, strict=True)]


def roc_figure(
    documents: Sequence[Document], labels: Sequence[str], curves: Sequence[CurvePoints], blind: CurvePoints | None
) -> dict[str, bytes]:
    """Returns the files of the figure.

    Args:
        documents: The records of the attacks.
        labels: What each attack is called.
        curves: Their curves.
        blind: The curve of the best blind guess.
    """
    cells = [cell for cell in map(overall_cell, documents) if cell is not None]
    members, others = cells[0]["members"], cells[0]["non_members"]
    figure, axes = new_axes(
        9.4,
        5.3,
        documents[0],
        f"{people_words(documents[0])}; {photos_of_all(documents)} per person",
        f"bars: 95 % intervals over people, at FPR 10 %, 1 % and 0.1 % where {others:,} non-members resolve it; "
        "left, at none",
    )
    left, bottom = 10.0**-_STRIP / others, 0.6 / members
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set(xlim=(left, 1.12), ylim=(bottom, 1.15))
    axes.axvspan(left, 1 / others, color="#F0F0F0", linewidth=0, zorder=0)
    chance = np.geomspace(max(1 / others, bottom), 1, 2)
    axes.plot(chance, chance, **_CHANCE)
    if blind is not None:
        _draw_curve(axes, blind, others, _BLIND)
    styles = attack_styles([document["attack"] for document in documents])
    for at, (cell, curve, style) in enumerate(zip(cells, curves, styles, strict=True)):
        _draw_curve(axes, curve, others, {"color": style["color"], "linewidth": 1.9, "zorder": 3})
        apart = 10 ** (0.03 * (at - (len(cells) - 1) / 2))
        _draw_intervals(axes, cell, style, apart, bottom)
        strip = (at + 1) / (len(cells) + 1)
        _draw_spared(axes, cell, style, left ** (1 - strip) * (1 / others) ** strip, bottom)
    _draw_ticks(axes, others, bottom)
    axes.set(xlabel="FPR: non-members mistaken", ylabel="TPR: members found")
    legend_right(axes, _handles(labels, cells, styles, blind))
    return encoded(figure, "roc")


def _draw_curve(axes: Axes, curve: CurvePoints, others: int, style: dict[str, Any]) -> None:
    """The TPR at each FPR that some threshold has: nothing between two of them, and no line on the ground."""
    reached = np.where(curve.tpr > 0, curve.tpr, np.nan)
    at_least = np.maximum(curve.fpr, 1 / others)
    # Left of the resolution is the strip of marks; the curve begins where one non-member is mistaken.
    starts = int((curve.fpr < 1 / others).sum()) - 1
    axes.step(
        [*at_least[starts:], 1.0], [*reached[starts:], reached[-1]], where="post", solid_joinstyle="miter", **style
    )


def _draw_intervals(axes: Axes, cell: Document, style: dict[str, Any], apart: float, bottom: float) -> None:
    for rate in FALSE_POSITIVE_RATES:
        estimate = at_fpr(cell, rate)
        if estimate is not None and estimate["value"] is not None:
            ends = max(estimate["low"], bottom), max(estimate["high"], bottom)
            axes.vlines(rate * apart, *ends, color=style["color"], **_BAR)
            if estimate["value"] > bottom:
                axes.plot([rate * apart], [estimate["value"]], linestyle="none", markersize=5, zorder=4, **style)


def _draw_spared(axes: Axes, cell: Document, style: dict[str, Any], x: float, bottom: float) -> None:
    """What is found without any false positive; a hollow mark on the ground where that is nobody."""
    spared = cell.get("no_false_positives")
    if spared is None or spared["tpr"]["value"] is None:
        return
    tpr = spared["tpr"]
    axes.vlines(x, max(tpr["low"], bottom), max(tpr["high"], bottom), color=style["color"], **_BAR)
    is_none = tpr["value"] <= bottom
    face: dict[str, Any] = {"markerfacecolor": "white", "markeredgewidth": 1.4} if is_none else {}
    axes.plot(
        [x],
        [bottom if is_none else tpr["value"]],
        linestyle="none",
        markersize=6,
        clip_on=False,
        zorder=4,
        **style,
        **face,
    )


def _draw_ticks(axes: Axes, others: int, bottom: float) -> None:
    """Percentages, where there can be such; and what the strip on the left is."""
    middle = 10.0 ** (-_STRIP / 2) / others
    places = {middle: "none"} | {tick: percent(tick) for tick in _TICKS if tick >= 1 / others}
    axes.set_xticks(list(places), list(places.values()))
    heights = [tick for tick in _TICKS if tick >= bottom]
    axes.set_yticks(heights, [percent(tick) for tick in heights])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.tick_params(length=3)
    axes.xaxis.get_gridlines()[0].set_visible(False)


def _handles(
    labels: Sequence[str], cells: Sequence[Document], styles: Sequence[dict[str, Any]], blind: CurvePoints | None
) -> list[Line2D]:
    handles = [
        Line2D([], [], linewidth=1.9, markersize=5, label=f"{drawable(label)}\nAUC {interval(cell['auc'])}", **style)
        for label, cell, style in zip(labels, cells, styles, strict=True)
    ]
    if blind is not None:
        handles.append(Line2D([], [], label=f"best blind guess: {drawable(blind.label)}", **_BLIND))
    return [
        *handles,
        Line2D([], [], label="guessing", **_CHANCE),
        Line2D([], [], color=NEUTRAL, linewidth=5, alpha=0.35, label="95 % interval over people"),
    ]
