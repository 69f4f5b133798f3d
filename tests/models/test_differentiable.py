from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor

from idia.errors import ModelError
from idia.models import Model, as_differentiable, load_model
from idia.testing import ToyClip

SHIPPED = Path(__file__).parents[2] / "fixtures/models/vit-1"

PICTURES = [Image.new("RGB", (40, 30), colour) for colour in ("red", "teal")]
PICTURES[0].putpixel((3, 4), (0, 255, 0))


class Wrapper:
    """Passes on what it lacks, but changes how images are encoded."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def encode_images(self, images: Iterable[Image.Image]) -> Tensor:
        return self._model.encode_images(images)


class BlackBox(Wrapper):
    encode_pixels = pixels_of = pictures_of = None


@pytest.fixture(scope="module", params=["toy", "open_clip"])
def model(request: pytest.FixtureRequest) -> Model:
    return ToyClip() if request.param == "toy" else load_model(f"local-dir:{SHIPPED}")


def test_pixels_have_the_embedding_of_their_picture(model: Model) -> None:
    differentiable = as_differentiable(model)
    raw = differentiable.encode_pixels(differentiable.pixels_of(PICTURES[:1]))

    expected = model.encode_images(PICTURES[:1])
    torch.testing.assert_close(torch.nn.functional.normalize(raw.cpu()), expected, atol=1e-3, rtol=0)


def test_gradients_reach_the_pixels(model: Model) -> None:
    differentiable = as_differentiable(model)
    pixels = differentiable.pixels_of(PICTURES).requires_grad_()
    (gradient,) = torch.autograd.grad(differentiable.encode_pixels(pixels)[:, 0].sum(), pixels)

    assert bool(gradient[0].abs().sum() > 0)


def test_pixels_look_like_their_picture(model: Model) -> None:
    differentiable = as_differentiable(model)
    seen = differentiable.pictures_of(differentiable.pixels_of([Image.new("RGB", (64, 64), (51, 102, 204))]))

    expected = torch.tensor([0.2, 0.4, 0.8]).view(1, 3, 1, 1).expand_as(seen)
    torch.testing.assert_close(seen, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", [Wrapper, BlackBox])
def test_a_black_box_is_told_what_it_lacks(kind: type[Wrapper]) -> None:
    with pytest.raises(ModelError, match=r"no gradients .* encode_pixels .* attacks on photos can be run"):
        as_differentiable(kind(ToyClip()))
