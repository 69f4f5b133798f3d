"""The table of speeds as Markdown and for the terminal."""

import textwrap
from collections.abc import Sequence
from itertools import groupby
from typing import TypeAlias

from idia.report.markdown_tables import escaped, table
from idia.report.wording import shortened
from idia.speed.rows import NOT_MEASURED, SpeedRow
from idia.speed.wording import amount_words, digits, spread_words

_WIDTH = 80
_GAP = "  "
_MANY = 5  # sizes of a stage, from which on they share a title
_HEADER = ("", "Ours", "Baseline", "Ratio", "Spread")
_BOLD, _RED, _RESET = "\x1b[1m", "\x1b[31m", "\x1b[0m"

_PREFACE = """\
# Speed

Every ratio was measured in one run: rounds of ours and of the baseline in turn, CPU time of the whole process unless
the stage says otherwise. It is the median over rounds of how many times as fast ours is in that round, which need not
be the quotient of the two median times beside it; the spread is its smallest and largest value in any round. Times
themselves depend on the machine and on what else it does; only ratios of one row mean something.

Memory, growth and a million names are measured alone, each time in a process of its own. Memory is what such a process
takes at its peak above its inputs; growth is that of its CPU time, in rounds of all sizes.

Stages that begin with GPU are measured on a graphics card: wall time from one moment at which the card has nothing left
to do to the next, with embeddings that are there already and answers that stay there. The screen is compared with a
product of matrices of the same shape in bfloat16, whose result nobody looks at: the ratio is the share of its rate.
What needs a card that nobody had says so.

"""


def as_markdown(rows: Sequence[SpeedRow], *, has_figure: bool = False) -> bytes:
    """Returns the table for readers.

    Args:
        rows: In the order in which they are shown.
        has_figure: Whether there are curves of growth beside the table.
    """
    header = ["Stage", "Size", "Ours", "Baseline", "Ratio", "Spread", "Machine", "Threads", "Checked"]
    body = [
        [
            escaped(row.stage),
            escaped(row.size),
            amount_words(row.ours, row.unit),
            escaped(_baseline_words(row)),
            "" if row.ratio is None else f"**{digits(row.ratio)}**",
            spread_words(row.low, row.high),
            escaped(row.machine),
            str(row.threads or "all"),
            escaped(_remarks(row)),
        ]
        for row in rows
        if row.is_measured
    ]
    missing = groupby((row for row in rows if not row.is_measured), key=lambda row: (row.stage, row.machine))
    body += [_missing(stage, machine, list(group)) for (stage, machine), group in missing]
    figure = "\n![CPU time by size](figures/speed/growth.svg)\n" if has_figure else ""
    return (_PREFACE + table(header, body) + figure + "\n" + _measured_with(rows)).encode()


def _missing(stage: str, machine: str, rows: Sequence[SpeedRow]) -> list[str]:
    """One line for all sizes and baselines of a stage that nobody measured."""
    sizes = list(dict.fromkeys(row.size for row in rows))
    size = sizes[0] if len(sizes) == 1 else f"{len(sizes)} sizes, {sizes[0]} to {sizes[-1]}"
    baselines = ", ".join(filter(None, dict.fromkeys(row.against for row in rows)))
    remarks = "; ".join(dict.fromkeys(filter(None, map(_remarks, rows))))
    return [*map(escaped, (stage, size)), NOT_MEASURED, *map(escaped, (baselines, "", "", machine, "", remarks))]


