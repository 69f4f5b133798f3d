"""The leaderboard for readers: headline rows, with intervals, and no rank that the data cannot resolve."""

import hashlib
import re
from collections.abc import Sequence
from itertools import groupby

from idia.records import Document, StoredRecord
from idia.report.wording import (
    fraction,
    headline_cells,
    interval,
    occurrences_order,
    occurrences_words,
    one_line,
    photos_words,
    protocol_label,
    shortened,
)

_LONGEST_NAME = 64
_Row = tuple[StoredRecord, Document]

_LEGEND = """\
## How to read this

* **TPR**, true-positive rate: the fraction of members, people whose photos and names were in the training data, whom
  the attack found. High means that the model leaks.
* **FPR**, false-positive rate: the fraction of non-members whom it took for members. A TPR means something only next
  to a low FPR.
* **AUC**: the chance that a random member scores higher than a random non-member; 0.5 is guessing.
* **n**: members / non-members. Intervals in brackets are 95 % intervals **over people**: Clopper-Pearson for rates; for
  the AUC a bootstrap, widened to Newcombe's interval where that reaches further. How much results change with the
  photos that are drawn is another thing: the deviation over draws is in the records and the figures.
* **Place**: models whose intervals of the TPR overlap cannot be told apart with these people, so they share a range
  of places. Rows are in the order of the interval's lower end; within a range of places the order means nothing.
* Not found is not proof of absence: a person whom this attack misses may still be in the training data.
* Compare rows within one table only. Another table has other people, another membership or another protocol.
"""


def leaderboard_markdown(records: Sequence[StoredRecord]) -> str:
    """Returns the leaderboard as Markdown; models link to their figures."""
    measured = [each for each in records if each.document["control"] is None and headline_cells(each.document)]
    scored = [each for each in measured if each.document["status"] in ("ok", "partial")]
    controls = [each for each in records if each.document["control"] is not None]
    others = [each for each in records if each not in scored and each not in controls]

    parts = [
        "# Identity leakage\n",
        "Given photos and the name of a person, can an attack tell from a model's answers alone that this person was "
        "in its training data? Rendered from the records in `records/`; all numbers are in `leaderboard.csv`.\n",
    ]
    if not scored:
        parts.append("No model has been scored yet.\n")
    for _, group in groupby(sorted(scored, key=_group_key), key=_group_key):
        parts += _section(list(group))
    parts += _not_scored(others) + _controls(controls) + [_LEGEND]
    return "\n".join(parts)


def _group_key(record: StoredRecord) -> tuple[str, ...]:
    people = record.document["people"]
    hashes = people["manifest_sha256"], people["membership_sha256"]
    return people["id"], record.document["attack"], protocol_label(record.document), *hashes


def _section(records: Sequence[StoredRecord]) -> list[str]:
    """One people set under one protocol: a table of models, and one by training occurrences."""
    rows = [(record, cell) for record in records for cell in headline_cells(record.document)]
    overall = [row for row in rows if row[1]["occurrences"] == "all"]
    by_bin = [row for row in rows if row[1]["occurrences"] != "all"]
    first = records[0].document
    parts = [f"## {_escaped(first['people']['id'])}: `{protocol_label(first)}`\n", _conditions(first)]
    if overall:
        parts.append(_models_table(overall))
    if by_bin:
        parts += ["By training occurrences of the members:\n", _bins_table(by_bin)]
    return parts


def _conditions(document: Document) -> str:
    people, protocol = document["people"], document["protocol"]
    photos = people["photos_per_person"]
    dropped = people["unreadable_dropped"]
    known = {
        "injected": "put there on purpose",
        "caption-search": "found by searching its captions",
        "declared": "declared, not checked",
    }[people["how_known"]]
    cells = headline_cells(document)
    spread = (
        f"{photos['min']:,}"
        if photos["min"] == photos["max"]
        else f"{photos['min']:,} to {photos['max']:,} (median {photos['median']:g})"
    )
    return (
        f"{people['n_people']:,} people (manifest `{people['manifest_sha256'][:8]}`), {spread} photos each"
        f"{f', after {dropped:,} unreadable ones were dropped' if dropped else ''}; membership in "
        f"{_escaped(people['training_set'])} (`{people['membership_sha256'][:8]}`): {known}. "
        f"Attacked with {photos_words(cells[0]['n_photos'])} per person, τ = {protocol['tau']}, "
        f"{protocol['n_names']:,} candidate names, {protocol['n_prompts']} prompts, "
        f"{protocol['draws']} draw{'s' if protocol['draws'] != 1 else ''}.\n"
    )


