"""The guard on a split known to be confounded: CC3M of the paper, each sex of which was sorted by a column."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from idia.blind import claim
from idia.blind.crossvalidation import area, out_of_fold
from idia.blind.metadata import metadata_judge
from idia.membership import Membership
from idia.people import Person
from idia.randomness import key_of, random_bits, random_fractions

pytestmark = [
    pytest.mark.real_photos,
    pytest.mark.skipif("IDIA_TEST_DATA" not in os.environ, reason="IDIA_TEST_DATA names no folder of real inputs"),
]


@pytest.fixture(scope="module")
def published() -> list[dict[str, str]]:
    """The four published files as one table, with how often a member was put into the training data."""
    folder = Path(os.environ["IDIA_TEST_DATA"]) / "cc3m"
    rows = []
    for sex in ("actors", "actresses"):
        for role, occurrences in (("members", "75"), ("non_members", "0")):
            with (folder / f"{sex}_{role}.csv").open(newline="", encoding="utf-8") as file:
                rows += [{**row, "occurrences": occurrences} for row in csv.DictReader(file)]
    return rows


def scored(folder: Path, rows: list[dict[str, str]]) -> tuple[Membership, np.ndarray, np.ndarray]:
    """The membership table, who is a member, and the scores of the metadata baseline."""
    with (folder / "identities.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    membership = Membership.from_csv(folder / "identities.csv")
    people = [Person(name, ()) for name in membership.counts]
    is_member = membership.of(people) > 0
    keys = np.array([key_of(person.name) for person in people], dtype=np.uint64)
    judge = metadata_judge(membership.columns_of(people), is_member, keys)
    assert judge is not None
    return membership, is_member, out_of_fold(judge, is_member, keys, seed=0)


def attack(is_member: np.ndarray) -> np.ndarray:
    """Scores as of a very good attack: bell-shaped, with an area of 0.97."""
    scores: np.ndarray = ndtri(random_fractions(4, np.arange(len(is_member), dtype=np.uint64))) + 2.66 * is_member
    return scores


def test_the_published_split_is_flagged_whatever_an_attack_seems_to_show(
    tmp_path: Path, published: list[dict[str, str]]
) -> None:
    rows = [{("group" if column == "gender" else column): cell for column, cell in row.items()} for row in published]

    membership, is_member, blind = scored(tmp_path, rows)
    made = claim(attack(is_member), {"metadata": blind}, is_member, seed=0)

    assert (is_member.sum(), (~is_member).sum()) == (100, 100)
    assert set(membership.groups.values()) == {"m", "f"}
    assert made.aucs["metadata"].low > 0.97
    assert area(attack(is_member), is_member) > 0.95
    assert (made.best, made.verdict) == ("metadata", "not distinguishable from a blind guess")


def test_without_the_sexes_the_table_tells_nearly_as_much(tmp_path: Path, published: list[dict[str, str]]) -> None:
    rows = [{column: cell for column, cell in row.items() if column != "gender"} for row in published]

    _, is_member, blind = scored(tmp_path, rows)

    assert 0.9 < area(blind, is_member) < 0.97


def test_the_same_attack_on_members_drawn_by_lot_among_the_same_people_shows_a_leak(
    tmp_path: Path, published: list[dict[str, str]]
) -> None:
    drawn = np.argsort(random_bits(5, np.arange(200, dtype=np.uint64))) < 100
    rows = [{**row, "occurrences": "75" if member else "0"} for row, member in zip(published, drawn, strict=True)]

    _, is_member, blind = scored(tmp_path, rows)
    made = claim(attack(is_member), {"metadata": blind}, is_member, seed=0)

    assert made.aucs["metadata"].low < 0.5
    assert made.verdict == "leaks"
