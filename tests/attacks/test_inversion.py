"""Optimised images: what they reach, where they stop, and the release's single start."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor

from idia.attacks.inversion import Inversion, inverted
from idia.errors import ModelError, SettingError
from idia.testing import ToyClip

SHORT = Inversion("pixels", n_restarts=3, n_steps=4, learning_rate=0.5)


@pytest.fixture(scope="module")
def starts() -> Tensor:
    pictures = []
    for number in range(6):
        picture = Image.new("RGB", (16, 16), (40 * number, 90, 200 - 30 * number))
        picture.paste((250, 20 * number, 10), (number, 2, number + 5, 12))
        pictures.append(picture)
    return ToyClip().pixels_of(pictures)


@pytest.fixture(scope="module")
def targets() -> Tensor:
    reachable = torch.nn.functional.normalize(torch.randn(4, 64, generator=torch.Generator().manual_seed(1)))
    reachable[:, -1] = 0
    return reachable


@pytest.mark.parametrize("image", ["pixels", "low-rank"])
def test_images_come_nearer(image: Any, starts: Tensor, targets: Tensor) -> None:
    few, many = (
        inverted(ToyClip(), targets, starts, Inversion(image, 3, n_steps, learning_rate=0.5)) for n_steps in (1, 20)
    )

    assert bool((many.cosines > few.cosines).all())
    assert many.n_steps.tolist() == [60] * 4


def test_one_start_is_one_answer(starts: Tensor, targets: Tensor) -> None:
    """The release draws the first image once, and plain gradient descent then repeats itself."""
    released = inverted(ToyClip(), targets, starts, Inversion("pixels", 3, 4, 0.5, has_one_start=True))
    fresh = inverted(ToyClip(), targets, starts, SHORT)

    assert float(released.dispersion.max()) < 1e-5
    assert float(fresh.dispersion.min()) > 1e-2


def test_dispersion_is_the_mean_distance_from_the_mean(starts: Tensor, targets: Tensor) -> None:
    found = inverted(ToyClip(), targets[:1], starts, SHORT)
    ends = found.embeddings[0]

    expected = sum(float((end - ends.mean(dim=0)).norm()) for end in ends) / 3
    assert float(found.dispersion[0]) == pytest.approx(expected)
    assert float(found.similarity[0]) == pytest.approx(float(found.cosines.mean()))


def test_embeddings_are_those_of_the_last_images(starts: Tensor, targets: Tensor) -> None:
    found = inverted(ToyClip(), targets[:2], starts, SHORT)

    again = ToyClip().encode_pixels(found.pixels.flatten(0, 1)).double()
    torch.testing.assert_close(again, found.embeddings.flatten(0, 1))


def test_a_low_rank_step_follows_the_gradient_of_slow_cosines_alone(starts: Tensor, targets: Tensor) -> None:
    found = inverted(ToyClip(), targets[:1], starts, Inversion("low-rank", 3, 1, 0.5))
    change = (found.pixels[0] - starts[:3]).double()

    places = (torch.arange(16) + 0.5).double()
    waves = torch.stack([torch.cos(torch.pi / 16 * frequency * places) for frequency in range(16)])
    spectrum = waves @ change @ waves.T
    fast = torch.ones(16, 16, dtype=torch.bool)
    fast[:6, :6] = False
    assert float(spectrum[..., fast].abs().max()) < 1e-5 < float(spectrum.abs().max())


def test_images_that_come_no_nearer_are_given_up(starts: Tensor, targets: Tensor) -> None:
    patient = inverted(ToyClip(), targets, starts, Inversion("pixels", 3, 400, 5.0, tolerance=1e-3, patience=10))
    stubborn = inverted(ToyClip(), targets, starts, Inversion("pixels", 3, 400, 5.0))

    assert int(patient.n_steps.max()) < 3 * 400 == int(stubborn.n_steps.min())
    torch.testing.assert_close(patient.similarity, stubborn.similarity, atol=0.02, rtol=0)


def test_a_text_does_not_depend_on_its_batch(starts: Tensor, targets: Tensor) -> None:
    together = inverted(ToyClip(), targets, starts, SHORT)
    alone = inverted(ToyClip(), targets[2:3], starts, SHORT)

    torch.testing.assert_close(together.cosines[2:3], alone.cosines, atol=1e-5, rtol=0)


def test_how_many_images_pass_together_changes_nothing_but_rounding(starts: Tensor, targets: Tensor) -> None:
    together, few = (inverted(ToyClip(), targets, starts, SHORT, at_once=at_once) for at_once in (64, 5))

    torch.testing.assert_close(few.cosines, together.cosines, atol=1e-5, rtol=0)
    assert few.n_steps.tolist() == together.n_steps.tolist()


class Broken(ToyClip):
    def encode_pixels(self, pixels: Tensor) -> Tensor:
        return super().encode_pixels(pixels) * float("nan")


def test_what_is_no_number_is_an_error(starts: Tensor, targets: Tensor) -> None:
    with pytest.raises(ModelError, match=r"left the finite numbers at step 1 of 4.*learning rate of 0\.5\. Lower it"):
        inverted(Broken(), targets, starts, SHORT)


def test_equal_starts_are_refused(starts: Tensor, targets: Tensor) -> None:
    with pytest.raises(SettingError, match="need as many different pictures to start from, got 4, of which 1 differ"):
        inverted(ToyClip(), targets, starts[:1].repeat(4, 1, 1, 1), SHORT)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"n_restarts": 1}, "2 or more restarts"),
        ({"n_steps": 0}, "1 or more steps"),
        ({"learning_rate": 0.0}, "learning rate above 0"),
        ({"learning_rate": float("nan")}, "learning rate above 0"),
        ({"tolerance": 1.0}, "tolerance in"),
    ],
)
def test_settings_that_make_no_sense(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        replace(SHORT, **wrong)