def _models_table(rows: Sequence[_Row]) -> str:
    """A model a row; names link to the figures, by references that keep the table legible as text."""
    places = _places([cell["tpr"] for _, cell in rows])
    ordered = sorted(zip(rows, places, strict=True), key=lambda item: _row_order(item[0]))
    header = ["Place", "Model", "n", "TPR", "FPR", "AUC", "Accuracy"]
    body, links = [], []
    for (record, cell), place in ordered:
        folder = "/".join((*record.path.parts[-3:-1], record.path.stem))
        reference = hashlib.sha256(folder.encode()).hexdigest()[:8]
        links.append(f"[{reference}]: figures/{folder}")
        body.append([place, f"[{_model(record)}][{reference}]", _n(cell), *_rates(cell), fraction(cell["accuracy"])])
    if len(body) == 1:  # alone, a model has no place
        header, body = header[1:], [body[0][1:]]
    return _table(header, body) + "\n" + "\n".join(links) + "\n"


def _bins_table(rows: Sequence[_Row]) -> str:
    ordered = sorted(rows, key=lambda row: (occurrences_order(row[1]["occurrences"]), *_row_order(row)))
    header = ["Occurrences", "Model", "n", "TPR", "FPR", "AUC"]
    body = [
        [occurrences_words(cell["occurrences"]), _model(record), _n(cell), *_rates(cell)] for record, cell in ordered
    ]
    return _table(header, body)


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


def _not_scored(records: Sequence[StoredRecord]) -> list[str]:
    if not records:
        return []
    body = [
        [_model(each), _escaped(each.document["people"]["id"]), f"`{protocol_label(each.document)}`"]
        for each in records
    ]
    return [
        "## Not scored\n",
        "Records of runs that failed, or whose numbers mean nothing.\n",
        _table(["Model", "People", "Protocol"], body),
    ]


def _controls(records: Sequence[StoredRecord]) -> list[str]:
    if not records:
        return []
    body = []
    for record in records:
        document = record.document
        cell = next((cell for cell in headline_cells(document) if cell["occurrences"] == "all"), None)
        numbers = ["n/a"] * 4 if cell is None else [_n(cell), *_rates(cell)]
        kind, people = document["control"]["kind"].replace("-", " "), _escaped(document["people"]["id"])
        body.append([_model(record), kind, people, f"`{protocol_label(document)}`", *numbers])
    return [
        "## Controls\n",
        "Something was broken on purpose, so there is nothing to find: a TPR clearly above the FPR here means that the "
        "measurement is wrong.\n",
        _table(["Model", "Control", "People", "Protocol", "n", "TPR", "FPR", "AUC"], body),
    ]


def _model(record: StoredRecord) -> str:
    status = "" if record.document["status"] == "ok" else f" ({record.document['status']})"
    return _escaped(shortened(one_line(record.document["model"]["name"]), _LONGEST_NAME)) + status


def _n(cell: Document) -> str:
    return f"{cell['members']:,} / {cell['non_members']:,}"


def _rates(cell: Document) -> list[str]:
    return [interval(cell[rate]) for rate in ("tpr", "fpr", "auc")]


def _escaped(text: str) -> str:
    """Text that neither ends a table cell nor becomes a link, a tag or emphasis."""
    return re.sub(r"([\\`*|<>\[\]~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))", r"\\\1", one_line(text))


def _table(header: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    from tabulate import tabulate  # only where a table is made

    return tabulate(body, headers=header, tablefmt="github", disable_numparse=True) + "\n"
