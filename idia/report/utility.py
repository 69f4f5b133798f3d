"""What models are good for: as a table for machines, one for readers, and beside what leaks."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from idia.records import Document, StoredRecord, StoredUtility
from idia.report.comparisons import question
from idia.report.markdown_tables import escaped, table
from idia.report.tables import csv_table, number, safe_cell
from idia.report.wording import UNKNOWN, fraction, has_threshold, interval, one_line, overall_cell, shortened

COLUMNS = (
    *("data", "model", "task", "metric", "value", "low", "high", "n_photos", "right", "chance", "majority"),
    *("n_choices", "n_templates", "unreadable_dropped", "protocol", "activation", "precision", "weights", "manifest"),
)

_EASY = 0.25
"""Where guessing is right so often, a score says little: it is in the table for machines alone."""

_LONGEST_NAME = 64
_COMPARED = (None, "clean-model")  # controls with weights that somebody trained, and names as they are
_NO_CLASSES = "–"


@dataclass(frozen=True, eq=False, slots=True)
class Beside:
    """A model's leak and its utility.

    Attributes:
        leak: The record of the attack.
        utility: The record of the utility.
    """

    leak: Document
    utility: Document

    @property
    def cell(self) -> Document:
        """What leaked, at the largest number of photos."""
        cell = overall_cell(self.leak)
        assert cell is not None
        return cell


@dataclass(frozen=True, eq=False, slots=True)
class UtilityBesideLeakage:
    """The models of which both are known, for one set of tasks.

    Attributes:
        folder: Where the figure lies below `figures`.
        records: The records it is drawn from.
        groups: Models that were asked the same question about the same people, by falling TPR, controls last.
    """

    folder: Path
    records: tuple[StoredRecord | StoredUtility, ...]
    groups: tuple[tuple[Beside, ...], ...]


def utility_csv(utilities: Sequence[StoredUtility]) -> str:
    """Returns one row per model, task and metric."""
    rows = []
    for document in _documents(utilities):
        model, data = document["model"], document["data"]
        tasks = {task["name"]: task for task in data["tasks"]}
        for score in document["scores"]:
            task, estimate = tasks[score["task"]], score["estimate"]
            rows.append(
                {
                    "data": safe_cell(data["id"]),
                    "model": safe_cell(model["name"]),
                    "task": safe_cell(task["name"]),
                    "metric": score["metric"],
                    "value": number(estimate["value"]),
                    "low": number(estimate["low"]),
                    "high": number(estimate["high"]),
                    "n_photos": str(task["n_photos"]),
                    "right": str(score["right"]),
                    "chance": number(score["chance"]),
                    "majority": number(score["majority"]),
                    "n_choices": str(task["n_choices"]),
                    "n_templates": UNKNOWN if task["n_templates"] is None else str(task["n_templates"]),
                    "unreadable_dropped": str(data["unreadable_dropped"]),
                    "protocol": document["protocol"]["id"],
                    "activation": safe_cell(model["activation"] or UNKNOWN),
                    "precision": safe_cell(model["precision"]),
                    "weights": model["weights_sha256"][:8],
                    "manifest": data["manifest_sha256"][:8],
                }
            )
    return csv_table(COLUMNS, rows).decode()


def utility_section(utilities: Sequence[StoredUtility], beside: Sequence[UtilityBesideLeakage]) -> list[str]:
    """Returns the part of the leaderboard on utility, in Markdown; nothing where none was measured.

    Args:
        utilities: All records of utility.
        beside: The figures to refer to.
    """
    if not utilities:
        return []
    parts = [
        "## Utility\n",
        "What the models are good for, apart from whom they remember: the fraction of photos answered rightly, with "
        "95 % intervals over photos. Ties count as wrong. All numbers are in `utility.csv`.\n",
    ]
    figures = {each.folder.name: each.folder for each in beside}
    for folder, group in groupby(sorted(utilities, key=_order), key=lambda each: each.path.parent.name):
        documents = [each.document for each in group]
        parts += [f"### {escaped(documents[0]['data']['id'])}\n", _asked(documents[0]), _models_table(documents)]
        if folder in figures:
            parts.append(f"Beside what leaks: [figure](figures/{figures[folder].as_posix()}).\n")
    return parts


def utility_beside_leakage(
    utilities: Sequence[StoredUtility], records: Sequence[StoredRecord]
) -> tuple[UtilityBesideLeakage, ...]:
    """Returns for every set of tasks the models whose leak is known, too: those with the same weights."""
    found = []
    leaks = [each for each in records if _is_compared(each.document)]
    for folder, group in groupby(sorted(utilities, key=_order), key=lambda each: each.path.parent.name):
        own = {_network(each.document): each for each in group}
        joined = [(leak, own[_network(leak.document)]) for leak in leaks if _network(leak.document) in own]
        if joined:
            joined.sort(key=lambda pair: (question(pair[0]), *_row_order(pair[0].document)))
            groups = [
                tuple(Beside(leak.document, utility.document) for leak, utility in pairs)
                for _, pairs in groupby(joined, key=lambda pair: question(pair[0]))
            ]
            groups.sort(key=lambda rows: (-rows[0].leak["people"]["n_people"], rows[0].leak["people"]["id"]))
            used = {each.path: each for pair in joined for each in pair}
            place = Path("utility") / folder
            found.append(UtilityBesideLeakage(place, tuple(used[path] for path in sorted(used)), tuple(groups)))
    return tuple(found)


def utility_files(beside: UtilityBesideLeakage) -> dict[str, bytes]:
    """Returns file names and contents of the figure and its table, the same bytes for the same records."""
    # matplotlib is loaded by drawing, and by nothing before it.
    from idia.report.style import house_style
    from idia.report.utility_figure import utility_beside_leakage_figure

    data = beside.groups[0][0].utility["data"]["id"]
    with house_style():
        files = utility_beside_leakage_figure(f"Utility beside leakage: {data}", beside.groups)
    return {**files, "utility-beside-leakage.csv": _beside_table(beside.groups)}


def shown_scores(document: Document) -> list[Document]:
    """Returns the scores that a reader is shown: those that are hard to reach by guessing, or a task's only one."""
    hard = [score for score in document["scores"] if score["chance"] <= _EASY]
    tasks = {score["task"] for score in hard}
    return [score for score in document["scores"] if score in hard or score["task"] not in tasks]


