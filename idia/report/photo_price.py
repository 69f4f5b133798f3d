"""What a photo buys: all attacks on one model and the same people, with what each needs and costs."""

from collections.abc import Iterator, Sequence

from idia.records import Document, StoredRecord
from idia.report.claims import at_fpr_words, percent
from idia.report.cost import Cost, cost_of
from idia.report.markdown_tables import escaped, table
from idia.report.text_only import attack_and_mode, distinct_features, is_text_only, mode_words
from idia.report.wording import (
    UNKNOWN,
    bin_cells,
    by_photos,
    headline_cells,
    interval,
    occurrences_order,
    occurrences_words,
)

_RATE = 0.01  # at which attacks are compared
_MOST_BINS = 8  # side by side
_NOTHING = "–"


def photo_prices(records: Sequence[StoredRecord]) -> str:
    """Returns a table of the attacks on one model and the same people, those by name alone first.

    Attacks that take photos have a row for a single one, too, where that was measured. Below those by name alone stand
    their features, each by itself; last, the blind guess from names.

    Args:
        records: Of one model and the same people, in the order attacks are shown.
    """
    documents = [record.document for record in records]
    by_name = [each for each in documents if is_text_only(each)]
    bins = sorted({cell["occurrences"] for each in documents for cell in bin_cells(each)}, key=occurrences_order)
    bins = bins if len(bins) <= _MOST_BINS else []
    body = [row for each in by_name for row in _attack_rows(each, by_name, bins)]
    nothing = [_NOTHING] * len(bins)
    for name, document, area in distinct_features(by_name):
        mode, people = escaped(mode_words(document, by_name)), document["people"]
        asked = [_photos(document, 0), cost_of(document).access or UNKNOWN, f"as {mode}", *[_NOTHING] * 2]
        n = f"{people['members']:,} / {people['non_members']:,}"
        body.append([f"{name} alone ({mode})", *asked, n, interval(area), *nothing, _NOTHING])
    body += [row for each in documents if not is_text_only(each) for row in _attack_rows(each, by_name, bins)]
    blind = next(_blind_guesses([*by_name, *documents]), None)
    if blind is not None:
        body.append(["blind guess from names", "none", "none", "0", "0", *[_NOTHING] * 2, blind, *nothing, _NOTHING])
    header = ["Attack", "Photos per person", "Access", "Queries", "Gradient steps", "CPU seconds", "n", "AUC"]
    pairs = (f"{occurrences_words(at)} pair{'s' * (at != '1')}" for at in bins)
    return table([*header, *(f"AUC, {words}" for words in pairs), f"TPR at FPR {percent(_RATE)}"], body)


def _attack_rows(document: Document, by_name: Sequence[Document], bins: Sequence[str]) -> Iterator[list[str]]:
    cells = by_photos(document)
    largest = headline_cells(document)[:1]
    fewest = [cell for cell in cells[:1] if cell["n_photos"] == 1 and cell not in largest]
    for cell in [*fewest, *largest]:
        n_photos = cell["n_photos"]
        of_bins = {each["occurrences"]: each for each in document["cells"] if each["n_photos"] == n_photos}
        yield [
            escaped(attack_and_mode(document, by_name)),
            _photos(document, n_photos),
            *_cost(cost_of(document, n_photos)),
            f"{cell['members']:,} / {cell['non_members']:,}",
            interval(cell["auc"]),
            *(interval(of_bins[at]["auc"]) if at in of_bins else _NOTHING for at in bins),
            at_fpr_words(cell, _RATE),
        ]


def _photos(document: Document, n_photos: int | str) -> str:
    if n_photos == 0:
        return "none"
    photos = document["people"]["photos_per_person"]
    number = str(n_photos)
    if n_photos == "all":
        number = f"{photos['min']:,}" if photos["min"] == photos["max"] else f"{photos['min']:,} to {photos['max']:,}"
    return f"{number}, locally" if is_text_only(document) else number


def _cost(cost: Cost) -> list[str]:
    counts = [UNKNOWN if each is None else f"{each:,}" for each in (cost.queries, cost.gradient_steps)]
    seconds = UNKNOWN if cost.cpu_seconds is None else f"{cost.cpu_seconds:,.{0 if cost.cpu_seconds >= 10 else 1}f}"
    return [cost.access or UNKNOWN, *counts, seconds]


def _blind_guesses(documents: Sequence[Document]) -> Iterator[str]:
    """The areas of guesses from names, without those that were not made."""
    for document in documents:
        guess = (document.get("blind") or {"baselines": {}})["baselines"].get("name")
        if guess is not None and guess["auc"] is not None:
            yield interval(guess["auc"])
