from pathlib import Path
from typing import Any

import numpy as np
import pytest

from idia.errors import RecordError
from idia.records import Record, headline_of, headline_scores, read_records, write_record


def arrays() -> dict[str, np.ndarray]:
    scores = np.arange(12.0).reshape(2, 3, 2)
    pseudonyms = np.array(["p0000", "p0001"])
    sizes = np.array(["1", "all", "30"])
    return {"pseudonyms": pseudonyms, "sizes": sizes, "scores": scores, "occurrences": np.array([5, 0])}


def described(tau: int | None, **people: str) -> dict[str, Any]:
    return {"protocol": {"tau": tau}, "people": {"manifest_sha256": "abc", **people}}


def test_the_headline_is_the_first_draw_at_the_largest_number_of_photos() -> None:
    headline = headline_of(described(9, order_sha256="def"), arrays())

    assert headline.values.tolist() == [2, 8]
    assert headline.is_member.tolist() == [True, False]
    assert headline.verdicts is not None
    assert headline.verdicts.tolist() == [False, False]
    assert headline_of(described(8), arrays()).verdicts.tolist() == [False, True]  # type: ignore[union-attr]
    assert headline.order == "abc-def"


def test_an_attack_without_a_threshold_calls_nobody_a_member_and_an_old_record_knows_no_order() -> None:
    headline = headline_of(described(None), arrays())

    assert headline.verdicts is None
    assert headline.order == ""


def test_a_stored_record_has_the_headline_of_its_votes(tmp_path: Path, record: Record) -> None:
    write_record(tmp_path, record)
    (stored,) = read_records(tmp_path)

    assert headline_scores(stored).values.tolist() == headline_of(record.document, record.votes).values.tolist()


def test_a_record_without_votes_has_no_headline(tmp_path: Path, record: Record) -> None:
    failed = {**record.document, "status": "error", "cells": [], "threshold_sweep": [], "trend": None}
    write_record(tmp_path, Record(failed, {}))
    (stored,) = read_records(tmp_path)

    with pytest.raises(RecordError, match="holds no votes: nothing was measured"):
        headline_scores(stored)
