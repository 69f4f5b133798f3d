"""The figures of one record, each with the table it was drawn from."""

import csv
import io
from collections.abc import Sequence

from idia.records import Document
from idia.report.wording import UNKNOWN, headline_cells, size_order

FIGURE_FILES = (
    *("confusion.svg", "confusion.png", "attack-samples.svg", "attack-samples.png", "attack-samples.csv"),
    *("occurrences.svg", "occurrences.png", "occurrences.csv", "threshold.svg", "threshold.png", "threshold.csv"),
)
"""Every file this module may make for a record."""

_COLUMNS = (
    *("n_photos", "occurrences", "tau", "members", "non_members", "tp", "tp_sd", "fp", "fp_sd", "fn", "tn"),
    *("tpr", "tpr_low", "tpr_high", "tpr_sd", "fnr", "fpr", "fpr_low", "fpr_high", "fpr_sd", "tnr"),
    *("accuracy", "auc", "auc_low", "auc_high"),
)


def figure_files(document: Document) -> dict[str, bytes]:
    """Returns file names and contents: the same bytes for the same record and version of matplotlib.

    Columns ending in `_low` and `_high` are 95 % intervals over people, those ending in `_sd` deviations over draws.
    """
    # matplotlib is loaded by drawing, and by nothing before it.
    from idia.report.confusion import confusion_matrix
    from idia.report.curves import attack_samples, occurrences, threshold
    from idia.report.style import house_style

    files: dict[str, bytes] = {}
    headline = headline_cells(document)
    overall = next((cell for cell in headline if cell["occurrences"] == "all"), None)
    with house_style():
        if overall is not None:
            by_size = [cell for cell in document["cells"] if cell["occurrences"] == "all"]
            by_size.sort(key=lambda cell: size_order(cell["n_photos"]))
            files |= confusion_matrix(document, overall)
            files |= attack_samples(document, by_size)
            files["attack-samples.csv"] = _table(by_size)
            bins = [cell for cell in headline if cell["occurrences"] != "all"]
            if bins:
                files |= occurrences(document, bins, overall)
                files["occurrences.csv"] = _table(bins)
        sweep = sorted(document["threshold_sweep"], key=lambda cell: cell["tau"])
        if sweep:
            files |= threshold(document, sweep)
            files["threshold.csv"] = _table(sweep)
    return files


def _table(cells: Sequence[Document]) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_row(cell) for cell in cells)
    return file.getvalue().encode()


def _row(cell: Document) -> dict[str, str]:
    row: dict[str, float | None] = {**cell["counts"], **{f"{key}_sd": sd for key, sd in cell["counts_sd"].items()}}
    for rate in ("tpr", "fpr", "auc"):
        row[rate] = cell[rate]["value"]
        row[f"{rate}_low"], row[f"{rate}_high"] = cell[rate]["low"], cell[rate]["high"]
    row["tpr_sd"] = cell["counts_sd"]["tp"] / cell["members"] if cell["members"] else None
    row["fpr_sd"] = cell["counts_sd"]["fp"] / cell["non_members"] if cell["non_members"] else None
    row["fnr"] = None if row["tpr"] is None else 1 - row["tpr"]
    row["tnr"] = None if row["fpr"] is None else 1 - row["fpr"]
    row["accuracy"] = cell["accuracy"]
    shown = {key: UNKNOWN if value is None else repr(round(float(value), 6)) for key, value in row.items()}
    return shown | {key: str(cell[key]) for key in ("n_photos", "occurrences", "tau", "members", "non_members")}
