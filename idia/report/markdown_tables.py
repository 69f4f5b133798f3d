"""The tables of the leaderboard for readers."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from idia.records import Document, StoredRecord
from idia.report.published import PUBLISHED, Published
from idia.report.wording import (
    UNKNOWN,
    bin_cells,
    fraction,
    interval,
    is_above_chance,
    occurrences_order,
    occurrences_words,
    one_line,
    overall_cell,
    protocol_label,
    shortened,
    trend_words,
)

_LONGEST_NAME = 64
_MOST_COLUMNS = 8  # bins side by side that a reader takes in
_Row = tuple[StoredRecord, Document]


def models_table(records: Sequence[StoredRecord]) -> str:
    """Returns a table of a model a row, with the places that the data can resolve; names link to the figures."""
    rows = [(record, cell) for record in records if (cell := overall_cell(record.document)) is not None]
    places = _places([cell["tpr"] for _, cell in rows])
    ordered = sorted(zip(rows, places, strict=True), key=lambda item: _row_order(item[0]))
    body = [[place, *_linked_row(*row)] for row, place in ordered]
    header = ["Place", "Model", "n", "TPR", "FPR", "AUC", "Accuracy"]
    if len(body) == 1:  # alone, a model has no place
        header, body = header[1:], [body[0][1:]]
    return table(header, body) + _links([record for (record, _), _ in ordered])


def counts_table(records: Sequence[StoredRecord]) -> str:
    """Returns a table of models that were trained with one count of training occurrences each, by count."""
    rows = [(record, cell) for record in records if (cell := overall_cell(record.document)) is not None]
    body = [
        [occurrences_words(bin_cells(record.document)[0]["occurrences"]), *_linked_row(record, cell)]
        for record, cell in rows
    ]
    return table(["Occurrences", "Model", "n", "TPR", "FPR", "AUC", "Accuracy"], body) + _links(records)


def bins_table(records: Sequence[StoredRecord]) -> str:
    """Returns the TPR by training occurrences: bins side by side for several models, one below the other for one."""
    rows = [(record, cell) for record in records for cell in bin_cells(record.document)]
    bins = sorted({cell["occurrences"] for _, cell in rows}, key=occurrences_order)
    if len(records) > 1 and len(bins) <= _MOST_COLUMNS:
        return _wide_bins_table(records, bins)
    ordered = sorted(rows, key=lambda row: (occurrences_order(row[1]["occurrences"]), *_row_order(row)))
    body = [
        [occurrences_words(cell["occurrences"]), model_words(record), _n(cell), *_rates(cell)]
        for record, cell in ordered
    ]
    header = ["Occurrences", "Model", "n", "TPR", "FPR", "AUC"]
    if len(records) == 1:
        header, body = [header[0], *header[2:]], [[row[0], *row[2:]] for row in body]
    return table(header, body)


def _wide_bins_table(records: Sequence[StoredRecord], bins: Sequence[str]) -> str:
    measured = [(record, cell) for record in records if (cell := overall_cell(record.document)) is not None]
    body = []
    for record, _ in sorted(measured, key=_row_order):
        cells = {cell["occurrences"]: cell for cell in bin_cells(record.document)}
        body.append([model_words(record), *(interval(cells[at]["tpr"]) if at in cells else UNKNOWN for at in bins)])
    return table(["TPR of members with", *(f"{occurrences_words(at)} pair{'s' * (at != '1')}" for at in bins)], body)


def trend_lines(records: Sequence[StoredRecord]) -> str:
    """Returns for every model whether its TPR rises with training occurrences; nothing where that was not tested."""
    tested = [each for each in records if each.document.get("trend")]
    if len(records) == 1:
        return "".join(f"{trend_words(each.document['trend'])}.\n" for each in tested)
    return "".join(f"* {model_words(each)}: {trend_words(each.document['trend'])}.\n" for each in tested)


def controls_table(records: Sequence[StoredRecord]) -> str:
    """Returns a table of controls, and whether any of them finds what cannot be found."""
    body = []
    for record in records:
        document = record.document
        cell = overall_cell(document)
        numbers = [UNKNOWN] * 5 if cell is None else [_n(cell), *_rates(cell), _finding(cell)]
        control, people = document["control"], escaped(document["people"]["id"])
        kind, of = control["kind"].replace("-", " "), escaped(shortened(control["of"], _LONGEST_NAME))
        body.append([model_words(record), kind, of, people, f"`{protocol_label(document)}`", *numbers])
    return table(["Model", "Control", "For", "People", "Protocol", "n", "TPR", "FPR", "AUC", "Finding"], body)


def _finding(cell: Document) -> str:
    return "**TPR above FPR: something is wrong**" if is_above_chance(cell) else "nothing, as expected"


def published_table() -> str:
    """Returns the published numbers, those of the same models in one row."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for each in PUBLISHED:
        key = each.training_set, each.architecture, occurrences_words(each.occurrences) or "any"
        rows.setdefault(key, []).append(_published_words(each))
    body = [[*key, "; ".join(words)] for key, words in rows.items()]
    return table(["Trained on", "Model", "Occurrences", "Published"], body)