def _beside_table(groups: Iterable[Sequence[Beside]]) -> bytes:
    """The numbers of the figure as CSV: one row per model and measure."""
    rows = []
    for beside in (each for group in groups for each in group):
        leak, control = beside.leak, beside.leak["control"]
        shared = {
            "model": safe_cell(leak["model"]["name"]),
            "weights": leak["model"]["weights_sha256"][:8],
            "people": safe_cell(leak["people"]["id"]),
            "control": UNKNOWN if control is None else control["kind"],
        }
        measured = [(rate.upper(), beside.cell[rate], None) for rate in ("tpr", "fpr")]
        measured += [
            (f"{score['task']} {score['metric']}", score["estimate"], score["chance"])
            for score in beside.utility["scores"]
        ]
        for measure, estimate, chance in measured:
            values = {key: number(estimate[key]) for key in ("value", "low", "high")}
            rows.append(
                {**shared, "measure": safe_cell(measure), **values, "n": str(estimate["n"]), "chance": number(chance)}
            )
    return csv_table(("model", "weights", "people", "control", "measure", *_MEASURED), rows)


_MEASURED = ("value", "low", "high", "n", "chance")


def _asked(document: Document) -> str:
    data = document["data"]
    tasks = [
        f"{escaped(task['name'])} ({task['n_photos']:,} photos, {task['n_choices']:,} "
        f"{'classes' if task['kind'] == 'zero-shot' else 'different captions'})"
        for task in data["tasks"]
    ]
    dropped = data["unreadable_dropped"]
    note = f"; photos dropped because they cannot be read: {dropped:,}" if dropped else ""
    return f"{'; '.join(tasks)} (`{data['manifest_sha256'][:8]}`){note}.\n"


def _models_table(documents: Sequence[Document]) -> str:
    shown = shown_scores(documents[0])
    columns = [(score["task"], score["metric"]) for score in shown]
    body = []
    for document in documents:
        estimates = {(score["task"], score["metric"]): score["estimate"] for score in document["scores"]}
        body.append([_name(document), *(interval(estimates[column]) for column in columns)])
    body.append(["*guessing*", *(chance_words(score["chance"]) for score in shown)])
    if any(score["majority"] is not None for score in shown):
        majority = (score["majority"] for score in shown)
        body.append(
            ["*most frequent class*", *(_NO_CLASSES if each is None else chance_words(each) for each in majority)]
        )
    return table(["Model", *(escaped(f"{task} {metric}") for task, metric in columns)], body)


def chance_words(value: float) -> str:
    """Returns what guessing gives, with as many decimals as it takes to show anything."""
    return fraction(value) if value >= 0.005 or value == 0 else f"{value:.1g}"


def _name(document: Document) -> str:
    return escaped(shortened(one_line(document["model"]["name"]), _LONGEST_NAME))


def _documents(utilities: Sequence[StoredUtility]) -> list[Document]:
    return [each.document for each in sorted(utilities, key=_order)]


def _order(utility: StoredUtility) -> tuple[str, list[tuple[int, str]], str]:
    """By data, then by name with numbers by size, so that model 10 comes behind model 5."""
    parts = re.split(r"(\d+)", utility.document["model"]["name"])
    natural = [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
    return utility.path.parent.name, natural, utility.path.name


def _network(document: Document) -> tuple[str, str]:
    return document["model"]["weights_sha256"], document["model"]["activation"] or ""


def _is_compared(document: Document) -> bool:
    control = document["control"]
    kind = None if control is None else control["kind"]
    if not has_threshold(document):
        return False  # beside utility stands whom an attack calls a member
    return document["status"] in ("ok", "partial") and kind in _COMPARED and overall_cell(document) is not None


def _row_order(document: Document) -> tuple[bool, float, str]:
    cell = overall_cell(document)
    value = 0.0 if cell is None or cell["tpr"]["value"] is None else cell["tpr"]["value"]
    return document["control"] is not None, -value, document["model"]["name"]
