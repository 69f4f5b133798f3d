"""The further vote of photos: it knows a direction, and counts like one of the detectors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.attacks.anomaly import AnomalyVerdicts
from idia.attacks.photo_vote import with_photo_vote
from idia.errors import ShapeError

REFERENCE = np.linspace(-2, 2, 99)
_SOME = settings(max_examples=50, deadline=None, derandomize=True)
_numbers = st.floats(-1e6, 1e6)


def verdicts(n: int, n_votes: int = 2, score: float = 0.5) -> AnomalyVerdicts:
    votes = np.tile(np.arange(4) < n_votes, (n, 1))
    return AnomalyVerdicts(votes, np.full(n, score))


@_SOME
@given(st.lists(_numbers, min_size=2, max_size=9), st.lists(_numbers, min_size=3, max_size=40))
def test_whoever_is_closer_is_no_less_suspect(closeness: list[float], reference: list[float]) -> None:
    found = with_photo_vote(verdicts(len(closeness)), np.sort(closeness), np.array(reference))

    assert (np.diff(found.scores) >= 0).all()
    assert (np.diff(found.votes[:, 4].astype(int)) >= 0).all()
    assert (np.diff(found.called.astype(int)) >= 0).all()


@_SOME
@given(st.lists(_numbers, min_size=1, max_size=9), st.permutations(range(99)))
def test_a_text_is_judged_by_itself_and_the_reference_has_no_order(closeness: list[float], order: list[int]) -> None:
    together = with_photo_vote(verdicts(len(closeness)), np.array(closeness), REFERENCE)
    alone = [with_photo_vote(verdicts(1), np.array([each]), REFERENCE[order]) for each in closeness]

    np.testing.assert_allclose(together.scores, [each.scores[0] for each in alone])
    assert together.votes.tolist() == [each.votes[0].tolist() for each in alone]


def test_detectors_keep_their_votes_and_photos_add_a_fifth_that_can_decide() -> None:
    closeness = np.array([-9.0, 0.0, 9.0])
    for n_votes, called in ((1, [False] * 3), (2, [False, False, True]), (3, [True] * 3)):
        found = with_photo_vote(verdicts(3, n_votes), closeness, REFERENCE)

        assert found.votes[:, :4].sum(axis=1).tolist() == [n_votes] * 3
        assert found.votes[:, 4].tolist() == [False, False, True]
        assert found.called.tolist() == called


def test_being_far_away_speaks_for_nobody() -> None:
    """Detectors call what is abnormal in any direction; here it must be the right one."""
    found = with_photo_vote(verdicts(2), np.array([-50.0, 0.0]), REFERENCE)

    assert not found.votes[:, 4].any()
    assert found.scores[0] < found.scores[1]


def test_of_fresh_references_the_share_is_called_that_was_asked_for() -> None:
    for contamination in (0.1, 0.3):
        rng = np.random.default_rng(0)
        called = [
            with_photo_vote(verdicts(9), rng.normal(size=9), rng.normal(size=20), contamination=contamination).votes[
                :, 4
            ]
            for _ in range(400)
        ]
        assert np.mean(called) == pytest.approx(contamination, abs=0.02)


def test_the_score_is_the_mean_of_five() -> None:
    reference = np.arange(5.0)  # quartiles of 1, 2 and 3
    found = with_photo_vote(verdicts(2), np.array([2.0, 6.0]), reference)

    assert found.scores.tolist() == pytest.approx([4 * 0.5 / 5, (4 * 0.5 + np.log(3)) / 5])


def test_references_that_are_all_alike_have_a_scale_of_one() -> None:
    found = with_photo_vote(verdicts(3), np.array([-1.0, 0.0, 1.0]), np.zeros(20))

    assert found.votes[:, 4].tolist() == [False, False, True]
    assert found.scores[2] == pytest.approx((2 + np.log(2)) / 5)


def test_of_nobody_nothing_is_said() -> None:
    assert with_photo_vote(verdicts(0), np.zeros(0), REFERENCE).votes.shape == (0, 5)


@pytest.mark.parametrize(
    ("closeness", "reference", "said"),
    [
        (np.zeros(2), REFERENCE, r"one finite closeness for each of 3 texts, got shape \(2,\)"),
        (np.array([0, np.nan, 0]), REFERENCE, "1 of 3 texts the closeness is not finite"),
        (np.zeros(3), np.array([0, np.inf, 1]), "1 of 3 reference texts the closeness is not finite"),
        (np.zeros(3), np.zeros(0), "closeness of reference texts, got none"),
    ],
    ids=["shape", "nan", "reference", "no reference"],
)
def test_what_is_no_number_for_each_text_is_refused(closeness: np.ndarray, reference: np.ndarray, said: str) -> None:
    with pytest.raises(ShapeError, match=said):
        with_photo_vote(verdicts(3), closeness, reference)
