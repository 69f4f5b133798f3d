"""Identity inference from text alone, on a toy that knows exactly who was planted in it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from idia.attacks.anomaly import AnomalyDetectors
from idia.attacks.gibberish import gibberish
from idia.attacks.inversion import Inversion
from idia.attacks.local_faces import Eigenfaces
from idia.attacks.release import RELEASE_DEFECTS, release_verdicts
from idia.attacks.text_features import TextFeatures
from idia.attacks.text_only import INVERSIONS, TextOnlyAttack
from idia.errors import DatasetError, ModelError, SettingError
from idia.models import EmbeddingCache
from idia.names import NamePool
from idia.people import PeopleSet
from idia.statistics import auc
from idia.testing import ToyClip, toy_people

ATTACK = TextOnlyAttack()
REFERENCES = {
    "gibberish": gibberish(60, seed=1),
    "fictitious names": NamePool.sampled(n_names=60, seed=7).names,
}
OTHERS = {
    "gibberish": gibberish(60, seed=2),
    "fictitious names": NamePool.sampled(n_names=60, seed=8).names,
    "another script": tuple(f"{first}{last}" for first in "王李张刘陈杨" for last in ("伟", "芳", "娜", "敏", "静")),
}

Features = Callable[[str, Sequence[str]], TextFeatures]
Detectors = Callable[[str, str], AnomalyDetectors]


@cache
def pictures(n: int = 16) -> tuple[Image.Image, ...]:
    rng = np.random.default_rng(0)
    return tuple(Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)) for _ in range(n))


@pytest.fixture(scope="module")
def people() -> PeopleSet:
    return toy_people()[0]


@pytest.fixture(scope="module")
def members(people: PeopleSet) -> tuple[str, ...]:
    return tuple(person.name for person in people.people[::2])


@pytest.fixture(scope="module")
def features(people: PeopleSet) -> Features:
    models = {"planted": ToyClip(people.people[::2]), "empty": ToyClip()}

    @cache
    def found(model: str, texts: Sequence[str]) -> TextFeatures:
        return ATTACK.features(models[model], texts, ATTACK.starts(models[model], pictures()))

    return found


@pytest.fixture(scope="module")
def detectors(features: Features) -> Detectors:
    return cache(lambda model, reference: ATTACK.detectors(features(model, REFERENCES[reference]).matrix))


@pytest.mark.parametrize("reference", REFERENCES)
def test_planted_names_are_called_and_hardly_any_other(
    features: Features, detectors: Detectors, people: PeopleSet, members: tuple[str, ...], reference: str
) -> None:
    fitted, names = detectors("planted", reference), tuple(person.name for person in people)
    judged = fitted.judged(features("planted", names).matrix)
    is_member = np.isin(names, members)

    assert judged.called[is_member].all()
    assert judged.called[~is_member].mean() < 0.25
    assert auc(judged.scores[is_member], judged.scores[~is_member], seed=0).value > 0.95
    for other in OTHERS.values():
        assert fitted.judged(features("planted", other).matrix).called.mean() < 0.25


@pytest.mark.parametrize("reference", REFERENCES)
def test_where_nobody_is_planted_nobody_stands_out(
    features: Features, detectors: Detectors, people: PeopleSet, members: tuple[str, ...], reference: str
) -> None:
    fitted, names = detectors("empty", reference), tuple(person.name for person in people)
    judged = fitted.judged(features("empty", names).matrix)
    is_member = np.isin(names, members)

    assert judged.called.mean() < 0.25
    assert 0.35 < auc(judged.scores[is_member], judged.scores[~is_member], seed=0).value < 0.65


@given(st.sets(st.integers(0, 95), min_size=1).map(sorted))
@settings(max_examples=10, deadline=None, derandomize=True)
def test_a_verdict_does_not_depend_on_who_else_is_judged(
    features: Features, detectors: Detectors, people: PeopleSet, rows: list[int]
) -> None:
    """Detectors never see whom they judge, planted or not."""
    fitted, matrix = detectors("planted", "gibberish"), features("planted", tuple(each.name for each in people)).matrix
    together, some = fitted.judged(matrix), fitted.judged(matrix[rows])

    assert some.votes.tolist() == together.votes[rows].tolist()
    np.testing.assert_allclose(some.scores, together.scores[rows], rtol=1e-9)


def test_detectors_get_the_attacks_seed_and_contamination(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, float]] = []
    monkeypatch.setattr(AnomalyDetectors, "fitted", lambda reference, **settings: given.append(settings))

    TextOnlyAttack(contamination=0.05, seed=3).detectors(np.zeros((20, 2)))

    assert given == [{"contamination": 0.05, "seed": 3}]


def test_fewer_than_twenty_references_are_too_few(features: Features) -> None:
    with pytest.raises(DatasetError, match="expected at least 20, got 19"):
        ATTACK.detectors(features("empty", REFERENCES["gibberish"]).matrix[:19])


def test_one_start_ends_in_one_place_and_fresh_ones_do_not(people: PeopleSet) -> None:
    """What the release measures as dispersion is rounding."""
    model, how = ToyClip(people.people[::2]), Inversion("pixels", 8, 4, 0.5)
    names = [person.name for person in people.people[:6]]
    released, fresh = (
        attack.features(model, names, attack.starts(model, pictures()))
        for attack in (TextOnlyAttack(how, faithful_to_release=True), TextOnlyAttack(how))
    )

    assert released.dispersion.max() < 1e-4
    assert fresh.dispersion.min() > 0.1
    assert released.gradient_steps == fresh.gradient_steps == 6 * 8 * 4


def test_the_releases_way_is_asked_for_in_one_word() -> None:
    assert TextOnlyAttack(faithful_to_release=True).how == INVERSIONS["release"]
    short = Inversion("pixels", 4, 3, 0.5)
    assert TextOnlyAttack(short, faithful_to_release=True).how == replace(short, has_one_start=True)
    assert TextOnlyAttack(short).defects == ()
    defects = TextOnlyAttack(faithful_to_release=True).defects
    assert {"one-start", "summed-distance", "fitted-on-tested-names"} < set(defects) < set(RELEASE_DEFECTS)
    assert not [defect for defect in defects if "photo" in defect]


def test_the_release_judges_a_fifth_and_adds_distances_up(
    features: Features, people: PeopleSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idia.attacks.release._EPOCHS", 5)
    matrix = features("planted", tuple(person.name for person in people)).matrix
    judged = TextOnlyAttack(faithful_to_release=True, seed=5).judged_as_released(matrix)
    expected = release_verdicts(matrix * [1, 100], seed=5)

    assert len(judged.rows) == 20  # of 96, rounded up
    assert judged.votes.tolist() == expected.votes.tolist()
    assert judged.rows.tolist() == expected.rows.tolist()


def test_too_few_pictures_are_refused() -> None:
    with pytest.raises(SettingError, match="pictures to start from: expected at least 16, got 15"):
        ATTACK.starts(ToyClip(), pictures()[:15])
    with pytest.raises(SettingError, match="pictures to start from: expected at least 1, got 0"):
        TextOnlyAttack(faithful_to_release=True).starts(ToyClip(), [])
    assert ATTACK.starts(ToyClip(), [*pictures(), *pictures()]).shape == (16, 3, 16, 16)


class BlackBox:
    """Embeddings, and nothing else; of texts, not even these are wanted."""

    info = ToyClip().info
    encode_images = ToyClip().encode_images

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        raise AssertionError("nothing is to be encoded")


def test_a_black_box_is_refused_before_it_is_asked_anything() -> None:
    starts = ATTACK.starts(ToyClip(), pictures())
    for ask in (lambda: ATTACK.starts(BlackBox(), pictures()), lambda: ATTACK.features(BlackBox(), ["Ada"], starts)):
        with pytest.raises(ModelError, match=r"no gradients with respect to the image.*attacks on photos can be run"):
            ask()


def test_names_are_asked_about_as_they_are_and_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model, names = ToyClip(), ("Ada Example", "王伟", "عبد الله", "ada example")
    starts, encode, asked = ATTACK.starts(model, pictures()), model.encode_texts, []

    def noted(texts: Sequence[str]) -> Tensor:
        asked.append(list(texts))
        return encode(texts)

    monkeypatch.setattr(model, "encode_texts", noted)
    monkeypatch.delattr(ToyClip, "encode_images")  # it sees no photo
    monkeypatch.setattr("idia.attacks.text_only.as_differentiable", lambda it: it)
    monkeypatch.setattr("idia.attacks.text_features.as_differentiable", lambda it: it)
    found = ATTACK.features(model, names, starts)

    assert asked == [list(names)]
    assert len({tuple(row) for row in found.matrix.tolist()}) == 4


def test_what_is_asked_for_reaches_the_cache_and_whoever_looks_on(tmp_path: Path) -> None:
    starts, texts = ATTACK.starts(ToyClip(), pictures()), gibberish(20, seed=0)
    faces = Eigenfaces.fitted(starts, 3)
    told: list[tuple[str, int, int]] = []
    for expected in ((0, 4, 8, 12, 16, 20), (0, 20)):
        told.clear()
        found = ATTACK.features(
            ToyClip(),
            texts,
            starts,
            cache=EmbeddingCache(tmp_path),
            representation=faces,
            progress=lambda *it: told.append(it),
        )

        assert told == [("text features", done, 20) for done in expected]
        assert found.pictures is not None
        assert found.pictures.shape == (20, 16, 3)
