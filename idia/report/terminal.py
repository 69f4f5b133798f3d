"""The table at the end of a run."""

import textwrap
from collections.abc import Sequence

from idia.records import Document
from idia.report.wording import (
    UNKNOWN,
    bin_cells,
    fraction,
    headline_cells,
    interval,
    is_above_chance,
    is_significant,
    members_outside_bins,
    occurrences_words,
    one_line,
    p_words,
    shortened,
    trend_words,
)

_WIDTH = 118
_GAP = "  "
_HEADER = ("Model", "People", "Photos", "Occ.", "n", "τ", "TPR [95 %]", "FPR [95 %]", "AUC [95 %]")
_TPR = _HEADER.index("TPR [95 %]")
_CONTROLS = "Controls, expected to find nobody:"
_LONGEST_PEOPLE = 18
_SHORTEST_MODEL = 16
_LONGEST_REMARKED = 40
_JOINT = "\N{NO-BREAK SPACE}"  # a line does not end here
_BOLD, _RED, _DIM, _RESET = "\x1b[1m", "\x1b[31m", "\x1b[2m", "\x1b[0m"


def summary_table(documents: Sequence[Document], colour: bool = False) -> str:
    """Returns the headline rows of some records as a table of at most 118 columns, controls below the models.

    `n` is members/non-members; intervals are over people. Fractions stand without their leading zero, to leave room.
    A model alone has a row for every bin of training occurrences; of several each has a row and a line.

    Args:
        documents: The records just made, in the order they are shown.
        colour: Whether to print a TPR in red whose interval lies wholly above that of the FPR, and to dim controls.
    """
    documents = sorted(documents, key=lambda document: document["control"] is not None)
    is_alone = sum(document["control"] is None for document in documents) == 1
    rows = [(document, cell) for document in documents for cell in _cells(document, every_bin=is_alone)]
    texts = [_texts(document, cell) for document, cell in rows]
    widths = [max(len(line[at]) for line in [list(_HEADER), *texts]) for at in range(1, len(_HEADER))]
    left = _WIDTH - sum(widths) - len(_GAP) * len(widths)
    labels = [_label(document, max(left, _SHORTEST_MODEL)) for document, _ in rows]
    widths.insert(0, max(len(label) for label in [_HEADER[0], *labels]))

    rule = _GAP.join("─" * width for width in widths)
    lines = [_painted(_aligned(_HEADER, widths), _BOLD if colour else ""), rule]
    before = None
    for at, ((document, cell), label, line) in enumerate(zip(rows, labels, texts, strict=True)):
        if document["control"] is not None and (before is None or before["control"] is None):
            lines.append(_painted(_CONTROLS, _DIM if colour else ""))
        # A model's name and people stand on its first row only.
        line[:2] = ["", ""] if document is before else [label, line[1]]
        before = document
        fields = _padded(line, widths)
        if colour and document["control"] is not None:
            lines.append(_painted(_GAP.join(fields).rstrip(), _DIM))
            continue
        if colour and cell is not None and is_above_chance(cell):
            fields[_TPR] = _painted(fields[_TPR], _RED)
        lines.append(_GAP.join(fields).rstrip())
        is_last = at + 1 == len(rows) or rows[at + 1][0] is not document
        lines += _trend_line(document, is_last) if is_alone else _bins_line(document)
    return "\n".join([*lines, *_remarks(documents, colour)])


def described_models(documents: Sequence[Document]) -> str:
    """Returns what was loaded and who compared names, like models in one line.

    A wrong activation, for one, or a graphics card that was not used shows nowhere else.
    """
    alike: dict[str, list[str]] = {}
    for document in documents:
        model = document["model"]
        activation = f"{model['activation']} (from the {model['activation_source']})"
        words = (
            f"{model['architecture']}, {model['parameters']:,} parameters, "
            f"activation {UNKNOWN if model['activation'] in (None, UNKNOWN) else activation}"
        )
        backend = document["environment"].get("similarity_backend")
        words += f", names compared by {backend}" if backend else ""
        weights = "random weights" if model["is_random"] else f"weights {model['weights_sha256'][:8]}"
        alike.setdefault(words, []).append(f"{model['name']}, {weights}")
    lines = (one_line(f"{'; '.join(dict.fromkeys(names))}: {words}") for words, names in alike.items())
    return "\n".join(textwrap.fill(line, _WIDTH, subsequent_indent="  ", break_long_words=False) for line in lines)


def _cells(document: Document, *, every_bin: bool) -> Sequence[Document | None]:
    """The headline cells, or the first of them; a run that measured nothing has a row, too."""
    cells: Sequence[Document | None] = headline_cells(document) or [None]
    if len(bin_cells(document)) == 1 and not members_outside_bins(document):
        return cells[-1:]  # the same people as all, and it says how often they occur
    return cells if every_bin and document["control"] is None else cells[:1]


def _bins_line(document: Document) -> list[str]:
    """The TPR of a model by training occurrences in a line, where there are several."""
    cells = bin_cells(document)
    if len(cells) < 2 or document["control"] is not None:
        return []
    rates = [
        f"{occurrences_words(cell['occurrences'])}:{_JOINT}{_short(fraction(cell['tpr']['value']))}" for cell in cells
    ]
    trend = document.get("trend")
    rises = f" ({'rises' if is_significant(trend) else 'no rise'}, {p_words(trend['p'])})" if trend else ""
    text = f"TPR by occurrences{rises}  {'  '.join(rates)}"
    lines = textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    return [line.replace(_JOINT, " ") for line in lines]


def _trend_line(document: Document, is_last: bool) -> list[str]:
    trend = document.get("trend")
    return [f"  {trend_words(trend)}"] if trend and is_last and document["control"] is None else []


def _remarks(documents: Sequence[Document], colour: bool) -> list[str]:
    """What is wrong with the controls."""
    remarks = []
    for document in documents:
        cell = next(iter(headline_cells(document)), None)
        if document["control"] is not None and cell is not None and is_above_chance(cell):
            name = shortened(one_line(document["model"]["name"]), _LONGEST_REMARKED)
            text = f"The control {name} finds people, which it cannot: something is wrong with the measurement."
            remarks.append(_painted(text, _RED if colour else ""))
    return remarks


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
        *(_short(interval(cell[rate])) for rate in ("tpr", "fpr", "auc")),
    ]


def _label(document: Document, width: int) -> str:
    note = "" if document["status"] == "ok" else f" ({document['status']})"
    # The note says whether to believe the row, so it is the name that gives way.
    return shortened(one_line(document["model"]["name"]), max(width - len(note), 4)) + note


def _short(fractions: str) -> str:
    return fractions.replace("0.", ".")


def _padded(texts: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [text.ljust(width) for text, width in zip(texts, widths, strict=True)]


def _aligned(texts: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(_padded(texts, widths)).rstrip()


def _painted(text: str, code: str) -> str:
    return f"{code}{text}{_RESET}" if code else text
