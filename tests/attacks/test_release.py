import numpy as np
import pytest
import torch

from idia.attacks import release
from idia.attacks.release import RELEASE_DEFECTS, ReleaseVerdicts, release_verdicts
from idia.errors import DatasetError, SettingError, ShapeError

N = 200


def drawn(n: int = N, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, 2)) * [0.02, 30.0] + [0.3, 400.0]


@pytest.fixture(autouse=True)
def _few_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "_EPOCHS", 5)


@pytest.fixture(scope="module")
def judged() -> ReleaseVerdicts:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "_EPOCHS", 5)
        return release_verdicts(drawn(), seed=0)


def far_apart(n_close: int) -> np.ndarray:
    """Distances of which a few are much smaller, but for noise."""
    return np.where(np.arange(N) % (N // n_close) == 0, 1.0, 9.0) + 0.1 * np.random.default_rng(1).random(N)


def test_a_fifth_of_the_rows_is_tested_and_always_the_same(judged: ReleaseVerdicts) -> None:
    assert judged.rows.tolist()[:4] == [95, 15, 30, 158]
    assert len(set(judged.rows.tolist())) == len(judged.votes) == len(judged.scores) == len(judged.called) == N // 5
    assert release_verdicts(drawn(seed=4), seed=9).rows.tolist() == judged.rows.tolist()


def test_the_autoencoder_flags_a_quarter_by_construction() -> None:
    for features in (drawn(seed=1), drawn(seed=2) + np.outer(np.arange(N) < N // 2, [5.0, 500.0])):
        assert release_verdicts(features, seed=0).votes[:, 3].mean() == 0.25


def test_the_support_vector_machine_flags_about_half() -> None:
    assert 0.35 < release_verdicts(drawn(1000), seed=0).votes[:, 2].mean() < 0.65


def test_verdicts_depend_on_the_other_tested_rows(judged: ReleaseVerdicts) -> None:
    """Moving other names that are tested moves verdicts: no detector was fitted on any of them."""
    moved = drawn()
    others = judged.rows[: len(judged.rows) // 2]
    moved[others] += [2.0, 3000.0]
    again = release_verdicts(moved, seed=0)

    rest = slice(len(others), None)
    assert (again.votes[rest] != judged.votes[rest]).any()
    assert not again.votes[rest, 3].any()  # the quarter is full
    assert judged.votes[rest, 3].any()


def test_what_the_release_leaves_to_chance_is_keyed(judged: ReleaseVerdicts) -> None:
    before = torch.random.get_rng_state()
    again, other = release_verdicts(drawn(), seed=0), release_verdicts(drawn(), seed=1)

    assert again.votes.tobytes() == judged.votes.tobytes()
    assert other.votes.tobytes() != judged.votes.tobytes()
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_sigmoid_cannot_give_back_what_is_negative() -> None:
    features = np.random.default_rng(0).standard_normal((64, 2))
    errors = release._reconstruction_errors(features, np.array([[-3.0, -3.0], [0.5, 0.5]]), 0)

    assert errors[0] > 9 > 1 > errors[1]


def test_three_of_four_votes_make_a_member(judged: ReleaseVerdicts) -> None:
    assert judged.votes.shape[1] == 4
    assert judged.scores.tolist() == judged.votes.sum(axis=1).tolist()
    assert judged.called.tolist() == (judged.scores >= 3).tolist()


def test_photos_vote_for_the_closer_of_two_clusters_if_these_are_far_apart() -> None:
    distances = far_apart(20)
    judged = release_verdicts(drawn(), seed=0, photo_distances=distances)

    assert judged.votes.shape == (N // 5, 5)
    assert judged.votes[:, 4].tolist() == (distances[judged.rows] < 5).tolist()
    assert judged.called.tolist() == (judged.scores >= 3).tolist()


@pytest.mark.parametrize("distances", [far_apart(100), np.ones(N)], ids=["halves", "alike"])
def test_photos_have_no_vote_where_clusters_are_not_three_deviations_apart(distances: np.ndarray) -> None:
    """Two halves never are, however well photos separate them."""
    assert release_verdicts(drawn(), seed=0, photo_distances=distances).votes.shape[1] == 4


def test_texts_that_are_all_alike_are_judged_nonetheless() -> None:
    assert release_verdicts(np.full((40, 2), 0.1), seed=0).votes.shape == (8, 4)


def test_every_defect_has_an_id_and_a_sentence() -> None:
    assert {"one-start", "fitted-on-tested-names", "transductive-autoencoder", "sigmoid-output"} < set(RELEASE_DEFECTS)
    assert {"half-normal-svm", "photo-votes-of-other-rows"} < set(RELEASE_DEFECTS)
    for defect, sentence in RELEASE_DEFECTS.items():
        assert defect == defect.lower()
        assert " " not in defect
        assert sentence.endswith(".")
        assert "  " not in sentence


def test_what_the_release_cannot_judge_is_refused() -> None:
    with pytest.raises(DatasetError, match="expected at least 30 names, got 29"):
        release_verdicts(drawn(29), seed=0)
    with pytest.raises(ShapeError, match="two features, similarity and distance, got 3"):
        release_verdicts(np.zeros((40, 3)), seed=0)
    with pytest.raises(
        ShapeError, match="1 of 40 attacked texts have features that are not finite, the first in row 0"
    ):
        release_verdicts(np.where(np.arange(80).reshape(40, 2) == 1, np.nan, 1.0), seed=0)
    with pytest.raises(ShapeError, match=r"a distance for each of 200 names, got shape \(3,\)"):
        release_verdicts(drawn(), seed=0, photo_distances=np.ones(3))
    with pytest.raises(SettingError, match="the seed must be a number in"):
        release_verdicts(drawn(), seed=-1)
