from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idia.attacks.anomaly import DETECTORS, AnomalyDetectors, AnomalyVerdicts, majority
from idia.errors import DatasetError, SettingError, ShapeError

VOTES = st.integers(1, 7).flatmap(
    lambda n: st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=1, max_size=9)
)


def drawn(n: int, n_features: int = 2, seed: int = 0) -> np.ndarray:
    """Features that go together, as similarity and dispersion do, on scales of their own."""
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((n, n_features)) + rng.standard_normal((n, 1))) * 0.02 + 0.3


@pytest.fixture(scope="module")
def fitted() -> AnomalyDetectors:
    return AnomalyDetectors.fitted(drawn(100))


@pytest.fixture(scope="module")
def fresh(fitted: AnomalyDetectors) -> AnomalyVerdicts:
    return fitted.judged(drawn(1000, seed=1))


def test_about_one_in_ten_fresh_reference_texts_is_flagged_by_each(fresh: AnomalyVerdicts) -> None:
    shares = fresh.votes.mean(axis=0)

    assert len(shares) == len(DETECTORS) == 4
    assert (shares > 0.02).all()  # the share above a quantile of a hundred has a deviation of 0.03
    assert (shares < 0.19).all()
    assert 0.05 < shares.mean() < 0.15
    assert fresh.called.mean() < 0.15


def test_planted_texts_are_separated(fitted: AnomalyDetectors, fresh: AnomalyVerdicts) -> None:
    planted = fitted.judged(drawn(200, seed=2) + np.array([0.2, -0.2]))

    assert planted.called.all()
    assert np.quantile(planted.scores, 0.01) > np.quantile(fresh.scores, 0.99)


def test_a_text_is_judged_by_itself(fitted: AnomalyDetectors, fresh: AnomalyVerdicts) -> None:
    """Whatever else is judged, however abnormal: detectors never see the texts that are tested."""
    features = drawn(1000, seed=1)
    others = np.concatenate([np.full((50, 2), 9.0), features[:100], np.full((50, 2), -9.0)])
    among, alone = fitted.judged(others), fitted.judged(features[7:8])

    assert (among.votes[50:150] == fresh.votes[:100]).all()
    assert (alone.votes[0] == fresh.votes[7]).all()
    np.testing.assert_allclose(among.scores[50:150], fresh.scores[:100], atol=1e-9)
    np.testing.assert_allclose(alone.scores[0], fresh.scores[7], atol=1e-9)


def test_the_order_of_the_reference_does_not_matter_and_runs_agree_to_the_byte() -> None:
    reference, features = drawn(40), drawn(60, seed=1)
    one = AnomalyDetectors.fitted(reference, seed=3).judged(features)
    other = AnomalyDetectors.fitted(reference[np.random.default_rng(5).permutation(40)], seed=3).judged(features)

    assert one.votes.tobytes() == other.votes.tobytes()
    assert one.scores.tobytes() == other.scores.tobytes()


def test_the_score_grows_with_what_each_detector_says(fitted: AnomalyDetectors) -> None:
    """Along a ray out of the reference everything grows, and far out it is finite and ordered still."""
    ray = 0.3 + np.outer(np.linspace(0.04, 0.2, 30), [1.0, -1.0])
    scores = fitted.judged(ray).scores
    far = fitted.judged(np.array([[1.0, -1.0], [1e3, -1e3], [1e150, 0.0]])).scores

    assert scores[-1] > scores[0]
    assert (np.diff(scores) > -0.05).all()
    assert np.isfinite(far).all()
    assert far[0] < far[1]


@pytest.mark.parametrize("n_features", [1, 3])
def test_any_number_of_features_and_as_few_as_twenty_references_will_do(n_features: int) -> None:
    detectors = AnomalyDetectors.fitted(drawn(20, n_features), contamination=0.2)
    far = np.full((3, n_features), 2.0)

    assert detectors.judged(far).called.all()
    assert not detectors.judged(np.full((1, n_features), 0.3)).called.any()


def test_a_feature_without_spread_and_texts_that_occur_many_times_do_no_harm() -> None:
    reference = np.column_stack([np.repeat(drawn(5)[:, 0], 6), np.zeros(30)])
    judged = AnomalyDetectors.fitted(reference).judged(np.array([[reference[0, 0], 0.0], [5.0, 0.0]]))

    assert np.isfinite(judged.scores).all()
    assert judged.called.tolist() == [False, True]


