"""The first step that texts share: the same step, for less."""

import pytest
import torch
from PIL import Image
from torch import Tensor

from idia.attacks.first_step import SharedFirstStep
from idia.attacks.free_images import ImageKind
from idia.attacks.inversion import Inversion, inverted
from idia.attacks.text_only import TextOnlyAttack
from idia.testing import ToyClip


@pytest.fixture(scope="module")
def starts() -> Tensor:
    pictures = [Image.new("RGB", (16, 16), (60 * number, 90, 200 - 50 * number)) for number in range(3)]
    for number, picture in enumerate(pictures):
        picture.paste((250, 20, 10), (number, 2, number + 5, 12))
    return ToyClip().pixels_of(pictures)


@pytest.mark.parametrize("kind", ["pixels", "low-rank"])
@pytest.mark.parametrize("n_steps", [1, 3])
def test_it_is_the_step_that_each_text_takes(kind: ImageKind, n_steps: int, starts: Tensor) -> None:
    targets = torch.nn.functional.normalize(torch.randn(5, 64, generator=torch.Generator().manual_seed(2)))
    how, shared = Inversion(kind, 3, n_steps, 0.7), SharedFirstStep(ToyClip(), starts, kind)
    own = inverted(ToyClip(), targets, starts, how)
    common = inverted(ToyClip(), targets, starts, how, shared())

    torch.testing.assert_close(common.cosines, own.cosines, atol=1e-5, rtol=0)
    torch.testing.assert_close(common.pixels, own.pixels, atol=1e-5, rtol=0)
    assert common.n_steps.tolist() == own.n_steps.tolist()


class Counting(ToyClip):
    n_images = 0

    def encode_pixels(self, pixels: Tensor) -> Tensor:
        self.n_images += len(pixels)
        return super().encode_pixels(pixels)


def test_it_looks_at_the_starts_once(starts: Tensor) -> None:
    model = Counting()
    attack = TextOnlyAttack(Inversion("low-rank", 3, 1, 0.7))
    names = [f"Ada Example{number}" for number in range(140)]
    shared = attack.features(model, names, starts, first=attack.first_step(model, starts, len(names)))
    with_it, model.n_images = model.n_images, 0
    own = attack.features(model, names, starts)

    assert with_it == 3 + 3 * len(names)  # the starts, and every last image
    assert model.n_images == 2 * 3 * len(names)
    assert shared.similarity == pytest.approx(own.similarity, abs=1e-5)
    assert shared.gradient_steps == own.gradient_steps


def test_few_texts_and_one_start_take_their_own(starts: Tensor) -> None:
    attack = TextOnlyAttack(Inversion("low-rank", 3, 1, 0.7))

    assert attack.first_step(ToyClip(), starts, 128) is None
    assert attack.first_step(ToyClip(), starts, 129) is not None
    assert (
        TextOnlyAttack(Inversion("pixels", 3, 1, 0.7), faithful_to_release=True).first_step(ToyClip(), starts, 999)
        is None
    )
