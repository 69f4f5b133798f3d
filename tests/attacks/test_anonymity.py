from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia import NamePredictions
from idia.attacks.anonymity import anonymised, keyed_by_content
from idia.attacks.voting import count_votes
from idia.errors import ShapeError


@st.composite
def predictions(draw: st.DrawFn) -> NamePredictions:
    tables = draw(
        st.lists(
            st.integers(1, 5).flatmap(
                lambda photos: st.lists(st.integers(0, 4), min_size=2 * photos, max_size=2 * photos).map(
                    lambda cells: np.array(cells).reshape(-1, 2)
                )
            ),
            min_size=1,
            max_size=4,
        )
    )
    targets = draw(st.lists(st.integers(0, 4), min_size=len(tables), max_size=len(tables)))
    return NamePredictions(tables, np.array(targets), 5)


@settings(deadline=None)
@given(predictions())
def test_every_vote_on_all_photos_is_kept(given: NamePredictions) -> None:
    before = count_votes(given, sizes=["all"], draws=1, seed=0)

    assert count_votes(anonymised(given), sizes=["all"], draws=1, seed=3).scores.tolist() == before.scores.tolist()


@settings(deadline=None)
@given(predictions())
def test_published_tables_repeat_every_draw(given: NamePredictions) -> None:
    published = anonymised(given)
    tables = [table.astype(np.uint16) for table in published.predicted]

    scores = count_votes(published, sizes=[1, "all"], draws=5, seed=7).scores

    assert count_votes(keyed_by_content(tables), sizes=[1, "all"], draws=5, seed=7).scores.tolist() == scores.tolist()


@settings(deadline=None)
@given(predictions(), st.randoms(use_true_random=False))
def test_neither_ids_nor_the_order_of_photos_leave_a_trace(given: NamePredictions, random: Random) -> None:
    renamed = NamePredictions(
        [table[random.sample(range(len(table)), len(table))] for table in given.predicted],
        given.targets,
        5,
        person_ids=tuple(f"person {number}" for number in range(given.n_people)),
        photo_ids=tuple(tuple(f"photo {row}" for row in range(len(table))) for table in given.predicted),
    )
    plain, other = anonymised(given), anonymised(renamed)

    assert [table.tolist() for table in other.predicted] == [table.tolist() for table in plain.predicted]
    assert other.person_ids == plain.person_ids
    assert other.photo_ids == plain.photo_ids


def test_rows_are_in_order_of_their_content_and_the_own_name_is_0() -> None:
    table = np.array([[9, 7], [3, 7], [9, 8]])

    assert anonymised(NamePredictions([table], np.array([9]), 10)).predicted[0].tolist() == [[0, 2], [0, 3], [1, 2]]
    assert anonymised(NamePredictions([table], np.array([5]), 10)).predicted[0].tolist() == [[1, 2], [4, 2], [4, 3]]
    assert anonymised(NamePredictions([table], np.array([7]), 10)).predicted[0].tolist() == [[1, 0], [3, 0], [3, 2]]


def test_who_compared_them_and_how_close_it_was_is_published() -> None:
    given = NamePredictions([np.array([[1]])], np.array([1]), 2, near_tie_rate=0.25, backend="cpu-int8")

    assert (anonymised(given).near_tie_rate, anonymised(given).backend) == (0.25, "cpu-int8")
    assert keyed_by_content([np.array([[0]], np.uint16)]).backend == ""


def test_too_many_names_for_the_published_numbers_are_refused() -> None:
    table = np.arange(70_000).reshape(-1, 1)

    with pytest.raises(ShapeError, match="at most 65,534 different names per person, got 70000"):
        anonymised(NamePredictions([table], np.array([0]), 70_000))
