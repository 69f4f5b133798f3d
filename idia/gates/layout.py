"""Columns and lines of at most 118 characters."""

import textwrap
from collections.abc import Sequence

_WIDTH = 118
_GAP = "  "
_LONGEST_NAME = 40


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Returns the lines of a table: its header, a rule, and a line per row."""
    widths = [max(len(row[at]) for row in [header, *rows]) for at in range(len(header))]
    ruled = [header, ["─" * width for width in widths], *rows]
    return [_GAP.join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in ruled]


def wrapped(text: str) -> str:
    """Returns a text in lines, all but the first indented."""
    return textwrap.fill(one_line(text), _WIDTH, subsequent_indent="  ", break_long_words=False)


def one_line(text: str) -> str:
    """Returns text without line breaks and control characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def shortened(name: str) -> str:
    """Returns a model's name without the middle of a long one."""
    name, half = one_line(name), (_LONGEST_NAME - 1) // 2
    return name if len(name) <= _LONGEST_NAME else f"{name[:half]}…{name[-half:]}"
