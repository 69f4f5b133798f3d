"""Whom votes on names alone call members, by kind of never-trained text. Imports matplotlib: load it only to draw."""

from collections.abc import Sequence
from typing import Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from idia.records import Document
from idia.report.style import (
    BAND_ALPHA,
    MEMBERS,
    NEUTRAL,
    NON_MEMBERS,
    drawable,
    encoded,
    legend_right,
    new_axes,
    people_words,
    rate_axis,
)
from idia.report.tables import csv_table, number
from idia.report.text_only import ATTACKED, KINDS, kind_words, mistaken, reference_words, text_mode

_MEMBERS = "members"
_STYLES: dict[str, dict[str, Any]] = {
    _MEMBERS: {"color": MEMBERS, "marker": "o"},
    ATTACKED: {"color": NON_MEMBERS, "marker": "s"},
    "gibberish": {"color": "#E69F00", "marker": "X"},
    "fictitious": {"color": "#009E73", "marker": "^"},
    "rare-real": {"color": "#CC79A7", "marker": "v"},
    "namesake": {"color": "#56B4E9", "marker": "D"},
}
_OTHER: dict[str, Any] = {"color": "#4D4D4D", "marker": "P"}
_APART = 0.12  # of the distance between two groups
_HEADER = ("attack", "mode", "reference", "of", "n", "called", "rate", "low", "high")


def text_only_figure(documents: Sequence[Document], labels: Sequence[str]) -> dict[str, bytes]:
    """Returns the files of the figure: a group for every attack by name alone, and in it whom its vote calls members.

    Args:
        documents: The records of attacks by name alone, on one model.
        labels: What each is called.
    """
    needed = {(each["text_only"]["needed"], len(each["text_only"]["detectors"])) for each in documents}
    vote = " or ".join(
        "a threshold" if detectors == 1 else f"{votes} of {detectors} detectors" for votes, detectors in sorted(needed)
    )
    figure, axes = new_axes(
        max(5.2 + 1.7 * len(documents), 8.6),
        4.6,
        documents[0],
        people_words(documents[0]),
        f"called members by {vote}, by name alone; with a leak, members are high and all others low",
    )
    sizes: dict[str, set[int]] = {}
    for at, document in enumerate(documents):
        rates = _rates(document)
        for place, kind in enumerate(rates):
            sizes.setdefault(kind, set()).add(rates[kind]["n"])
            x = at + _APART * (place - (len(rates) - 1) / 2)
            value, low, high = (rates[kind]["rate"][end] for end in ("value", "low", "high"))
            style = _STYLES.get(kind, _OTHER)
            if value is not None:
                axes.vlines(x, low, high, color=style["color"], alpha=BAND_ALPHA + 0.12, linewidth=8)
                axes.plot([x], [value], linestyle="none", markersize=6.5, clip_on=False, zorder=3, **style)
        if at:
            axes.axvline(at - 0.5, color="#C8C8C8", linewidth=0.9, linestyle=(0, (2, 3)), zorder=0.5)
    rate_axis(axes)
    names = (f"{drawable(each)}\nfitted on\n{reference_words(of)}" for each, of in zip(labels, documents, strict=True))
    axes.set_xticks(range(len(documents)), list(names))
    axes.set_xlim(-0.55, len(documents) - 0.45)
    axes.set_ylabel("called members")
    handles = [
        Line2D([], [], linestyle="none", markersize=6.5, label=_words(kind, n), **_STYLES.get(kind, _OTHER))
        for kind, n in sizes.items()
    ]
    legend_right(axes, [*handles, Patch(facecolor=NEUTRAL, alpha=BAND_ALPHA, linewidth=0, label="95 % interval")])
    return encoded(figure, "text-only")


def text_only_table(documents: Sequence[Document], labels: Sequence[str]) -> bytes:
    """Returns the numbers of the figure as CSV."""
    rows = []
    for document, label in zip(documents, labels, strict=True):
        asked = label, text_mode(document) or "", document["text_only"]["reference"]["kind"]
        for kind, told in _rates(document).items():
            ends = (number(told["rate"][end]) for end in ("value", "low", "high"))
            values = (*asked, kind, str(told["n"]), str(told["called"]), *ends)
            rows.append(dict(zip(_HEADER, values, strict=True)))
    return csv_table(_HEADER, rows)


def _rates(document: Document) -> dict[str, Document]:
    """Of members, of attacked non-members and of each kind how many are called members, of how many."""
    vote = document["text_only"]["vote"]
    others = {kind: {**told, "rate": told["fpr"]} for kind, told in mistaken(document).items()}
    return {_MEMBERS: {**vote["members"], "rate": vote["recall"]}, **others}


def _words(kind: str, sizes: set[int]) -> str:
    words = f"never trained: {kind_words(kind)}" if kind in KINDS else kind
    return f"{words} (n = {min(sizes):,})" if len(sizes) == 1 else words
