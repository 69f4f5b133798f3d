"""Verdicts as a reader sees them: a table in a terminal, and Markdown for the summary of a job."""

from collections.abc import Sequence

from idia.gates.layout import aligned, one_line, shortened, wrapped
from idia.gates.verdicts import Judgement, Verdict

_HEADER = ("Verdict", "Model", "Rule", "Measured [95 %]")
_COLOURS = {
    Verdict.OK: "\x1b[32m",
    Verdict.REGRESSED: "\x1b[31m",
    Verdict.NO_EVIDENCE: "\x1b[33m",
    Verdict.INVALID: "\x1b[31m",
}
_RESET = "\x1b[0m"
_NOTHING = "There is nothing to judge: no limit was asked about. That is not green."


def as_table(judgements: Sequence[Judgement], colour: bool = False, *, explained: bool = True) -> str:
    """Returns a row per judgement, a sentence for each that is not green, and how many are.

    Args:
        judgements: What was judged.
        colour: Whether to print verdicts in colour.
        explained: Whether to add the sentences; not where a reader has them already.
    """
    if not judgements:
        return _NOTHING
    rows = [_cells(judgement) for judgement in judgements]
    lines = aligned(_HEADER, rows)
    if colour:
        lines[2:] = [
            f"{_COLOURS[judgement.verdict]}{line}{_RESET}"
            for judgement, line in zip(judgements, lines[2:], strict=True)
        ]
    for judgement in [judgement for judgement in judgements if explained and not judgement.is_ok]:
        text = f"{judgement.verdict}: {one_line(judgement.model)}, {judgement.limit}. {one_line(judgement.sentence)}"
        lines += ["", wrapped(text)]
    return "\n".join([*lines, "", headline(judgements)])


def as_markdown(judgements: Sequence[Judgement]) -> str:
    """Returns the same as Markdown, for the summary of a job."""
    if not judgements:
        return f"### Identity leakage: no evidence\n\n{_NOTHING}\n"
    rows = [[judgement.verdict, *_cells(judgement)[1:], judgement.sentence] for judgement in judgements]
    lines = [
        f"### Identity leakage: {headline(judgements)}",
        "",
        _markdown_row([*_HEADER, "Why"]),
        "|---" * (len(_HEADER) + 1) + "|",
        *(_markdown_row(row) for row in rows),
    ]
    return "\n".join(lines) + "\n"


def headline(judgements: Sequence[Judgement]) -> str:
    """Returns how many are green, and how many are not for which reason.

    >>> headline([])
    '0 of 0 ok'
    """
    counts = {verdict: sum(each.verdict is verdict for each in judgements) for verdict in Verdict}
    others = [f"{count} {verdict}" for verdict, count in counts.items() if count and verdict is not Verdict.OK]
    return ", ".join([f"{counts[Verdict.OK]} of {len(judgements)} ok", *others])


def _cells(judgement: Judgement) -> list[str]:
    value, low, high = judgement.value, judgement.low, judgement.high
    measured = "n/a"
    if value is not None and low is not None and high is not None:
        sign = "+" if judgement.limit.is_relative else ""
        measured = f"{value:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"
    return [judgement.verdict, shortened(one_line(judgement.model)), str(judgement.limit), measured]


def _markdown_row(cells: Sequence[str]) -> str:
    escaped = (one_line(cell).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;") for cell in cells)
    return f"| {' | '.join(escaped)} |"