def test_nobody_to_judge_gets_no_verdict(fitted: AnomalyDetectors) -> None:
    nobody = fitted.judged(np.zeros((0, 2)))

    assert (nobody.votes.shape, nobody.scores.shape, nobody.called.shape) == ((0, 4), (0,), (0,))


def test_a_reference_that_says_nothing_is_refused() -> None:
    with pytest.raises(DatasetError, match="expected at least 20, got 19"):
        AnomalyDetectors.fitted(drawn(19))
    with pytest.raises(DatasetError, match="all 30 reference texts have the same features"):
        AnomalyDetectors.fitted(np.full((30, 2), 0.1) * (1 + 1e-12 * drawn(30)))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_features_that_are_not_finite_are_refused(fitted: AnomalyDetectors, value: float) -> None:
    features = drawn(30)
    features[[4, 9], 1] = value

    with pytest.raises(ShapeError, match="2 of 30 reference texts have features that are not finite, the first in row"):
        AnomalyDetectors.fitted(features)
    with pytest.raises(ShapeError, match="2 of 30 judged texts have features that are not finite, the first in row 4"):
        fitted.judged(features)


def test_other_shapes_are_refused(fitted: AnomalyDetectors) -> None:
    with pytest.raises(ShapeError, match=r"a row for each reference text, got an array of shape \(30,\)"):
        AnomalyDetectors.fitted(np.zeros(30))
    with pytest.raises(ShapeError, match=r"a row for each reference text, got an array of shape \(30, 0\)"):
        AnomalyDetectors.fitted(np.zeros((30, 0)))
    with pytest.raises(ShapeError, match="expected the 2 features that the detectors were fitted on, got 3"):
        fitted.judged(drawn(5, 3))


@pytest.mark.parametrize("contamination", [0.0, 0.6, float("nan")])
def test_no_share_is_refused(contamination: float) -> None:
    with pytest.raises(SettingError, match=r"a share in \(0, 0.5\], got"):
        AnomalyDetectors.fitted(drawn(30), contamination=contamination)


def test_a_seed_out_of_range_is_refused() -> None:
    with pytest.raises(SettingError, match="the seed must be a number in"):
        AnomalyDetectors.fitted(drawn(30), seed=-1)


@pytest.mark.parametrize(
    ("abnormal", "voters", "called"), [(2, 4, False), (3, 4, True), (2, 5, False), (3, 5, True), (1, 1, True)]
)
def test_more_than_half_of_the_votes_make_a_member(abnormal: int, voters: int, called: bool) -> None:
    assert majority(np.arange(voters)[None] < abnormal).tolist() == [called]


@given(votes=VOTES)
def test_the_vote_is_the_sum_of_signs_below_zero(votes: list[list[bool]]) -> None:
    signs = np.where(np.array(votes), -1, 1).sum(axis=1)

    assert majority(np.array(votes)).tolist() == (signs < 0).tolist()


@given(votes=VOTES, data=st.data())
def test_neither_the_order_of_detectors_nor_of_texts_matters(votes: list[list[bool]], data: st.DataObject) -> None:
    table = np.array(votes)
    voters = data.draw(st.permutations(range(table.shape[1])))
    texts = data.draw(st.permutations(range(len(table))))

    assert majority(table[texts][:, voters]).tolist() == majority(table)[texts].tolist()


@given(votes=VOTES, data=st.data())
def test_a_further_vote_never_clears_anybody(votes: list[list[bool]], data: st.DataObject) -> None:
    table = np.array(votes)
    voter = data.draw(st.integers(0, table.shape[1] - 1))
    more = table.copy()
    more[:, voter] = True

    assert (majority(more) >= majority(table)).all()


def test_thresholds_are_of_texts_that_a_detector_has_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that knows by heart what it was fitted on would call every fresh text abnormal by what it says of that."""

    def by_heart(scaled: np.ndarray, *_: object) -> Callable[[np.ndarray], np.ndarray]:
        seen = {row.tobytes() for row in scaled}
        return lambda judged: np.array([float(row.tobytes() not in seen) for row in judged])

    monkeypatch.setattr("idia.attacks.anomaly._FITS", dict.fromkeys(DETECTORS, by_heart))
    rng = np.random.default_rng(0)
    fitted = AnomalyDetectors.fitted(rng.normal(size=(40, 2)))

    assert not fitted.judged(rng.normal(size=(30, 2))).votes.any()
