from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from idia.attacks.anonymity import anonymised, keyed_by_content
from idia.attacks.predictions import NamePredictions
from idia.attacks.voting import count_votes
from idia.evaluation import OccurrenceBin, evaluate
from idia.experiments import Experiment
from idia.membership import Membership
from idia.names import NamePool
from idia.people import PeopleSet, Person
from idia.publication import Finding
from idia.publication.arrays import published_arrays
from idia.records.order import row_order, synthetic_key

NAMES = ("Ada Ash", "Bo Birk", "Cy Cole", "Di Dale", "Ed Elm")
OCCURRENCES = np.array([0, 5, 1, 0, 5])


@pytest.fixture
def experiment() -> Experiment:
    people = PeopleSet("five", tuple(Person(name, ()) for name in NAMES))
    counts = dict(zip(NAMES, OCCURRENCES.tolist(), strict=True))
    groups = {"Bo Birk": "kept", "Cy Cole": "forgotten", "Ada Ash": "elsewhere"}
    membership = Membership("some", "declared", counts, groups)
    return Experiment(people, membership, OCCURRENCES, NamePool.sampled(NAMES, 10), (3, "all"), ())


@pytest.fixture
def finding() -> Finding:
    rng = np.random.default_rng(0)
    tables = [rng.integers(0, 3, size=(6, 4)) for _ in range(5)]
    predictions = anonymised(NamePredictions(tables, np.arange(5) % 3, 3))
    votes = count_votes(predictions, sizes=[3, "all"], draws=40, seed=1)
    result = evaluate(votes, OCCURRENCES)
    beside: Mapping[str, Any] = {
        "control_scores": {"permuted-map": np.arange(5.0)},
        "blind_scores": {"name": np.ones(5)},
    }
    return Finding("idia", result, votes.sizes, votes.scores, predictions.n_photos, 40, predictions.predicted, **beside)


def test_scores_of_many_draws_are_left_to_whoever_repeats_them(
    experiment: Experiment, finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = published_arrays(experiment, finding, synthetic_key())
    monkeypatch.setattr("idia.publication.arrays.MOST_DRAWS", 7)
    first = published_arrays(experiment, finding, synthetic_key())

    assert whole["scores"].dtype == first["scores"].dtype == np.uint16
    assert first["scores"].tolist() == whole["scores"][:, :, :7].tolist()
    assert all(np.array_equal(first[name], whole[name]) for name in whole if name != "scores")
    repeated = count_votes(
        keyed_by_content(np.split(first["codes"], first["photo_offsets"][1:-1])), sizes=[3, "all"], draws=40, seed=1
    )
    assert repeated.scores.tolist() == whole["scores"].tolist()


def test_all_arrays_list_the_same_people_in_an_order_that_the_key_decides(
    experiment: Experiment, finding: Finding
) -> None:
    for key in (synthetic_key(), b"secret"):
        arrays, rows = published_arrays(experiment, finding, key), row_order(NAMES, key)

        assert (arrays["occurrences"] > 0).tolist() == (OCCURRENCES[rows] > 0).tolist()
        assert arrays["control_permuted_map"].tolist() == rows.tolist()
        assert arrays["scores"].tolist() == finding.scores[rows].tolist()
        tables = np.split(arrays["codes"], arrays["photo_offsets"][1:-1])
        assert finding.codes is not None
        assert [table.tolist() for table in tables] == [finding.codes[row].tolist() for row in rows]


def test_groups_are_numbered_as_the_record_lists_those_of_members(experiment: Experiment, finding: Finding) -> None:
    arrays = published_arrays(experiment, finding, synthetic_key())
    back = np.argsort(row_order(NAMES, synthetic_key()))

    assert arrays["groups"][back].tolist() == [0, 2, 1, 0, 0]
    assert "Ada" not in str(arrays)


def test_what_anybody_can_repeat_is_not_published_of_real_people(experiment: Experiment, finding: Finding) -> None:
    """From names, photos and truth: whoever has them would recognise everybody's row."""
    controls: Any = {"random-weights": np.ones(5), "clean-model": np.ones(5), "planted-positive": np.ones(5)}
    found = replace(finding, control_scores=controls)
    made_up = replace(experiment, is_synthetic=True)

    hidden = published_arrays(made_up, found, synthetic_key()).keys() - published_arrays(experiment, found, b"").keys()

    assert hidden == {"blind_name", "control_random_weights", "control_clean_model"}


def test_how_often_real_people_occur_is_published_as_the_bin_they_are_reported_in(
    experiment: Experiment, finding: Finding
) -> None:
    """Counts are for anybody to find, and most of them belong to one person alone."""
    counts = np.array([0, 7, 3, 40, 50])
    asked = replace(experiment, occurrences=counts, bins=(OccurrenceBin(1, 4), OccurrenceBin(5, 9)))
    back = np.argsort(row_order(NAMES, synthetic_key()))

    def occurrences(of: Experiment) -> list[int]:
        found: list[int] = published_arrays(of, finding, synthetic_key())["occurrences"][back].tolist()
        return found

    assert occurrences(asked) == [0, 5, 1, 40, 40]
    assert occurrences(replace(asked, bins=())) == [0, 3, 3, 3, 3]
    assert occurrences(replace(asked, occurrences=np.array([0, 7, 3, 4, 8]))) == [0, 5, 1, 1, 5]
    assert occurrences(replace(asked, is_synthetic=True)) == counts.tolist()
