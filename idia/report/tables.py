"""The tables behind the figures, as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence

from idia.records import Document
from idia.report.curve_points import CurvePoints
from idia.report.published import SOURCE, Published
from idia.report.wording import UNKNOWN, bin_cells, members_outside_bins, one_line

_COLUMNS = (
    *("n_photos", "occurrences", "tau", "members", "non_members", "tp", "tp_sd", "fp", "fp_sd", "fn", "tn"),
    *("tpr", "tpr_low", "tpr_high", "tpr_sd", "fnr", "fpr", "fpr_low", "fpr_high", "fpr_sd", "tnr"),
    *("accuracy", "auc", "auc_low", "auc_high"),
)


def cells_table(cells: Sequence[Document]) -> bytes:
    """Returns cells as CSV: `_low` and `_high` are 95 % intervals over people, `_sd` deviations over draws."""
    return csv_table(_COLUMNS, [_row(cell) for cell in cells])


def models_table(rows: Sequence[tuple[Document, Document]]) -> bytes:
    """Returns records' cells as CSV, with the model and the ground truth that each was measured under."""
    labelled = [_model(document) | _row(cell) for document, cell in rows]
    return csv_table((*_MODEL_COLUMNS, *_COLUMNS), labelled)


def people_table(document: Document) -> bytes:
    """Returns how many people there are by training occurrences: non-members have 0, `other` is outside all bins."""
    counts = [("0", "non-members", document["people"]["non_members"])]
    counts += [(cell["occurrences"], "members", cell["members"]) for cell in bin_cells(document)]
    if outside := members_outside_bins(document):
        counts.append(("other", "members", outside))
    header = ("occurrences", "role", "people")
    return csv_table(header, [dict(zip(header, map(str, row), strict=True)) for row in counts])


def published_table(rows: Sequence[tuple[str, Published]]) -> bytes:
    """Returns the published numbers that figures show as CSV: the figure each stands in, and where it is from."""
    header = ("figure", "source", "training_set", "architecture", "occurrences", "quantity", "relation", "value")
    body = [
        {
            "figure": figure,
            "source": f"published: {SOURCE}",
            "training_set": each.training_set,
            "architecture": each.architecture,
            "occurrences": each.occurrences,
            "quantity": each.quantity,
            "relation": each.relation,
            "value": number(each.low),
        }
        for figure, each in rows
    ]
    return csv_table(header, body)


def curves_table(curves: Sequence[tuple[str, CurvePoints]]) -> bytes:
    """Returns the points of ROC curves as CSV: at `threshold` and above, so many are called members."""
    header = ("attack", "threshold", "false_positives", "true_positives", "fpr", "tpr")
    rows = []
    for label, curve in curves:
        counted = zip(curve.false_positives.tolist(), curve.true_positives.tolist(), strict=True)
        rates = zip(curve.thresholds.tolist(), curve.fpr.tolist(), curve.tpr.tolist(), strict=True)
        for (false, true), (threshold, fpr, tpr) in zip(counted, rates, strict=True):
            values = number(threshold), str(false), str(true), number(fpr), number(tpr)
            rows.append(dict(zip(header, (label, *values), strict=True)))
    return csv_table(header, rows)


def areas_table(attacks: Sequence[tuple[str, Document]]) -> bytes:
    """Returns the areas of attacks as CSV, by photos and by training occurrences."""
    header = ("attack", "n_photos", "occurrences", "members", "non_members", "auc", "auc_low", "auc_high")
    rows = []
    for label, document in attacks:
        for cell in document["cells"]:
            row = _row(cell)
            rows.append({"attack": label, **{column: row[column] for column in header[1:]}})
    return csv_table(header, rows)


_MODEL_COLUMNS = ("model", "weights", "membership", "control")


def _model(document: Document) -> dict[str, str]:
    model, control = document["model"], document["control"]
    return {
        "model": safe_cell(model["name"]),
        "weights": model["weights_sha256"][:8],
        "membership": document["people"]["membership_sha256"][:8],
        "control": UNKNOWN if control is None else control["kind"],
    }


def _row(cell: Document) -> dict[str, str]:
    row: dict[str, float | None] = dict.fromkeys(_COLUMNS)
    if cell["counts"] is not None:
        row |= {**cell["counts"], **{f"{key}_sd": sd for key, sd in cell["counts_sd"].items()}}
        row["tpr_sd"] = cell["counts_sd"]["tp"] / cell["members"] if cell["members"] else None
        row["fpr_sd"] = cell["counts_sd"]["fp"] / cell["non_members"] if cell["non_members"] else None
    for rate in ("tpr", "fpr", "auc"):
        row[rate] = cell[rate]["value"]
        row[f"{rate}_low"], row[f"{rate}_high"] = cell[rate]["low"], cell[rate]["high"]
    row["fnr"] = None if row["tpr"] is None else 1 - row["tpr"]
    row["tnr"] = None if row["fpr"] is None else 1 - row["fpr"]
    row["accuracy"] = cell["accuracy"]
    shown = {key: number(value) for key, value in row.items()}
    shown |= {} if cell["tau"] is None else {"tau": str(cell["tau"])}
    return shown | {key: str(cell[key]) for key in ("n_photos", "occurrences", "members", "non_members")}


def safe_cell(text: str) -> str:
    """Returns one line that no spreadsheet takes for a formula."""
    line = one_line(text)
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line


def number(value: float | None) -> str:
    """Returns a number as tables hold it."""
    return UNKNOWN if value is None else repr(round(float(value), 6))


def csv_table(header: Sequence[str], rows: Sequence[Mapping[str, str]]) -> bytes:
    """Returns rows as CSV, the same bytes for the same rows."""
    file = io.StringIO()
    writer = csv.DictWriter(file, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()
