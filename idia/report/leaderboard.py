"""The leaderboard for machines: one CSV row per cell of every record."""

import csv
import io
from collections.abc import Iterator

from idia.records import Document
from idia.report.board import Board
from idia.report.claims import (
    FALSE_POSITIVE_RATES,
    at_fpr,
    best_blind,
    controls_words,
    lead,
    precision_at,
    verdict,
)
from idia.report.cost import cost_of
from idia.report.published import published_at_30_photos, published_by_count, published_words
from idia.report.text_only import by_kind, is_text_only, text_mode
from idia.report.wording import (
    UNKNOWN,
    attack_order,
    occurrences_order,
    one_line,
    overall_cell,
    protocol_label,
    size_order,
)

COLUMNS = (
    *("model", "people", "attack", "n_photos", "occurrences", "members", "non_members", "tau", "n_names", "n_prompts"),
    *("draws", "tpr", "tpr_low", "tpr_high", "fpr", "fpr_low", "fpr_high", "auc", "auc_low", "auc_high", "accuracy"),
    *("protocol", "status"),
    # Columns above are fixed in name and order; new ones go to the end.
    *("control", "training_set", "how_known", "near_tie_rate", "unreadable_dropped", "activation", "precision"),
    *("weights", "manifest", "membership"),
    *("tpr_at_fpr_10", "tpr_at_fpr_10_low", "tpr_at_fpr_10_high", "tpr_at_fpr_1", "tpr_at_fpr_1_low"),
    *("tpr_at_fpr_1_high", "tpr_at_fpr_01", "tpr_at_fpr_01_low", "tpr_at_fpr_01_high", "resolution"),
    *("tpr_at_0_fp", "tpr_at_0_fp_low", "tpr_at_0_fp_high", "precision_at_50", "precision_at_50_low"),
    *("precision_at_50_high", "precision_at_10", "precision_at_10_low", "precision_at_10_high", "precision_at_1"),
    *("precision_at_1_low", "precision_at_1_high", "claim", "best_blind", "best_blind_auc", "best_blind_auc_low"),
    *("best_blind_auc_high", "auc_minus_blind", "auc_minus_blind_low", "auc_minus_blind_high", "controls"),
    *("discovered_members", "discovered_non_members", "published", "rank"),
    *("text_mode", "access", "queries", "gradient_steps", "cpu_seconds"),
    *("vote_recall", "vote_recall_low", "vote_recall_high", "vote_fpr", "vote_fpr_low", "vote_fpr_high"),
    *("vote_precision", "vote_precision_low", "vote_precision_high"),
    *("vote_accuracy", "vote_accuracy_low", "vote_accuracy_high"),
    *("fpr_gibberish", "fpr_gibberish_low", "fpr_gibberish_high"),
    *("fpr_fictitious", "fpr_fictitious_low", "fpr_fictitious_high"),
    *("fpr_rare_real", "fpr_rare_real_low", "fpr_rare_real_high"),
    *("fpr_namesake", "fpr_namesake_low", "fpr_namesake_high"),
)
"""`tpr_at_fpr_10`, `_1` and `_01` are at 10, 1 and 0.1 %, `resolution` is the lowest rate above 0 that so many
non-members can show, and `precision_at_10` is for people of whom 10 % are members. Precision, claim, discoveries and
rank stand in one row of a record: of all members, at the largest number of photos. So does what attacks by name alone
have: the majority vote of their detectors, and its false-positive rate by kind of text that was never trained on.
`cpu_seconds` is of the machine that a record was made on."""

_AT_FPR = dict(zip(FALSE_POSITIVE_RATES, ("tpr_at_fpr_10", "tpr_at_fpr_1", "tpr_at_fpr_01"), strict=True))
_AT_PRIOR = {0.5: "precision_at_50", 0.1: "precision_at_10", 0.01: "precision_at_1"}
_ENDS = {"value": "", "low": "_low", "high": "_high"}


