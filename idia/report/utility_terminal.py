"""What models are good for, in the table at the end of a run."""

from collections.abc import Sequence
from itertools import groupby

from idia.records import Document
from idia.report.utility import chance_words, shown_scores
from idia.report.wording import interval, one_line, shortened

_WIDTH = 118
_GAP = "  "
_LONGEST_NAME, _LONGEST_TASK = 30, 17
_BOLD, _RESET = "\x1b[1m", "\x1b[0m"


def utility_summary(documents: Sequence[Document], colour: bool = False) -> str:
    """Returns a table of at most 118 columns for each set of tasks, guessing below the models.

    Args:
        documents: The records just made, in the order they are shown.
        colour: Whether to print headers in bold.
    """
    by_data = sorted(documents, key=lambda document: str(document["data"]["manifest_sha256"]))
    tables = [
        _table(list(group), colour) for _, group in groupby(by_data, lambda each: each["data"]["manifest_sha256"])
    ]
    return "\n\n".join(tables)


def _table(documents: Sequence[Document], colour: bool) -> str:
    shown = shown_scores(documents[0])
    columns = [(score["task"], score["metric"]) for score in shown]
    rows = [[shortened(one_line(documents[0]["data"]["id"]), _LONGEST_NAME)]]
    rows[0] += [f"{shortened(one_line(task), _LONGEST_TASK)} {metric}" for task, metric in columns]
    for document in documents:
        estimates = {(score["task"], score["metric"]): score["estimate"] for score in document["scores"]}
        name = shortened(one_line(document["model"]["name"]), _LONGEST_NAME)
        rows.append([name, *(interval(estimates[column]).replace("0.", ".") for column in columns)])
    rows.append(["guessing", *(chance_words(score["chance"]).replace("0.", ".") for score in shown)])
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    while sum(widths) + len(_GAP) * (len(widths) - 1) > _WIDTH and len(widths) > 2:
        widths.pop()  # all of it is in the results
    lines = [_GAP.join(text.ljust(width) for text, width in zip(row, widths, strict=False)).rstrip() for row in rows]
    rule = _GAP.join("─" * width for width in widths)
    header = f"{_BOLD}{lines[0]}{_RESET}" if colour else lines[0]
    return "\n".join([header, rule, *lines[1:-1], rule, lines[-1]])
