from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia import NamePool, Person, PromptTemplates
from idia.attacks import standardising
from idia.attacks.calibrated import CalibratedAttack
from idia.attacks.named_photos import NamedPhotos
from idia.errors import SettingError
from idia.testing import ToyClip, toy_clip, toy_people

ATTACK = CalibratedAttack(NamePool(("Ada Example", "Ben Sample")))
DIM = 16


def drawn(
    n_people: int = 12, n_names: int = 40, n_photos: int = 4, *, strength: float = 0.0, seed: int = 0
) -> NamedPhotos:
    """People of whom the first half looks like their names, the more so the larger the strength."""
    rng = np.random.default_rng(seed)
    names, faces = rng.standard_normal((n_names, DIM)), rng.standard_normal((n_people, DIM))
    targets = rng.permutation(n_names)[:n_people]
    faces[: n_people // 2] += strength * names[targets[: n_people // 2]]
    photos = faces[:, None] + rng.standard_normal((n_people, n_photos, DIM))
    return NamedPhotos(list(_unit(photos).astype(np.float32)), _unit(names).astype(np.float32), targets)


def _unit(vectors: np.ndarray) -> np.ndarray:
    unit: np.ndarray = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit


def values(seen: NamedPhotos, sharpness: float = 2.0) -> np.ndarray:
    return CalibratedAttack(ATTACK.names, sharpness=sharpness).score(seen).values


def literally(seen: NamedPhotos, sharpness: float = 2.0) -> list[float]:
    """The definition, pair by pair."""
    own = seen.targets.tolist()

    def by_person(person: int, name: int) -> float:
        similar = [float(np.mean(seen.photos[person].astype(float) @ vector)) for vector in seen.names.astype(float)]
        others = [value for index, value in enumerate(similar) if index != own[person]]
        return float((similar[name] - np.mean(others)) / np.std(others, ddof=1))

    z = [[by_person(person, name) for name in range(len(seen.names))] for person in range(len(own))]

    def w(person: int, name: int) -> float:
        others = [z[other][name] for other in range(len(own)) if other != person and own[other] != name]
        with_prior = [*others, *[1.0, -1.0] * 5]  # ten people, at 0 with a deviation of 1
        return float((z[person][name] - np.mean(with_prior)) / np.std(with_prior))

    scores = []
    for person, mine in enumerate(own):
        names = [np.exp(sharpness * w(person, name)) for name in range(len(seen.names)) if name != mine]
        people = [np.exp(sharpness * w(other, mine)) for other, name in enumerate(own) if name != mine]
        scores.append(2 * sharpness * w(person, mine) - np.log(np.mean(names)) - np.log(np.mean(people)))
    return scores


@pytest.mark.parametrize("sharpness", [0.5, 2.0, 6.0])
def test_the_score_is_the_definition(sharpness: float) -> None:
    seen = drawn(strength=1.0)

    np.testing.assert_allclose(values(seen, sharpness), literally(seen, sharpness), atol=1e-9)


def test_block_by_block_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = drawn(strength=1.0)
    whole = values(seen)
    monkeypatch.setattr(standardising, "_BLOCK", 100)

    np.testing.assert_allclose(values(seen), whole, rtol=1e-12)


def test_people_who_look_like_their_names_score_higher() -> None:
    scores = values(drawn(60, 200, strength=1.0))

    assert (scores[:30, None] > scores[30:]).mean() > 0.95


def test_a_closer_name_scores_higher() -> None:
    """Of one person, everything else alike."""
    seen = drawn(2, 10)
    scores = []
    for strength in (-1.0, 0.0, 1.0, 2.0):
        names = seen.names.copy()
        names[seen.targets[0]] = _unit(names[seen.targets[0]] + strength * seen.means[0])
        scores.append(values(NamedPhotos(seen.photos, names, seen.targets))[0])

    assert all(lower < higher for lower, higher in pairwise(scores))


def test_without_members_scores_are_those_of_other_peoples_names() -> None:
    """The null: a pair of a person and the own name is like a pair of a person and another's name."""
    own, others = [], []
    for seed in range(40):
        seen = drawn(12, 60, seed=seed)
        own.append(values(seen))
        others.append(values(NamedPhotos(seen.photos, seen.names, np.roll(seen.targets, 1))))
    first, second = np.sort(np.concatenate(own)), np.concatenate(others)

    assert abs(first.mean() - second.mean()) < 0.3
    assert abs((first[:, None] > second).mean() - 0.5) < 0.05


def test_faces_that_are_close_to_all_names_gain_nothing() -> None:
    """Seen faces may look named: closer to, and further apart from, every name alike."""
    seen = drawn()
    direction = np.zeros((1, DIM), dtype=np.float32)
    wider = np.concatenate([seen.names, np.full((len(seen.names), 1), 0.7, dtype=np.float32)], axis=1)
    named = [np.float32(1 + person % 3) * photos for person, photos in enumerate(seen.photos)]
    shifted = [
        np.concatenate([photos + direction, np.full((len(photos), 1), person % 2, dtype=np.float32)], axis=1)
        for person, photos in enumerate(named)
    ]

    np.testing.assert_allclose(values(NamedPhotos(shifted, wider, seen.targets)), values(seen), atol=1e-4)


def test_names_that_are_close_to_all_faces_gain_nothing() -> None:
    """Names that were trained on may be closer to, or further away from, every face alike."""
    seen = drawn(200, 400)
    known = np.isin(np.arange(400), seen.targets[:100])
    wider = np.concatenate([seen.names, 0.1 * known[:, None]], axis=1).astype(np.float32)
    photos = [np.concatenate([own, np.ones((len(own), 1), dtype=np.float32)], axis=1) for own in seen.photos]
    plain, changed = values(seen), values(NamedPhotos(photos, wider, seen.targets))

    raised = [(scores[:100].mean() - scores[100:].mean()) / scores.std() for scores in (plain, changed)]
    assert abs(raised[1] - raised[0]) < 0.1
    # They do stand out where they are not standardised.
    assert np.mean(photos[150] @ wider.T[:, known]) - np.mean(photos[150] @ wider.T[:, ~known]) > 0.05


def test_a_single_photo_of_everybody_is_enough() -> None:
    scores = CalibratedAttack(ATTACK.names).score(drawn(n_photos=1))

    assert np.isfinite(scores.values).all()
    assert (scores.attack, scores.n_photos.tolist()) == ("calibrated", [1] * 12)


def test_showing_every_photo_twice_changes_nothing() -> None:
    seen = drawn()
    twice = seen.with_photos([np.repeat(np.arange(len(photos)), 2) for photos in seen.photos])

    np.testing.assert_allclose(values(twice), values(seen), rtol=1e-12)


def test_two_people_and_three_names_are_enough() -> None:
    assert np.isfinite(values(drawn(2, 3))).all()


def test_somebody_of_the_same_name_is_not_another_person() -> None:
    seen = drawn(5)
    again = NamedPhotos([*seen.photos, seen.photos[0]], seen.names, np.append(seen.targets, seen.targets[0]))

    assert values(again)[5] == pytest.approx(values(again)[0], abs=1e-9)
    np.testing.assert_allclose(values(again), literally(again), atol=1e-9)


@pytest.mark.parametrize("constant", ["names", "photos", "both"])
def test_embeddings_that_are_all_alike_score_zero(constant: str) -> None:
    seen = drawn()
    names = np.broadcast_to(seen.names[:1], seen.names.shape) if constant != "photos" else seen.names
    photos = [np.broadcast_to(seen.photos[0][:1], own.shape) for own in seen.photos]
    scores = values(NamedPhotos(photos if constant != "names" else seen.photos, names, seen.targets))

    if constant == "photos":  # names still differ, people do not
        assert np.isfinite(scores).all()
    else:
        assert scores.tolist() == [0.0] * 12


def test_photos_that_point_nowhere_score_zero_among_names() -> None:
    seen = drawn()
    nowhere = NamedPhotos([np.zeros_like(seen.photos[0]), *seen.photos[1:]], seen.names, seen.targets)

    assert np.isfinite(values(nowhere)).all()


@pytest.mark.parametrize("sharpness", [0.0, -1.0, float("inf"), float("nan")])
def test_a_sharpness_that_is_none_is_refused(sharpness: float) -> None:
    with pytest.raises(SettingError, match="sharpness must be a finite number above 0"):
        CalibratedAttack(ATTACK.names, sharpness=sharpness)


def test_a_large_sharpness_does_not_overflow() -> None:
    assert np.isfinite(values(drawn(strength=3.0), 1e4)).all()


@settings(max_examples=30)
@given(
    seed=st.integers(0, 1000),
    strength=st.sampled_from([0.0, 1.0]),
    scale=st.floats(0.01, 100.0),
    n_people=st.integers(2, 9),
)
def test_neither_order_nor_scale_matters(seed: int, strength: float, scale: float, n_people: int) -> None:
    seen = drawn(n_people, 12, strength=strength, seed=seed)
    rng = np.random.default_rng(seed)
    people, names = rng.permutation(n_people), rng.permutation(12)
    position = np.argsort(names)
    other = NamedPhotos(
        [np.float32(scale) * rng.permutation(seen.photos[person]) for person in people],
        seen.names[names],
        position[seen.targets[people]],
    )

    np.testing.assert_allclose(values(other), values(seen)[people], atol=1e-3)


def test_the_order_of_people_prompts_and_names_does_not_matter() -> None:
    people, _ = toy_people()
    chosen = [Person(each.name, each.photos[:3]) for each in people.people[::8]]
    pool = NamePool.sampled([each.name for each in chosen], 60)
    attack = CalibratedAttack(pool, PromptTemplates(("{}", "a photo of {}", "{} at a gala")))
    turned = CalibratedAttack(NamePool(pool.names[::-1]), PromptTemplates(("{} at a gala", "{}", "a photo of {}")))
    first = attack.score(attack.encode(toy_clip(), chosen)).values
    second = turned.score(turned.encode(toy_clip(), chosen[::-1])).values

    np.testing.assert_allclose(second[::-1], first, atol=1e-4)


def test_members_of_the_toy_are_found_and_nobody_of_a_toy_that_remembers_nobody() -> None:
    people, membership = toy_people()
    chosen = [Person(each.name, each.photos[:10]) for each in people.people]
    is_member = np.array([membership.counts[each.name] > 0 for each in chosen])
    attack = CalibratedAttack(NamePool.sampled([each.name for each in chosen], 300), PromptTemplates(("{}",)))

    def auc(model: ToyClip) -> float:
        scores = attack.score(attack.encode(model, chosen)).values
        return float((scores[is_member, None] > scores[~is_member]).mean())

    assert auc(toy_clip()) > 0.9
    assert 0.3 < auc(ToyClip()) < 0.7