def _published_words(published: Published) -> str:
    relation = "" if published.relation == "=" else f"{published.relation} "
    ends = dict.fromkeys(f"{end:.3g}" for end in (published.low, published.high))
    return one_line(f"{published.quantity} {relation}{'–'.join(ends)} {published.of}")


def table(header: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Returns a Markdown table."""
    from tabulate import tabulate  # only where a table is made

    return tabulate(body, headers=header, tablefmt="github", disable_numparse=True) + "\n"


def model_words(record: StoredRecord) -> str:
    """Returns a model's name, with its status where that is not ok."""
    status = "" if record.document["status"] == "ok" else f" ({record.document['status']})"
    return escaped(shortened(one_line(record.document["model"]["name"]), _LONGEST_NAME)) + status


def escaped(text: str) -> str:
    """Returns text that neither ends a table cell nor becomes a link, a tag or emphasis."""
    return re.sub(r"([\\`*|<>\[\]~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))", r"\\\1", one_line(text))


def _linked_row(record: StoredRecord, cell: Document) -> list[str]:
    name = f"[{model_words(record)}][{_reference(record)}]"
    return [name, _n(cell), *_rates(cell), fraction(cell["accuracy"])]


def _links(records: Sequence[StoredRecord]) -> str:
    """What the names in a table refer to, below it, which keeps the table legible as text."""
    return "\n" + "\n".join(f"[{_reference(each)}]: figures/{_folder(each)}" for each in records) + "\n"


def _reference(record: StoredRecord) -> str:
    return hashlib.sha256(_folder(record).encode()).hexdigest()[:8]


def _folder(record: StoredRecord) -> str:
    return Path(*record.path.parts[-3:-1], record.path.stem).as_posix()


def _places(estimates: Sequence[Document]) -> list[str]:
    """The places each may have: behind all that are certainly above it, before all that are certainly below."""
    places = []
    for own in estimates:
        if own["low"] is None:
            places.append("–")
            continue
        known = [other for other in estimates if other["low"] is not None]
        best = 1 + sum(other["low"] > own["high"] for other in known)
        worst = len(known) - sum(other["high"] < own["low"] for other in known)
        places.append(str(best) if best == worst else f"{best}–{worst}")
    return places


def _row_order(row: _Row) -> tuple[float, float, str, str]:
    record, cell = row
    low, value = cell["tpr"]["low"], cell["tpr"]["value"]
    model = record.document["model"]
    return -1.0 if low is None else -low, 0.0 if value is None else -value, model["name"], model["weights_sha256"]


def _n(cell: Document) -> str:
    return f"{cell['members']:,} / {cell['non_members']:,}"


def _rates(cell: Document) -> list[str]:
    return [interval(cell[rate]) for rate in ("tpr", "fpr", "auc")]