def summary(rows: Sequence[SpeedRow], *, colour: bool = False) -> str:
    """Returns the ratios just measured as a table of at most 80 columns.

    Args:
        rows: In the order in which they were measured.
        colour: Whether to print headers in bold, and in red where ours is slower.
    """
    blocks = _blocks(rows)
    texts = [
        [
            label,
            amount_words(row.ours, _without_per(row)),
            amount_words(row.baseline, _without_per(row)) or ("n/a" if row.against else ""),
            "" if row.ratio is None else digits(row.ratio),
            spread_words(row.low, row.high),
        ]
        for _, block in blocks
        for row, label, _ in block
    ]
    widths = [max(len(line[at]) for line in [_HEADER, *texts]) for at in range(1, len(_HEADER))]
    left = _WIDTH - sum(widths) - len(_GAP) * len(widths)
    lines = [_painted(_line(_HEADER, left, widths), _BOLD if colour else ""), "─" * _WIDTH]
    shown = iter(texts)
    told: set[str] = set()
    for title, block in blocks:
        lines += [
            _painted(line, _BOLD if colour else "") for line in textwrap.wrap(title, _WIDTH, subsequent_indent="  ")
        ]
        for row, _, said in block:
            is_slower = row.ratio is not None and row.ratio < 1
            lines.append(_painted(_line(next(shown), left, widths), _RED if colour and is_slower else ""))
            remarks = [each for each in said if each and each not in told]
            told.update(remarks)
            lines += textwrap.wrap("; ".join(remarks), _WIDTH, initial_indent="    ", subsequent_indent="    ")
    machines = dict.fromkeys(f"{row.machine}; {row.libraries}" for row in rows)
    for machine in machines:
        lines += ["", *textwrap.wrap(machine, _WIDTH)]
    return "\n".join(lines)


_Line: TypeAlias = tuple[SpeedRow, str, Sequence[str]]
"""A row, its label, and what to say below it."""


def _blocks(rows: Sequence[SpeedRow]) -> list[tuple[str, list[_Line]]]:
    """Titles, and below each its lines: the baselines of one size, or many sizes beside one baseline."""
    blocks: list[tuple[str, list[_Line]]] = []
    for stage, group in groupby(rows, key=lambda row: row.stage):
        of_stage = list(group)
        baselines = dict.fromkeys(row.against for row in of_stage)
        if len({row.size for row in of_stage}) < _MANY or "" in baselines:
            for title, same in groupby(of_stage, key=_title):
                blocks.append((title, [_baseline_line(row) for row in same]))
            continue
        for against in baselines:
            beside = [row for row in of_stage if row.against == against]
            blocks.append((f"{stage}, beside {against}", _size_lines(beside)))
    return blocks


def _baseline_line(row: SpeedRow) -> _Line:
    if row.against:
        return row, row.against, [row.remark]
    return row, "(no baseline)", [row.remark, row.checked]


def _size_lines(rows: Sequence[SpeedRow]) -> list[_Line]:
    """A line for each size, and what is to say of all of them below the last; one line if none could be measured."""
    of_all = [rows[0].remark] if len({row.remark for row in rows}) == 1 else []
    if not any(row.is_measured and row.ours is not None for row in rows):
        return [(rows[0], f"{len(rows)} sizes", of_all)]
    return [*((row, row.size, ()) for row in rows[:-1]), (rows[-1], rows[-1].size, of_all)]


def _line(texts: Sequence[str], left: int, widths: Sequence[int]) -> str:
    first = shortened(f"  {texts[0]}" if texts[0] else "", left)
    return (
        first.ljust(left) + "".join(_GAP + text.rjust(width) for text, width in zip(texts[1:], widths, strict=True))
    ).rstrip()


def _title(row: SpeedRow) -> str:
    _, _, per = row.unit.partition("/")
    return f"{row.stage}{f' per {per}' if per else ''}: {row.size}"


def _without_per(row: SpeedRow) -> str:
    return row.unit.partition("/")[0]


def _baseline_words(row: SpeedRow) -> str:
    if not row.against:
        return ""
    amount = amount_words(row.baseline, row.unit) or "n/a"
    return f"{amount}, {row.against}"


def _remarks(row: SpeedRow) -> str:
    return "; ".join(filter(None, (row.checked, row.remark)))


def _measured_with(rows: Sequence[SpeedRow]) -> str:
    """What the rows were measured with, and which of them, where they differ."""
    stages: dict[tuple[str, str, str], list[str]] = {}
    for row in filter(lambda row: row.is_measured, rows):
        stages.setdefault((row.machine, row.libraries, row.code), []).append(row.stage)
    lines = []
    for (machine, libraries, code), names in stages.items():
        which = "" if len(stages) == 1 else f" ({', '.join(dict.fromkeys(names))})"
        lines.append(escaped("; ".join(filter(None, (machine, libraries, code))) + which))
    return "".join(f"* {line}\n" for line in lines)


def _painted(text: str, code: str) -> str:
    return f"{code}{text}{_RESET}" if code else text
