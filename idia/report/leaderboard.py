"""The leaderboard for machines: one CSV row per cell of every record."""

import csv
import io
from collections.abc import Iterator, Sequence

from idia.records import Document
from idia.report.wording import UNKNOWN, occurrences_order, one_line, protocol_label, size_order

COLUMNS = (
    *("model", "people", "attack", "n_photos", "occurrences", "members", "non_members", "tau", "n_names", "n_prompts"),
    *("draws", "tpr", "tpr_low", "tpr_high", "fpr", "fpr_low", "fpr_high", "auc", "auc_low", "auc_high", "accuracy"),
    *("protocol", "status"),
    # Columns above are fixed in name and order; new ones go to the end.
    *("control", "training_set", "how_known", "near_tie_rate", "unreadable_dropped", "activation", "precision"),
    *("weights", "manifest", "membership"),
)


def leaderboard_csv(documents: Sequence[Document]) -> str:
    """Returns the leaderboard as CSV: measured models first, then those that failed, then controls."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for document in sorted(documents, key=_order):
        writer.writerows([row[column] for column in COLUMNS] for row in _rows(document))
    return file.getvalue()


def _order(document: Document) -> tuple[int, str, str, str, str, str, str]:
    failed = document["status"] in ("error", "invalid")
    return (
        2 if document["control"] is not None else int(failed),
        document["people"]["id"],
        document["people"]["manifest_sha256"],
        document["model"]["name"],
        document["model"]["weights_sha256"],
        document["attack"],
        # Last, everything: an order that is always the same.
        protocol_label(document) + document["model"]["spec"] + str(document["control"]),
    )


def _rows(document: Document) -> Iterator[dict[str, str]]:
    model, people, protocol = document["model"], document["people"], document["protocol"]
    failed, control = document["status"] in ("error", "invalid"), document["control"]
    shared = {
        "model": _cell_text(model["name"]),
        "people": _cell_text(people["id"]),
        "attack": document["attack"],
        "n_names": str(protocol["n_names"]),
        "n_prompts": str(protocol["n_prompts"]),
        "draws": str(protocol["draws"]),
        "protocol": protocol_label(document),
        "status": "control" if control is not None and not failed else document["status"],
        "control": UNKNOWN if control is None else control["kind"],
        "training_set": _cell_text(people["training_set"]),
        "how_known": people["how_known"],
        "near_tie_rate": _number(document["near_tie_rate"]),
        "unreadable_dropped": str(people["unreadable_dropped"]),
        "activation": _cell_text(model["activation"] or UNKNOWN),
        "precision": _cell_text(model["precision"]),
        "weights": model["weights_sha256"][:8],
        "manifest": people["manifest_sha256"][:8],
        "membership": people["membership_sha256"][:8],
    }
    if not document["cells"]:
        whole = {"members": str(people["members"]), "non_members": str(people["non_members"])}
        yield dict.fromkeys(COLUMNS, UNKNOWN) | shared | whole | {"tau": str(protocol["tau"])}
    for cell in sorted(document["cells"], key=_cell_order):
        yield shared | _measured(cell)


def _cell_order(cell: Document) -> tuple[tuple[bool, int], tuple[int, ...], int]:
    return size_order(cell["n_photos"]), occurrences_order(cell["occurrences"]), cell["tau"]


def _measured(cell: Document) -> dict[str, str]:
    columns = {key: str(cell[key]) for key in ("n_photos", "occurrences", "members", "non_members", "tau")}
    for rate in ("tpr", "fpr", "auc"):
        columns[rate] = _number(cell[rate]["value"])
        columns[f"{rate}_low"] = _number(cell[rate]["low"])
        columns[f"{rate}_high"] = _number(cell[rate]["high"])
    return columns | {"accuracy": _number(cell["accuracy"])}


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else repr(round(float(value), 6))


def _cell_text(text: str) -> str:
    """One line that no spreadsheet takes for a formula."""
    line = one_line(text)
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line
