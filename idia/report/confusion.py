"""The confusion matrix at the largest number of photos. Imports matplotlib: load it only to draw."""

from typing import Any

from matplotlib.patches import Rectangle

from idia.records import Document
from idia.report.style import encoded, new_axes, people_words
from idia.report.wording import UNKNOWN, ends, fraction, people, photos_words

# Dark means often, within the people of one row; the two hues are right and wrong.
_RIGHT, _WRONG = (0.0, 0.447, 0.698), (0.835, 0.369, 0.0)


def confusion_matrix(document: Document, cell: Document) -> dict[str, bytes]:
    """Returns the files of the figure: counts, their deviation over draws, and rates with intervals over people."""
    below = f"{photos_words(cell['n_photos'])} per person, τ = {cell['tau']}; [95 % intervals over people]"
    if any(deviation > 0 for deviation in cell["counts_sd"].values()):
        below += "; ± deviation over draws"
    figure, axes = new_axes(6.2, 5.2, document, people_words(document), below)
    counts, deviation = cell["counts"], cell["counts_sd"]
    boxes = (
        (0, 0, "tp", deviation["tp"], "TPR", cell["tpr"], True),
        (1, 0, "fn", deviation["tp"], "FNR", _complement(cell["tpr"]), False),
        (0, 1, "fp", deviation["fp"], "FPR", cell["fpr"], False),
        (1, 1, "tn", deviation["fp"], "TNR", _complement(cell["fpr"]), True),
    )
    for column, row, key, sd, rate, estimate, is_right in boxes:
        strength = 0.06 + 0.84 * (estimate["value"] or 0)
        colour = [1 - strength * (1 - part) for part in (_RIGHT if is_right else _WRONG)]
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=colour, edgecolor="white", linewidth=3))
        luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), colour, strict=True))
        ink = "white" if luminance < 0.55 else "#1A1A1A"
        count = people(counts[key]) + (f" ± {sd:.1f}" if sd > 0 else "")
        place: dict[str, Any] = {"ha": "center", "va": "center", "color": ink}
        axes.text(column + 0.5, row + 0.38, count, fontsize=22, **place)
        axes.text(column + 0.5, row + 0.68, _rate(rate, estimate), fontsize=10.5, linespacing=1.4, **place)
    axes.set(xlim=(0, 2), ylim=(2, 0), aspect="auto")
    axes.set_xticks([0.5, 1.5], ["called a member", "called a non-member"])
    axes.set_yticks([0.5, 1.5], [f"members\n({cell['members']:,})", f"non-members\n({cell['non_members']:,})"])
    axes.tick_params(length=0, labelsize=10.5)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return encoded(figure, "confusion")


def _complement(estimate: Document) -> Document:
    """The rate of the other verdict: the ends of its interval change places."""
    sources = {"value": "value", "low": "high", "high": "low"}
    return {key: None if estimate[source] is None else 1 - estimate[source] for key, source in sources.items()}


def _rate(name: str, estimate: Document) -> str:
    if estimate["value"] is None:
        return f"{name} {UNKNOWN}"
    return f"{name} {fraction(estimate['value'])}\n{ends(estimate)}"
