"""How many people there are by training occurrences. Imports matplotlib: load it only to draw."""

from typing import Any

from idia.records import Document
from idia.report.style import MEMBERS, NEUTRAL, NON_MEMBERS, encoded, new_axes, people_words
from idia.report.wording import bin_cells, members_outside_bins, occurrences_words


def people_per_bin(document: Document) -> dict[str, bytes]:
    """Returns the files of the figure: non-members, with 0 occurrences, are a bar of their own."""
    bars = [("0", document["people"]["non_members"], NON_MEMBERS)]
    bars += [(occurrences_words(cell["occurrences"]), cell["members"], MEMBERS) for cell in bin_cells(document)]
    if outside := members_outside_bins(document):
        bars.append(("other", outside, NEUTRAL))
    words, counts, colours = zip(*bars, strict=True)
    figure, axes = new_axes(max(6.4, min(2.4 + 0.62 * len(bars), 13.0)), 4.0, document, people_words(document))
    drawn = axes.bar(range(len(bars)), counts, width=0.82, color=colours)
    axes.bar_label(drawn, [f"{count:,}" for count in counts], padding=2, fontsize=9.5, color="#222222")
    tilt: dict[str, Any] = (
        {"rotation": 35, "ha": "right", "rotation_mode": "anchor"} if max(map(len, words)) > 5 else {}
    )
    axes.set_xticks(range(len(bars)), words, **tilt)
    axes.set(xlabel="image–text pairs of a person in the training data (0: non-members)", ylabel="people")
    axes.set_ylim(0, 1.12 * max(counts))
    axes.grid(visible=False, axis="x")
    axes.tick_params(length=0)
    return encoded(figure, "people-per-bin")
