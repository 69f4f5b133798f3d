"""The table at the end of a run."""

from collections.abc import Sequence

from idia.records import Document
from idia.report.wording import headline_cells, interval, occurrences_words, one_line, shortened

_WIDTH = 118
_GAP = "  "
_HEADER = ("Model", "People", "Photos", "Occ.", "n", "τ", "TPR [95 %]", "FPR [95 %]", "AUC [95 %]")
_TPR = _HEADER.index("TPR [95 %]")
_CONTROLS = "Controls, expected to find nobody:"
_LONGEST_PEOPLE = 18
_SHORTEST_MODEL = 16
_BOLD, _RED, _DIM, _RESET = "\x1b[1m", "\x1b[31m", "\x1b[2m", "\x1b[0m"


def summary_table(documents: Sequence[Document], colour: bool = False) -> str:
    """Returns the headline rows of some records as a table of at most 118 columns, controls below the models.

    `n` is members/non-members; intervals are over people. Fractions stand without their leading zero, to leave room.

    Args:
        documents: The records just made, in the order they are shown.
        colour: Whether to print a TPR in red whose interval lies wholly above that of the FPR, and to dim controls.
    """
    documents = sorted(documents, key=lambda document: document["control"] is not None)
    rows = [(document, cell) for document in documents for cell in _cells(document)]
    texts = [_texts(document, cell) for document, cell in rows]
    widths = [max(len(line[at]) for line in [list(_HEADER), *texts]) for at in range(1, len(_HEADER))]
    left = _WIDTH - sum(widths) - len(_GAP) * len(widths)
    labels = [_label(document, max(left, _SHORTEST_MODEL)) for document, _ in rows]
    widths.insert(0, max(len(label) for label in [_HEADER[0], *labels]))

    rule = _GAP.join("─" * width for width in widths)
    lines = [_painted(_aligned(_HEADER, widths), _BOLD if colour else ""), rule]
    before = None
    for (document, cell), label, line in zip(rows, labels, texts, strict=True):
        if document["control"] is not None and (before is None or before["control"] is None):
            lines.append(_painted(_CONTROLS, _DIM if colour else ""))
        # A model's name and people stand on its first row only.
        line[:2] = ["", ""] if document is before else [label, line[1]]
        before = document
        fields = _padded(line, widths)
        if colour and document["control"] is not None:
            lines.append(_painted(_GAP.join(fields).rstrip(), _DIM))
            continue
        if colour and cell is not None and _is_clear_leak(cell):
            fields[_TPR] = _painted(fields[_TPR], _RED)
        lines.append(_GAP.join(fields).rstrip())
    return "\n".join(lines)


def described_model(document: Document) -> str:
    """Returns one line on what was loaded: a wrong activation, for one, shows nowhere else."""
    model = document["model"]
    weights = "random weights" if model["is_random"] else f"weights {model['weights_sha256'][:8]}"
    activation = f"{model['activation']} (from the {model['activation_source']})"
    return one_line(
        f"{model['name']}: {model['architecture']}, {weights}, {model['parameters']:,} parameters, "
        f"activation {'n/a' if model['activation'] == 'n/a' else activation}"
    )


def _cells(document: Document) -> Sequence[Document | None]:
    """The headline cells, of a control the first; a run that measured nothing has a row, too."""
    cells: Sequence[Document | None] = headline_cells(document) or [None]
    return cells if document["control"] is None else cells[:1]


def _texts(document: Document, cell: Document | None) -> list[str]:
    people = shortened(one_line(document["people"]["id"]), _LONGEST_PEOPLE)
    if cell is None:
        return ["", people, document["status"], *[""] * (len(_HEADER) - 3)]
    return [
        "",
        people,
        str(cell["n_photos"]),
        occurrences_words(cell["occurrences"]),
        f"{cell['members']}/{cell['non_members']}",
        str(cell["tau"]),
        *(interval(cell[rate]).replace("0.", ".") for rate in ("tpr", "fpr", "auc")),
    ]


def _label(document: Document, width: int) -> str:
    note = "" if document["status"] == "ok" else f" ({document['status']})"
    # The note says whether to believe the row, so it is the name that gives way.
    return shortened(one_line(document["model"]["name"]), max(width - len(note), 4)) + note


def _is_clear_leak(cell: Document) -> bool:
    low, high = cell["tpr"]["low"], cell["fpr"]["high"]
    return low is not None and high is not None and bool(low > high)


def _padded(texts: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [text.ljust(width) for text, width in zip(texts, widths, strict=True)]


def _aligned(texts: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(_padded(texts, widths)).rstrip()


def _painted(text: str, code: str) -> str:
    return f"{code}{text}{_RESET}" if code else text
