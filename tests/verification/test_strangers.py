"""What `strangers` says follows from how near names are: it is said again."""

from pathlib import Path

import numpy as np
import pytest

from idia.records import Document, load_votes, read_records
from idia.verification.text_only import text_only_problems

RESULTS = Path(__file__).parents[2] / "results"


@pytest.fixture(scope="module")
def shipped() -> tuple[Document, dict[str, np.ndarray]]:
    stored = next(each for each in read_records(RESULTS) if each.document["attack"] == "strangers")
    assert stored.votes_path is not None
    return stored.document, load_votes(stored.votes_path)


def test_a_shipped_record_follows(shipped: tuple[Document, dict[str, np.ndarray]]) -> None:
    assert not list(text_only_problems(*shipped))


@pytest.mark.parametrize(("array", "of"), [("scores", "people"), ("kind_scores", "texts of a kind")])
def test_scores_that_are_exchanged_are_caught(
    shipped: tuple[Document, dict[str, np.ndarray]], array: str, of: str
) -> None:
    """No rate and no area changes with it."""
    document, arrays = shipped
    alike = arrays["occurrences"] == 0 if array == "scores" else arrays["kind_of_text"] == 0
    first, second = np.flatnonzero(alike)[:2]
    changed = arrays[array].copy()
    changed[[first, second]] = changed[[second, first]]

    ((where, problem),) = text_only_problems(document, {**arrays, array: changed})
    assert where == "votes"
    assert f"scores and votes of {of}" in problem
