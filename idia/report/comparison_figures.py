"""Figures of several records together. Imports matplotlib: load it only to draw."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from idia.records import Document
from idia.report.confusion import confusion_matrices
from idia.report.curves import draw_bins
from idia.report.heatmap import heatmap
from idia.report.photo_axis import PhotoAxis
from idia.report.published import Published
from idia.report.rates import BAND, MIRROR, draw_curve, draw_published, handle, published_handle
from idia.report.style import MEMBERS, NON_MEMBERS, drawable, encoded, legend_right, new_axes, rate_axis
from idia.report.wording import (
    bin_cells,
    by_photos,
    interval,
    occurrences_words,
    one_line,
    overall_cell,
    photos_words,
    shortened,
    state,
    trend_words,
)

# Okabe and Ito's colours without the two that stand for members and non-members elsewhere, then those.
_PALETTE = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#D55E00", "#0072B2")
_STROKES: tuple[Any, ...] = ("-", (0, (5, 1.5)))
_CONTROL = "#8A8A8A"
_LONGEST = 30


def one_model_per_count(
    documents: Sequence[Document], trend: Document | None, published: Sequence[Published]
) -> dict[str, bytes]:
    """Returns the figures of models that were trained with one count of training occurrences each.

    Args:
        documents: The models' records, by count.
        trend: Whether the TPR rises from model to model.
        published: Published TPRs of some of the counts.
    """
    cells = _overall(documents)
    counts = [bin_cells(document)[0]["occurrences"] for document in documents]
    title = f"One model per count: {one_line(documents[0]['model']['architecture'])}"
    people = _people(documents[0])
    labels = [f"{count}\nn = {cell['members']:,}" for count, cell in zip(counts, cells, strict=True)]
    lines = [
        f"{people}; {_conditions(cells[0])}",
        *([] if trend is None else [trend_words(trend, "verdicts on the same people")]),
    ]
    headings = [
        f"{name} ({count} pair{'s' if count != '1' else ''} each)"
        for name, count in zip(_names(documents), counts, strict=True)
    ]
    columns = [(label, by_photos(document)) for label, document in zip(labels, documents, strict=True)]
    shades = [colormaps["viridis_r"](0.08 + 0.87 * at / (len(counts) - 1)) for at in range(len(counts))]
    return {
        **_counts(title, lines, cells, counts, labels, published),
        **heatmap(title, [f"TPR; {people}; τ = {cells[0]['tau']}"], columns),
        **confusion_matrices(title, people, list(zip(headings, cells, strict=True))),
        **_against_photos(title, people, documents, headings, [{"color": shade} for shade in shades]),
    }


def models(documents: Sequence[Document], *, with_occurrences: bool) -> dict[str, bytes]:
    """Returns the figures of models that were asked the same question, controls among them.

    Args:
        documents: The models' records.
        with_occurrences: Whether they report the same bins of training occurrences, which are then shown.
    """
    title = f"{_people(documents[0])}: {_number(documents)}"
    styles = _styles(documents)
    names = _names(documents)
    files = _against_photos(title, "TPR, and dashed the FPR", documents, names, styles)
    if with_occurrences:
        files |= _against_occurrences(title, documents, names, styles)
    return files


def _counts(
    title: str,
    below: Sequence[str],
    cells: Sequence[Document],
    counts: Sequence[str],
    labels: Sequence[str],
    published: Sequence[Published],
) -> dict[str, bytes]:
    """TPR and FPR of each model: other than in the bins of one model, non-members meet another model each time."""
    figure, axes = new_axes(max(7.6, min(3.4 + 0.9 * len(cells), 13.0)), 4.7, title, *below)
    draw_bins(axes, cells, labels)
    axes.plot(range(len(cells)), [cell["fpr"]["value"] for cell in cells], color=NON_MEMBERS, linewidth=1, alpha=0.6)
    for x, cell in enumerate(cells):
        draw_curve(axes, [float(x)], [cell], "fpr")
    for each in published:
        draw_published(axes, counts.index(each.occurrences), each)
    handles = [
        handle("TPR: members found", MEMBERS),
        handle("FNR: members missed", MEMBERS, is_mirror=True),
        handle("FPR: non-members mistaken", NON_MEMBERS),
        BAND,
    ]
    legend_right(axes, [*handles, *([published_handle(published)] if published else [])])
    return encoded(figure, "occurrences")


def _against_photos(
    title: str, below: str, documents: Sequence[Document], names: Sequence[str], styles: Sequence[dict[str, Any]]
) -> dict[str, bytes]:
    """TPR and FPR of each model: a TPR means little without it."""
    figure, axes = new_axes(9.2, 4.9, title, f"{below}; τ = {documents[0]['protocol']['tau']}")
    cells = [by_photos(document) for document in documents]
    axis = PhotoAxis([cell["n_photos"] for cell in cells[0]])
    for at, (own, style) in enumerate(zip(cells, styles, strict=True)):
        apart = (at - (len(cells) - 1) / 2) * axis.gap / (1.6 * len(cells))
        for start, end in axis.runs:
            # Points that are no curve stand side by side.
            xs = [x + apart for x in axis.positions[start:end]] if end - start == 1 else axis.positions[start:end]
            _line(axes, xs, own[start:end], style)
    axis.draw(axes)
    axes.set(ylabel="fraction of people")
    rate_axis(axes)
    _legend(axes, names, styles)
    return encoded(figure, "attack-samples")


def _against_occurrences(
    title: str, documents: Sequence[Document], names: Sequence[str], styles: Sequence[dict[str, Any]]
) -> dict[str, bytes]:
    """TPR of each model side by side; the FPR, which is the same for all bins, beside the names."""
    bins, overall = [bin_cells(document) for document in documents], _overall(documents)
    figure, axes = new_axes(
        max(8.8, min(4.6 + 0.9 * len(bins[0]), 13.0)), 4.9, title, f"TPR; {_conditions(overall[0])}"
    )
    for at, (cells, style) in enumerate(zip(bins, styles, strict=True)):
        apart = 0.09 * (at - (len(bins) - 1) / 2)
        xs = [x + apart for x in range(len(cells))]
        axes.plot(xs, [cell["tpr"]["value"] for cell in cells], linewidth=1, alpha=0.7, **style)
        for x, cell in zip(xs, cells, strict=True):
            draw_curve(axes, [x], [cell], "tpr", band=0.12, **{"markersize": 5, **style, "marker": "o"})
    words = [f"{occurrences_words(cell['occurrences'])}\nn = {cell['members']:,}" for cell in bins[0]]
    if any(cell["members"] != first["members"] for own in bins for cell, first in zip(own, bins[0], strict=True)):
        words = [each.split("\n")[0] for each in words]
    axes.set_xticks(range(len(bins[0])), words)
    axes.set_xlim(-0.6, len(bins[0]) - 0.4)
    axes.set(xlabel="image–text pairs of a member in the training data", ylabel="fraction of people")
    rate_axis(axes)
    labels = [f"{name}\nFPR {interval(cell['fpr'])}" for name, cell in zip(names, overall, strict=True)]
    _legend(axes, labels, styles, with_fpr=False)
    return encoded(figure, "occurrences")


def _line(axes: Axes, xs: Sequence[float], cells: Sequence[Document], style: dict[str, Any]) -> None:
    marks = {"marker": "o", "markersize": 3.5 if len(xs) > 1 else 5}
    draw_curve(axes, xs, cells, "fpr", band=0, **{**style, **MIRROR, "alpha": 0.8, "zorder": 2})
    draw_curve(axes, xs, cells, "tpr", band=0.11, **{**marks, **style})


def _legend(axes: Axes, names: Sequence[str], styles: Sequence[dict[str, Any]], *, with_fpr: bool = True) -> None:
    handles: list[Any] = [
        Line2D(
            [],
            [],
            label="\n".join(map(drawable, name.split("\n"))),
            **{"linewidth": 1.8, "marker": "o", "markersize": 4, **style},
        )
        for name, style in zip(names, styles, strict=True)
    ]
    if with_fpr:
        handles += [
            Line2D([], [], color="#4D4D4D", linewidth=1.8, label="TPR: members found"),
            Line2D([], [], color="#4D4D4D", label="FPR: non-members mistaken", **MIRROR),
        ]
    legend_right(axes, [*handles, BAND])


def _styles(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """A colour for each model, and grey dots for controls."""
    styles: list[dict[str, Any]] = []
    for at, document in enumerate(documents):
        if document["control"] is not None:
            styles.append({"color": _CONTROL, "linestyle": (0, (1, 1.2))})
        else:
            styles.append(
                {"color": _PALETTE[at % len(_PALETTE)], "linestyle": _STROKES[at // len(_PALETTE) % len(_STROKES)]}
            )
    return styles


def _names(documents: Sequence[Document]) -> list[str]:
    """What to call each model: with its control or status, and whether its members are other people than most have."""
    # Whoever is a member in most of them.
    ((membership, _),) = Counter(document["people"]["membership_sha256"] for document in documents).most_common(1)
    names = []
    for document in documents:
        notes = [state(document)] if state(document) else []
        if document["people"]["membership_sha256"] != membership and len(bin_cells(document)) != 1:
            notes.append("other members")
        name = shortened(one_line(document["model"]["name"]), _LONGEST)
        names.append(f"{name} ({', '.join(notes)})" if notes else name)
    return names


def _people(document: Document) -> str:
    return f"{shortened(one_line(document['people']['id']), 24)}, {document['people']['n_people']:,} people"


def _conditions(cell: Document) -> str:
    return f"{photos_words(cell['n_photos'])} per person, τ = {cell['tau']}"


def _overall(documents: Sequence[Document]) -> list[Document]:
    return [cell for cell in map(overall_cell, documents) if cell is not None]


def _number(documents: Sequence[Document]) -> str:
    n = sum(document["control"] is None for document in documents)
    return f"{n} models" + (" and controls" if n < len(documents) else "")
