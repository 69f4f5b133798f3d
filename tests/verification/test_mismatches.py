import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idia.verification.mismatches import Mismatch, compared

_LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-1, 1) | st.text(max_size=3)
_DOCUMENTS = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
)


@given(document=_DOCUMENTS)
def test_a_document_is_what_it_is(document: Any) -> None:
    assert list(compared(document, copy.deepcopy(document), "")) == []


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (0.5, 0.5 + 1e-8),
        (1, 2),
        (1, True),
        (None, 0.0),
        ("ok", "invalid"),
        ([1], [1, 2]),
        ({"a": 1}, {}),
        ({}, {"a": None}),
        ({"p": 1e-20}, {"p": 1e-19}),
        ({"p": 1e-20}, {"p": 1e-3}),
    ],
    ids=repr,
)
def test_every_other_value_is_a_difference(expected: Any, found: Any) -> None:
    assert len(list(compared({"here": expected}, {"here": found}, "cells[0]"))) >= 1
    assert all(
        where.startswith("cells[0].here") for where, _ in compared({"here": expected}, {"here": found}, "cells[0]")
    )


def test_the_last_bits_and_how_a_number_is_written_are_none() -> None:
    assert list(compared({"p": 1e-20, "mean": 3.0}, {"p": 1.00000001e-20, "mean": 3}, "")) == []
    assert list(compared(0.1 + 0.2, 0.3, "auc")) == []


def test_a_difference_reads_as_one_line() -> None:
    mismatch = Mismatch("records/a.json", "cells[0].auc.low", "expected 0.4, found 0.5")

    assert str(mismatch) == "records/a.json: cells[0].auc.low: expected 0.4, found 0.5"
    assert str(Mismatch("records/a.json", "", "was removed.")) == "records/a.json: was removed."
