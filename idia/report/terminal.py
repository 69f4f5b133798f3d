"""The table at the end of a run."""

import json
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from idia.records import Document
from idia.report.terminal_attacks import claims, found_words, short, spoilt, vote_lines
from idia.report.wording import (
    UNKNOWN,
    attack_order,
    bin_cells,
    fraction,
    has_threshold,
    headline_cells,
    interval,
    is_above_chance,
    is_significant,
    members_outside_bins,
    occurrences_words,
    one_line,
    overall_cell,
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
_Row = tuple[Document, Document | None]
_BOLD, _RED, _DIM, _RESET = "\x1b[1m", "\x1b[31m", "\x1b[2m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class _Block:
    """One model's part of the table.

    Attributes:
        documents: Its records, one per attack, in the order attacks are shown.
        voted: Those of attacks that call people members, which have rows of their own.
        scored: Those of the others.
    """

    documents: tuple[Document, ...]

    @property
    def voted(self) -> list[Document]:
        return [each for each in self.documents if has_threshold(each)]

    @property
    def scored(self) -> list[Document]:
        return [each for each in self.documents if not has_threshold(each)]

    @property
    def is_control(self) -> bool:
        return self.documents[0]["control"] is not None

    def rows(self, *, every_bin: bool) -> list[_Row]:
        voted = [(each, cell) for each in self.voted for cell in _cells(each, every_bin=every_bin)]
        # A row that has no votes still says whose model it is, and of whom.
        return voted or [(self.documents[0], overall_cell(self.documents[0]))]


def summary_table(documents: Sequence[Document], colour: bool = False) -> str:
    """Returns the headline rows of some records as a table of at most 118 columns, controls below the models.

    `n` is members/non-members; intervals are over people. Fractions stand without their leading zero, to leave room.
    A model alone has a row for every bin of training occurrences; of several each has a row and a line. Below it stand
    other attacks, and what may be claimed.

    Args:
        documents: The records just made, in the order they are shown.
        colour: Whether to print a TPR in red whose interval lies wholly above that of the FPR, and what is invalid, and
            to dim controls.
    """
    blocks = sorted(_blocks(documents), key=lambda block: block.is_control)
    is_alone = sum(not block.is_control for block in blocks) == 1
    rows = [(block, block.rows(every_bin=is_alone)) for block in blocks]
    texts = [_texts(document, cell) for _, own in rows for document, cell in own]
    widths = [max(len(line[at]) for line in [list(_HEADER), *texts]) for at in range(1, len(_HEADER))]
    left = _WIDTH - sum(widths) - len(_GAP) * len(widths)
    labels = [_label(document, max(left, _SHORTEST_MODEL)) for _, own in rows for document, _ in own]
    below = [len(_below_label(each)) + len(_GAP) + len(found_words(each)) for block in blocks for each in block.scored]
    middle = sum(widths[:-1]) + len(_GAP) * len(widths[:-1])
    least = min(max([*below, 0]) - middle, left)
    widths.insert(0, max([len(_HEADER[0]), least, *map(len, labels)]))

    rule = _GAP.join("─" * width for width in widths)
    lines = [_painted(_aligned(_HEADER, widths), _BOLD if colour else ""), rule]
    named = iter(zip(labels, texts, strict=True))
    is_first_control = True
    for block, own in rows:
        if block.is_control and is_first_control:
            lines.append(_painted(_CONTROLS, _DIM if colour else ""))
            is_first_control = False
        dimmed = _DIM if colour and block.is_control else ""
        before = None
        for document, cell in own:
            label, line = next(named)
            # A model's name and people stand on its first row only.
            line[:2] = ["", ""] if document is before else [label, line[1]]
            before = document
            fields = _padded(line, widths)
            if colour and not dimmed and cell is not None and cell["tau"] is not None and is_above_chance(cell):
                fields[_TPR] = _painted(fields[_TPR], _RED)
            lines.append(_painted(_GAP.join(fields).rstrip(), dimmed))
        lines += [_painted(line, dimmed) for line in _occurrences_lines(block, is_alone=is_alone)]
        for each in block.scored:
            lines += [_painted(line, dimmed) for line in (_scored_line(each, widths), *vote_lines(each, _WIDTH))]
        lines += [_painted(line, _RED if colour else "") for line in spoilt(block.documents, _WIDTH)]
        if not block.is_control:
            lines += claims(block.documents, _WIDTH)
    return "\n".join([*lines, *_remarks(documents, colour)])


def _blocks(documents: Sequence[Document]) -> list[_Block]:
    """The records by model and people, in the order of their first; a model asked twice has a block each time."""
    groups: dict[str, list[Document]] = {}
    for document in documents:
        model, people = document["model"], document["people"]
        asked = [model["name"], model["spec"], model["weights_sha256"], people["id"], people["membership_sha256"]]
        key = json.dumps([*asked, people["manifest_sha256"], document["control"]])
        groups.setdefault(key, []).append(document)
    return [_Block(tuple(sorted(group, key=lambda each: attack_order(each["attack"])))) for group in groups.values()]


def _scored_line(document: Document, widths: Sequence[int]) -> str:
    """An attack without a threshold: what it finds stands under TPR and FPR, its area under the AUC."""
    cell = overall_cell(document)
    area = "" if cell is None else short(interval(cell["auc"]))
    before = min(sum(widths[:-1]) + len(_GAP) * (len(widths) - 2), _WIDTH - len(_GAP) - len(area))
    label, found = _below_label(document), found_words(document)
    if len(label) + len(_GAP) + len(found) > before:
        found = found.replace("TPR at", "at").replace("no false positive", "none")
    return f"{label}{_GAP}{found.rjust(before - len(label) - len(_GAP))}{_GAP}{area}".rstrip()


def _below_label(document: Document) -> str:
    note = "" if document["status"] == "ok" else f" ({document['status']})"
    return f"  {one_line(document['attack'])}{note}"


def _occurrences_lines(block: _Block, *, is_alone: bool) -> list[str]:
    if block.is_control:
        return []
    return [line for each in block.voted for line in (_trend_line(each) if is_alone else _bins_line(each))]


def described_models(documents: Sequence[Document]) -> str:
    """Returns what was loaded and who compared names, like models in one line.

    A wrong activation, for one, or a graphics card that was not used shows nowhere else.
    """
    alike: dict[str, list[str]] = {}
    backends: dict[str, str] = {}
    for document in documents:  # only some attacks compare names
        backend = document["environment"].get("similarity_backend")
        backends |= {document["model"]["weights_sha256"]: backend} if backend else {}
    for document in documents:
        model = document["model"]
        activation = f"{model['activation']} (from the {model['activation_source']})"
        words = (
            f"{model['architecture']}, {model['parameters']:,} parameters, "
            f"activation {UNKNOWN if model['activation'] in (None, UNKNOWN) else activation}"
        )
        backend = backends.get(model["weights_sha256"])
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
    if len(cells) < 2:
        return []
    rates = [
        f"{occurrences_words(cell['occurrences'])}:{_JOINT}{short(fraction(cell['tpr']['value']))}" for cell in cells
    ]
    trend = document.get("trend")
    rises = f" ({'rises' if is_significant(trend) else 'no rise'}, {p_words(trend['p'])})" if trend else ""
    text = f"TPR by occurrences{rises}  {'  '.join(rates)}"
    lines = textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    return [line.replace(_JOINT, " ") for line in lines]


def _trend_line(document: Document) -> list[str]:
    trend = document.get("trend")
    return [f"  {trend_words(trend)}"] if trend else []


def _remarks(documents: Sequence[Document], colour: bool) -> list[str]:
    """What is wrong with the controls."""
    remarks = []
    for document in documents:
        cell = next(iter(headline_cells(document)), None)
        if document["control"] is not None and cell is not None and is_above_chance(cell):
            name = shortened(one_line(document["model"]["name"]), _LONGEST_REMARKED)
            by = "" if has_threshold(document) else f" by {document['attack']}"
            text = f"The control {name} finds people{by}, which it cannot: something is wrong with the measurement."
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
        UNKNOWN if cell["tau"] is None else str(cell["tau"]),
        *(short(interval(cell[rate])) for rate in ("tpr", "fpr", "auc")),
    ]


def _label(document: Document, width: int) -> str:
    note = "" if document["status"] == "ok" else f" ({document['status']})"
    # The note says whether to believe the row, so it is the name that gives way.
    return shortened(one_line(document["model"]["name"]), max(width - len(note), 4)) + note


def _padded(texts: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [text.ljust(width) for text, width in zip(texts, widths, strict=True)]


def _aligned(texts: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(_padded(texts, widths)).rstrip()


def _painted(text: str, code: str) -> str:
    return f"{code}{text}{_RESET}" if code else text
