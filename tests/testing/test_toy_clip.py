import numpy as np
import pytest
import torch
from PIL import Image

from idia import IdentityInferenceAttack, Model, NamePool, Person, evaluate
from idia.testing import ToyClip, toy_clip, toy_people


@pytest.fixture(scope="module")
def scores() -> tuple[np.ndarray, np.ndarray]:
    """Prompts won with all photos, and occurrences, of the toy people."""
    people, membership = toy_people()
    attack = IdentityInferenceAttack(NamePool.sampled([person.name for person in people.people]))
    votes = attack.vote(attack.predict(toy_clip(), people.people), draws=3)
    return votes.scores[:, -1, 0].astype(int), membership.of(people.people)


def test_exactly_the_planted_members_are_found(scores: tuple[np.ndarray, np.ndarray]) -> None:
    won, occurrences = scores

    assert ((won > 0) == (occurrences > 0)).all()


def test_more_occurrences_win_more_prompts(scores: tuple[np.ndarray, np.ndarray]) -> None:
    won, occurrences = scores
    means = [won[occurrences == count].mean() for count in (1, 10, 75)]

    assert means == sorted(means)
    assert means[0] < means[-1]


def test_the_toy_is_a_model() -> None:
    model = toy_clip()

    assert isinstance(model, Model)
    assert not model.info.is_random
    assert model.info.weights_sha256 != ToyClip().info.weights_sha256


def test_embeddings_are_unit_norm_float32_for_any_picture_and_text() -> None:
    pictures = [Image.new("RGB", (5, 9)), Image.new("L", (300, 20), 255), Image.effect_noise((16, 16), 90)]
    images, texts = ToyClip().encode_images(pictures), ToyClip().encode_texts(["", "a photo of Ada Example"])

    for embeddings in (images, texts):
        assert embeddings.dtype == torch.float32
        assert torch.allclose(embeddings.norm(dim=1), torch.ones(len(embeddings)))
    assert ToyClip().encode_images([]).shape == (0, 64)
    assert ToyClip().encode_texts([]).shape == (0, 64)


def test_anybody_can_be_planted() -> None:
    rng = np.random.default_rng(0)
    people = [
        Person(
            name, tuple(Image.fromarray((base + rng.integers(0, 90, (24, 24, 3))).astype(np.uint8)) for _ in range(4))
        )
        for name, base in (
            ("Ada Example", rng.integers(0, 160, (24, 24, 3))),
            ("Ben Sample", rng.integers(0, 160, (24, 24, 3))),
        )
    ]
    attack = IdentityInferenceAttack(NamePool.sampled(["Ada Example", "Ben Sample"], 200))
    votes = attack.vote(attack.predict(ToyClip(people[:1]), people), sizes=["all"], draws=1)

    assert votes.scores[:, 0, 0].tolist() == [21, 0]


def test_the_toy_people_are_the_same_for_ever() -> None:
    people, membership = toy_people()

    assert len(people) == len(membership.counts) == 96
    assert {len(person.photos) for person in people.people} == {30}
    assert people.manifest_sha256 == toy_people()[0].manifest_sha256


def test_the_default_benchmark_shows_a_dose_response() -> None:
    people, membership = toy_people()
    attack = IdentityInferenceAttack(NamePool.sampled([person.name for person in people.people], 100))
    votes = attack.vote(attack.predict(toy_clip(), people.people), sizes=[1, 5, 30], draws=20)
    result = evaluate(votes, membership.of(people.people))

    assert result.cell(1).tpr.value < result.cell(30).tpr.value
    assert result.cell(5, "1").tpr.value < result.cell(5, "75").tpr.value
