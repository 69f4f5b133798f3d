"""Where two documents differ, and when two numbers are the same."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

Problem = tuple[str, str]
"""Where in a file, such as `cells[3].auc.low`, and what is wrong there."""

TOLERANCE = 1e-9
"""How far numbers may be apart: the last bits of a sum differ between processors."""

_P_TOLERANCE = 1e-7  # of the value: a p-value may be far below any fixed decimal
_NOTHING = object()
_MOST_LETTERS = 80


@final
@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that is not as it must be.

    Attributes:
        file: Which file, from the results folder.
        where: Where in it; empty for the whole file.
        problem: What is wrong, and where it helps what to do.
    """

    file: str
    where: str
    problem: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.where, self.problem) if part)


def compared(expected: Any, found: Any, where: str) -> Iterator[Problem]:
    """Yields every value in which two parts of a document differ.

    Words and whole numbers must be equal, other numbers within `TOLERANCE`, and p-values but for their last digits.

    Args:
        expected: What was recomputed.
        found: What the document holds.
        where: The place of both in the document.

    >>> list(compared({"n": 3, "auc": {"value": 0.5}}, {"n": 3, "auc": {"value": 0.6}}, "cells[0]"))
    [('cells[0].auc.value', 'expected 0.5, found 0.6')]
    """
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key in [*expected, *(key for key in found if key not in expected)]:
            place = f"{where}.{key}" if where else str(key)
            yield from compared(expected.get(key, _NOTHING), found.get(key, _NOTHING), place)
    elif _is_list(expected) and _is_list(found):
        if len(expected) != len(found):
            yield where, f"expected {len(expected)} entries, found {len(found)}"
        for at, (one, other) in enumerate(zip(expected, found, strict=False)):
            yield from compared(one, other, f"{where}[{at}]")
    elif not _same(expected, found, is_p=where.endswith(".p")):
        yield where, f"expected {_shown(expected)}, found {_shown(found)}"


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _same(expected: Any, found: Any, *, is_p: bool) -> bool:
    if not (_is_number(expected) and _is_number(found)) or (isinstance(expected, int) and isinstance(found, int)):
        return type(expected) is type(found) and bool(expected == found)
    if is_p:
        return math.isclose(expected, found, rel_tol=_P_TOLERANCE, abs_tol=0.0)
    return math.isclose(expected, found, rel_tol=0.0, abs_tol=TOLERANCE)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    if value is _NOTHING:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}…"
