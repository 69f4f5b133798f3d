"""The tables of the leaderboard for readers."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from idia.records import Document, StoredRecord
from idia.report.board import Ranking
from idia.report.claims import (
    FALSE_POSITIVE_RATES,
    LEAKS,
    at_fpr_words,
    best_blind,
    lead,
    lead_words,
    percent,
    spared_words,
    verdict,
)
from idia.report.published import PUBLISHED, published_at_30_photos, published_by_count, published_words
from idia.report.wording import (
    UNKNOWN,
    bin_cells,
    has_threshold,
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
_LOW = 0.01  # the false-positive rate that all attacks are compared at
NOTHING = "–"
"""Where nobody has published a number."""

_Row = tuple[StoredRecord, Document]


def models_table(ranking: Ranking, folders: Mapping[StoredRecord, str]) -> str:
    """Returns a table of a model a row, with the ranks that the data can resolve; names link to the figures.

    Args:
        ranking: The models.
        folders: Where figures lie below `figures` that are not in the record's own place; empty for that.
    """
    rows = [(record, cell) for record in ranking.records if (cell := overall_cell(record.document)) is not None]
    header, body = _scores(rows, folders)
    if ranking.ranks:  # alone, a model has no rank
        header, body = ["Rank", *header], [[str(at), *row] for at, row in zip(ranking.ranks, body, strict=True)]
    return table(header, body) + _links(ranking.records, folders)


def counts_table(records: Sequence[StoredRecord], folders: Mapping[StoredRecord, str]) -> str:
    """Returns a table of models that were trained with one count of training occurrences each, by count.

    Args:
        records: The models.
        folders: As `models_table` takes them.
    """
    rows = [(record, cell) for record in records if (cell := overall_cell(record.document)) is not None]
    published = {each.occurrences: each for each in published_by_count([record.document for record, _ in rows])}
    header, body = _scores(rows, folders)
    counts = [bin_cells(record.document)[0]["occurrences"] for record, _ in rows]
    told = [published_words(published[count]) if count in published else NOTHING for count in counts]
    body = [
        [occurrences_words(count), *row, *([words] if published else [])]
        for count, row, words in zip(counts, body, told, strict=True)
    ]
    header = ["Occurrences", *header, *(["Published TPR"] if published else [])]
    return table(header, body) + _links(records, folders)


def groups_table(records: Sequence[StoredRecord]) -> str:
    """Returns a table of members by their group in the membership table."""
    body = [
        [model_words(record), escaped(cell["group"]), *_rates(record, cell)]
        for record in records
        for cell in record.document.get("groups") or ()
    ]
    return table(["Model", "Group", *_rate_names(records[0].document)], body)


def _scores(rows: Sequence[_Row], folders: Mapping[StoredRecord, str]) -> tuple[list[str], list[list[str]]]:
    """What is said of every model: what was found, what may be claimed, and under which protocol."""
    first = rows[0][0].document
    at_30 = [published_at_30_photos(record.document) if cell["n_photos"] == 30 else () for record, cell in rows]
    header = ["Model", *_rate_names(first), "Claim"]
    body = [
        [
            f"[{model_words(record)}][{_reference(record, folders)}]",
            *_rates(record, cell),
            claim_words(record.document),
        ]
        for record, cell in rows
    ]
    if any(at_30):
        header.append("Published TPR")
        body = [[*row, ", ".join(map(published_words, told)) or NOTHING] for row, told in zip(body, at_30, strict=True)]
    states = [[f"`{protocol_label(record.document)}`", record.document["status"]] for record, _ in rows]
    return [*header, "Protocol", "Status"], [[*row, *state] for row, state in zip(body, states, strict=True)]


def _rate_names(document: Document) -> list[str]:
    """At which false-positive rates: with verdicts, their own and one other; without, all that are resolved."""
    if has_threshold(document):
        return ["n", "TPR", "FPR", "AUC", f"TPR at FPR {percent(_LOW)}"]
    return ["n", "AUC", *(f"TPR at FPR {percent(rate)}" for rate in FALSE_POSITIVE_RATES), "TPR at no false positive"]


def _rates(record: StoredRecord, cell: Document) -> list[str]:
    if has_threshold(record.document):
        return [_n(cell), *_three(cell), at_fpr_words(cell, _LOW)]
    at_rates = (at_fpr_words(cell, rate) for rate in FALSE_POSITIVE_RATES)
    return [_n(cell), interval(cell["auc"]), *at_rates, spared_words(cell)]


def claim_words(document: Document) -> str:
    """Returns whether an attack does better than a blind guess, and by how much."""
    verdict_, difference, blind = verdict(document), lead(document), best_blind(document)
    if verdict_ is None:
        return UNKNOWN
    by_whom = "" if blind is None else f", {escaped(blind[0])}"
    by = "" if difference is None else f"AUC {lead_words(difference)} over the best blind guess{by_whom}"
    if verdict_ == LEAKS:
        return f"leaks: {by}" if by else verdict_
    return f"**{verdict_}**" + (f" ({by})" if by else "")


def bins_table(records: Sequence[StoredRecord]) -> str:
    """Returns the TPR by training occurrences: bins side by side for several models, one below the other for one."""
    rows = [(record, cell) for record in records for cell in bin_cells(record.document)]
    bins = sorted({cell["occurrences"] for _, cell in rows}, key=occurrences_order)
    if len(records) > 1 and len(bins) <= _MOST_COLUMNS:
        return _wide_bins_table(records, bins)
    ordered = sorted(rows, key=lambda row: (occurrences_order(row[1]["occurrences"]), *_row_order(row)))
    body = [
        [occurrences_words(cell["occurrences"]), model_words(record), *_rates(record, cell)] for record, cell in ordered
    ]
    header = ["Occurrences", "Model", *_rate_names(records[0].document)]
    if len(records) == 1:
        header, body = [header[0], *header[2:]], [[row[0], *row[2:]] for row in body]
        published = {each.occurrences: each for each in published_by_count([records[0].document])}
        if published:
            header.append("Published TPR")
            told = (published.get(cell["occurrences"]) for _, cell in ordered)
            body = [
                [*row, NOTHING if each is None else published_words(each)] for row, each in zip(body, told, strict=True)
            ]
    return table(header, body)


def _wide_bins_table(records: Sequence[StoredRecord], bins: Sequence[str]) -> str:
    measured = [(record, cell) for record in records if (cell := overall_cell(record.document)) is not None]
    rate = "tpr" if has_threshold(records[0].document) else "auc"
    body = []
    for record, _ in sorted(measured, key=_row_order):
        cells = {cell["occurrences"]: cell for cell in bin_cells(record.document)}
        body.append([model_words(record), *(interval(cells[at][rate]) if at in cells else UNKNOWN for at in bins)])
    published = {each.occurrences: each for each in published_by_count([record.document for record in records])}
    if published:
        told = (published_words(published[at]) if at in published else NOTHING for at in bins)
        body.append(["*published, of other models*", *told])
    words = [f"{occurrences_words(at)} pair{'s' * (at != '1')}" for at in bins]
    sizes = {at: {cell["members"] for record in records for cell in _of_bin(record, at)} for at in bins}
    if all(len(each) == 1 for each in sizes.values()):
        words = [f"{each} (n = {sizes[at].pop():,})" for each, at in zip(words, bins, strict=True)]
    return table([f"{rate.upper()} of members with", *words], body)


def _of_bin(record: StoredRecord, at: str) -> list[Document]:
    return [cell for cell in bin_cells(record.document) if cell["occurrences"] == at]


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
        numbers = [UNKNOWN] * 5 if cell is None else [_n(cell), *_three(cell), _finding(cell)]
        control, people = document["control"], escaped(document["people"]["id"])
        kind, of = control["kind"].replace("-", " "), escaped(shortened(control["of"], _LONGEST_NAME))
        asked = people, escaped(document["attack"]), f"`{protocol_label(document)}`"
        body.append([model_words(record), kind, of, *asked, *numbers])
    header = ["Model", "Control", "For", "People", "Attack", "Protocol", "n", "TPR", "FPR", "AUC", "Finding"]
    return table(header, body)


def _finding(cell: Document) -> str:
    if not is_above_chance(cell):
        return "nothing, as expected"
    return f"**{'AUC above 0.5' if cell['tau'] is None else 'TPR above FPR'}: something is wrong**"


def published_table() -> str:
    """Returns the published numbers, those of the same models in one row."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for each in PUBLISHED:
        key = each.training_set, each.architecture, occurrences_words(each.occurrences) or "any"
        rows.setdefault(key, []).append(f"{each.quantity} {published_words(each)}")
    body = [[*key, "; ".join(words)] for key, words in rows.items()]
    return table(["Trained on", "Model", "Occurrences", "Published"], body)


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


def _links(records: Sequence[StoredRecord], folders: Mapping[StoredRecord, str]) -> str:
    """What the names in a table refer to, below it, which keeps the table legible as text."""
    lines = (f"[{_reference(each, folders)}]: figures/{_folder(each, folders)}" for each in records)
    return "\n" + "\n".join(lines) + "\n"


def _reference(record: StoredRecord, folders: Mapping[StoredRecord, str]) -> str:
    named = f"{_folder(record, folders)}{record.document['attack'] if folders.get(record) else ''}"
    return hashlib.sha256(named.encode()).hexdigest()[:8]


def _folder(record: StoredRecord, folders: Mapping[StoredRecord, str]) -> str:
    return folders.get(record) or Path(*record.path.parts[-3:-1], record.path.stem).as_posix()


def _row_order(row: _Row) -> tuple[float, str, str]:
    record, cell = row
    value, model = cell["auc"]["value"], record.document["model"]
    return 0.0 if value is None else -value, model["name"], model["weights_sha256"]


def _n(cell: Document) -> str:
    return f"{cell['members']:,} / {cell['non_members']:,}"


def _three(cell: Document) -> list[str]:
    return [interval(cell[rate]) for rate in ("tpr", "fpr", "auc")]