def leaderboard_csv(board: Board) -> str:
    """Returns the leaderboard as CSV: measured models first, then those that failed, then controls."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for record in sorted(board.records, key=lambda each: _order(each.document)):
        rank = board.rank_of.get(record.path)
        writer.writerows([row[column] for column in COLUMNS] for row in _rows(record.document, rank))
    return file.getvalue()


def _order(document: Document) -> tuple[int, str, str, str, str, tuple[int, str], str]:
    failed = document["status"] in ("error", "invalid")
    return (
        2 if document["control"] is not None else int(failed),
        document["people"]["id"],
        document["people"]["manifest_sha256"],
        document["model"]["name"],
        document["model"]["weights_sha256"],
        attack_order(document["attack"]),
        # Last, everything: an order that is always the same.
        protocol_label(document) + document["model"]["spec"] + str(document["control"]),
    )


def _rows(document: Document, rank: int | None) -> Iterator[dict[str, str]]:
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
        "controls": controls_words(document),
        **_cost(document),
    }
    shared = dict.fromkeys(COLUMNS, UNKNOWN) | shared
    if not document["cells"]:
        whole = {"members": str(people["members"]), "non_members": str(people["non_members"])}
        yield shared | whole | {"tau": _whole(protocol["tau"])}
    headline, published = overall_cell(document), _published(document)
    for cell in sorted(document["cells"], key=_cell_order):
        claimed = _claimed(document, rank) if cell is headline else {}
        told = published.get((cell["n_photos"], cell["occurrences"]))
        yield shared | _measured(cell) | claimed | ({"published": told} if told else {})


def _cell_order(cell: Document) -> tuple[tuple[bool, int], tuple[int, ...], int]:
    return size_order(cell["n_photos"]), occurrences_order(cell["occurrences"]), cell["tau"] or 0


def _measured(cell: Document) -> dict[str, str]:
    columns = {key: str(cell[key]) for key in ("n_photos", "occurrences", "members", "non_members")}
    columns |= {"tau": _whole(cell["tau"]), "accuracy": _number(cell["accuracy"])}
    for rate in ("tpr", "fpr", "auc"):
        columns |= _estimate(rate, cell[rate])
    for at, column in _AT_FPR.items():
        columns |= _estimate(column, at_fpr(cell, at))
    spared = cell.get("no_false_positives")
    columns |= _estimate("tpr_at_0_fp", None if spared is None else spared["tpr"])
    return columns | {"resolution": _number(1 / cell["non_members"] if cell["non_members"] else None)}


def _claimed(document: Document, rank: int | None) -> dict[str, str]:
    """What is said of a record as a whole."""
    columns = {"claim": verdict(document) or UNKNOWN, "rank": _whole(rank)}
    for prior, column in _AT_PRIOR.items():
        columns |= _estimate(column, precision_at(document, prior))
    blind = best_blind(document)
    if blind is not None:
        columns |= {"best_blind": blind[0], **_estimate("best_blind_auc", blind[1])}
    columns |= _estimate("auc_minus_blind", lead(document))
    evidence = document.get("evidence")
    if evidence is not None:
        columns |= {f"discovered_{role}": str(evidence[role]["discovered"]) for role in ("members", "non_members")}
    return columns | _voted(document)


def _cost(document: Document) -> dict[str, str]:
    cost = cost_of(document)
    return {
        "text_mode": text_mode(document) or UNKNOWN,
        "access": cost.access or UNKNOWN,
        "queries": _whole(cost.queries),
        "gradient_steps": _whole(cost.gradient_steps),
        "cpu_seconds": _number(cost.cpu_seconds),
    }


def _voted(document: Document) -> dict[str, str]:
    """Whom a majority of detectors calls members, and which kinds of texts that were never trained on."""
    if not is_text_only(document):
        return {}
    columns: dict[str, str] = {}
    for rate in ("recall", "fpr", "precision", "accuracy"):
        columns |= _estimate(f"vote_{rate}", document["text_only"]["vote"][rate])
    for kind, told in by_kind(document).items():
        columns |= _estimate(f"fpr_{kind.replace('-', '_')}", told["fpr"])
    return columns


def _published(document: Document) -> dict[tuple[int | str, str], str]:
    """The TPRs that others published, by the photos and occurrences of the rows they stand beside."""
    headline = overall_cell(document)
    if headline is None:
        return {}
    told = {(headline["n_photos"], each.occurrences): each for each in published_by_count([document])}
    for each in published_at_30_photos(document):
        told[30, "all"] = each
    return {key: published_words(each) for key, each in told.items()}


def _estimate(column: str, estimate: Document | None) -> dict[str, str]:
    return {f"{column}{end}": _number(None if estimate is None else estimate[key]) for key, end in _ENDS.items()}


def _whole(number: int | None) -> str:
    return UNKNOWN if number is None else str(number)


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else repr(round(float(value), 6))


def _cell_text(text: str) -> str:
    """One line that no spreadsheet takes for a formula."""
    line = one_line(text)
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line
