"""Names among photos of strangers: what is near, what is judged, and what is not looked at."""

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from idia.attacks.strangers import Nearness, StrangersAttack
from idia.errors import DatasetError, SettingError, ShapeError
from idia.models import EmbeddingCache
from idia.people import Person
from idia.prompts import PromptTemplates
from idia.testing import ToyClip

ATTACK = StrangersAttack(PromptTemplates(("{}", "a photo of {}")), n_nearest=3)


def face(number: int) -> Image.Image:
    colours = np.random.default_rng(number).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(colours).resize((24, 24), Image.Resampling.NEAREST)


@pytest.fixture(scope="module")
def strangers() -> list[Image.Image]:
    return [face(number) for number in range(40)]


def near(similarity: Sequence[float]) -> Nearness:
    return Nearness(np.array(similarity), np.ones(len(similarity)))


def test_similarity_is_the_mean_over_the_nearest() -> None:
    photos = np.eye(6, dtype=np.float32)
    names = np.array([[0.9, 0.6, 0.3, 0.1, 0.0, -1.0]], dtype=np.float32)
    found = ATTACK.among(names, photos)

    assert found.similarity[0] == pytest.approx(0.6)
    # Three corners of a triangle whose sides are the root of 2.
    assert found.dispersion[0] == pytest.approx(np.sqrt(2 / 3))


def test_a_model_that_knows_people_has_their_names_near_faces(strangers: list[Image.Image]) -> None:
    known = [Person(f"Ada Known{number}", (face(1000 + number),)) for number in range(20)]
    model = ToyClip(known, {person.name: 0.6 for person in known})
    reference = ATTACK.nearness(model, [f"Eve Reference{number}" for number in range(60)], strangers)
    names = [person.name for person in known] + [f"Bob Unknown{number}" for number in range(60)]
    verdicts = ATTACK.judged(ATTACK.nearness(model, names, strangers), reference)

    assert verdicts.called[:20].mean() > 0.9
    assert verdicts.called[20:].mean() < 0.3
    assert verdicts.scores[:20].min() > np.median(verdicts.scores[20:])


def test_a_model_that_knows_nobody_has_nobody_near(strangers: list[Image.Image]) -> None:
    reference = ATTACK.nearness(ToyClip(), [f"Eve Reference{number}" for number in range(200)], strangers)
    fresh = ATTACK.nearness(ToyClip(), [f"Bob Unknown{number}" for number in range(200)], strangers)

    called = ATTACK.judged(fresh, reference).called.mean()
    assert 0.03 < called < 0.2


def test_prompts_are_averaged(strangers: list[Image.Image]) -> None:
    together = ATTACK.nearness(ToyClip(), ["Ada"], strangers)
    texts = ToyClip().encode_texts(["Ada", "a photo of Ada"]).double()
    cosines = (texts @ ToyClip().encode_images(strangers).double().T).mean(dim=0)

    assert together.similarity[0] == pytest.approx(float(cosines.topk(3).values.mean()), abs=1e-6)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30), st.integers(0, 2**32 - 1))
def test_nearer_is_never_less_of_a_member(similarity: list[float], seed: int) -> None:
    reference = near(np.random.default_rng(seed).uniform(-1, 1, 40).tolist())
    verdicts = ATTACK.judged(near(similarity), reference)
    order = np.argsort(similarity, kind="stable")

    assert (np.diff(verdicts.scores[order]) >= 0).all()
    assert (np.diff(verdicts.called[order].astype(int)) >= 0).all()


def test_verdicts_depend_on_the_reference_alone() -> None:
    reference, names = near(np.linspace(0, 1, 50).tolist()), [0.1, 0.5, 0.99]
    together = ATTACK.judged(near(names), reference)
    alone = [ATTACK.judged(near([each]), reference) for each in names]

    assert together.scores.tolist() == [float(each.scores[0]) for each in alone]
    assert together.called.tolist() == [bool(each.called[0]) for each in alone]


class Spy(ToyClip):
    def __init__(self) -> None:
        super().__init__()
        self.n_images = 0

    def encode_images(self, images: Iterable[Image.Image]) -> Tensor:
        shown = list(images)
        self.n_images += len(shown)
        return super().encode_images(shown)

    def encode_pixels(self, pixels: Tensor) -> Tensor:
        raise AssertionError("no gradient is taken")


def test_a_model_sees_each_stranger_once(
    strangers: list[Image.Image], tmp_path_factory: pytest.TempPathFactory
) -> None:
    model, cache = Spy(), EmbeddingCache(tmp_path_factory.mktemp("cache"))
    first = ATTACK.nearness(model, ["Ada", "Bob"], strangers, cache=cache)
    again = ATTACK.nearness(model, ["Bob", "Eve"], strangers, cache=cache)

    assert model.n_images == len(strangers)
    assert first.similarity[1] == pytest.approx(again.similarity[0], abs=1e-6)


def test_what_cannot_be_judged() -> None:
    few, equal = near([0.1] * 19), near([0.5] * 30)

    with pytest.raises(DatasetError, match="20 reference names or more, got 19"):
        ATTACK.judged(near([0.2]), few)
    with pytest.raises(DatasetError, match="equally near"):
        ATTACK.judged(near([0.2]), equal)
    with pytest.raises(ShapeError, match="not finite"):
        ATTACK.judged(near([float("nan")]), near(np.linspace(0, 1, 30).tolist()))
    with pytest.raises(SettingError, match="3 photos of strangers or more, got 2"):
        ATTACK.nearness(ToyClip(), ["Ada"], [face(1), face(2)])


@pytest.mark.parametrize("wrong", [{"n_nearest": 1}, {"contamination": 0.0}, {"contamination": 0.6}])
def test_settings_that_make_no_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingError, match="two or more nearest photos and a share"):
        StrangersAttack(**wrong)  # type: ignore[arg-type]


def test_torch_and_numpy_embeddings_agree() -> None:
    rows = torch.nn.functional.normalize(torch.randn(30, 8, generator=torch.Generator().manual_seed(3)))
    found = ATTACK.among(rows[:5].numpy(), rows.numpy())

    expected = (rows[:5].double() @ rows.double().T).topk(3, dim=1).values.mean(dim=1)
    np.testing.assert_allclose(found.similarity, expected.numpy(), atol=1e-6)
