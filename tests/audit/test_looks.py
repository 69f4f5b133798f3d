import numpy as np
import pytest

from idia.attacks.calibrated import CALIBRATED, CalibratedAttack
from idia.attacks.named_photos import NamedPhotos
from idia.attacks.predictions import NamePredictions
from idia.audit.looks import ATTACKS, Look, calibrated_scores, headline
from idia.names import NamePool

N_PEOPLE, N_NAMES, N_PHOTOS = 30, 60, 6
PEOPLE = tuple(f"person {number}" for number in range(N_PEOPLE))


@pytest.fixture
def asked() -> CalibratedAttack:
    return CalibratedAttack(NamePool.sampled(n_names=N_NAMES))


@pytest.fixture
def look() -> Look:
    """Of a model that knows nobody."""
    rng = np.random.default_rng(0)
    faces, noise = rng.normal(size=(N_PEOPLE, 1, 16)), rng.normal(size=(N_PEOPLE, N_PHOTOS, 16))
    photos = list(_unit(faces + noise))
    names = _unit(rng.normal(size=(N_NAMES, 16)))
    predicted = [(own @ names.T).argmax(axis=1)[:, None] for own in photos]
    return Look(
        NamePredictions(predicted, np.arange(N_PEOPLE), N_NAMES, person_ids=PEOPLE),
        NamedPhotos(photos, names, np.arange(N_PEOPLE)),
    )


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: np.ndarray = (vectors / lengths).astype(np.float32)
    return unit


def test_a_permuted_look_asks_both_kinds_of_attack_about_the_same_other_names(look: Look) -> None:
    other = look.under_other_names(seed=4)

    assert other.predictions.targets.tolist() == other.seen.targets.tolist()
    assert sorted(other.seen.targets) == list(range(N_PEOPLE))
    assert (other.seen.targets != look.seen.targets).all()


def test_planted_members_are_found_by_every_attack_and_others_by_none(look: Look, asked: CalibratedAttack) -> None:
    is_member = np.arange(N_PEOPLE) < 10
    planted = look.planted(is_member)

    for attack in ATTACKS:
        scores = headline(attack, planted, asked, seed=0)
        assert scores[is_member].mean() > scores[~is_member].mean() + scores[~is_member].std(), attack
    assert np.array_equal(planted.seen.names[N_PEOPLE:], look.seen.names[N_PEOPLE:])
    assert np.array_equal(planted.seen.names[10:N_PEOPLE], look.seen.names[10:N_PEOPLE])


def test_all_photos_give_the_headline_and_fewer_another_score(look: Look, asked: CalibratedAttack) -> None:
    scores = calibrated_scores(asked, look.seen, (1, N_PHOTOS, "all"), PEOPLE, seed=0)

    assert scores.shape == (N_PEOPLE, 3)
    assert scores[:, 1].tolist() == pytest.approx(scores[:, 2].tolist(), abs=2e-6)
    assert scores[:, 2].tolist() == headline(CALIBRATED, look, asked, seed=0).tolist()
    assert not np.allclose(scores[:, 0], scores[:, 2], atol=0.1)


def test_the_draw_of_photos_depends_on_person_and_seed_and_not_on_order(look: Look, asked: CalibratedAttack) -> None:
    backwards = NamedPhotos([own[::-1] for own in look.seen.photos], look.seen.names, look.seen.targets)
    drawn = calibrated_scores(asked, look.seen, (2,), PEOPLE, seed=0)

    assert calibrated_scores(asked, backwards, (2,), PEOPLE, seed=0).tolist() == drawn.tolist()
    assert calibrated_scores(asked, look.seen, (2,), PEOPLE, seed=1).tolist() != drawn.tolist()
    assert calibrated_scores(asked, look.seen, (2,), PEOPLE[::-1], seed=0).tolist() != drawn.tolist()
