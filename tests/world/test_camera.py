from typing import Any

import numpy as np
import pytest
import torch

from idia.world.camera import photographed
from idia.world.drawing import Canvas, Frame

N = 4
PLAIN: dict[str, Any] = {
    "light_x": np.zeros(N),
    "light_y": np.zeros(N),
    "gains": np.ones((3, N)),
    "contrast": np.ones(N),
    "blur": np.zeros(N),
    "noise": np.zeros(N),
    "grey": np.zeros(N),
    "grain": np.arange(N, dtype=np.uint64),
}


def photo(level: torch.Tensor | float = 0.4, side: int = 32, **settings: object) -> torch.Tensor:
    canvas = Canvas(N, side)
    canvas.pixels += level
    return photographed(canvas, Frame.of_pictures(N, side), **{**PLAIN, **settings})


def levels(pictures: torch.Tensor) -> set[int]:
    return set(pictures.flatten().tolist())


def test_a_plain_photo_shows_what_is_there() -> None:
    assert levels(photo(0.4)) == {102}
    assert levels(photo(1.7)) == {255}


def test_noise_has_its_deviation_and_is_its_own_for_each_picture_and_colour() -> None:
    noisy = photo(0.5, noise=np.array([0.0, 0.02, 0.05, 0.05])).double()

    assert np.allclose(noisy.flatten(1).std(dim=1) / 255, [0, 0.02, 0.05, 0.05], atol=0.002)
    assert abs(noisy.mean() - 127.5) < 1
    flat = noisy[2:].reshape(6, -1)
    assert (torch.corrcoef(flat) - torch.eye(6)).abs().max() < 0.15


def test_grey_photos_have_no_colours() -> None:
    canvas_level = torch.rand(3, 32, 32, N, generator=torch.Generator().manual_seed(1))
    pictures = photo(canvas_level, grey=np.array([1.0, 0.0, 1.0, 1.0]))

    assert (pictures.amax(dim=1) == pictures.amin(dim=1)).all(dim=2).all(dim=1).tolist() == [True, False, True, True]


@pytest.mark.parametrize("side", [16, 32, 96, 256])
def test_blur_softens_an_edge_and_keeps_the_mean(side: int) -> None:
    level = torch.zeros(3, side, side, N)
    level[:, :, side // 2 :] = 0.8
    sharp, soft = photo(level, side), photo(level, side, blur=np.ones(N))
    row = soft[0, 0, 0].double() / 204

    assert abs(float(soft.double().mean() - sharp.double().mean())) < 1
    assert (row.diff() >= 0).all()
    # The edge is as soft on a large picture as on a small one.
    deviation = (row.diff() * (torch.arange(side - 1) - (side / 2 - 1)) ** 2).sum().sqrt()
    assert 0.5 < float(deviation) * 32 / side < 1.5


def test_light_comes_from_its_side_and_exposure_scales() -> None:
    lit = photo(0.4, light_x=np.full(N, 0.3))[0, 0].float()

    assert lit[:, -1].mean() > lit[:, 0].mean() + 15
    assert levels(photo(0.4, gains=np.full((3, N), 0.5))) == {51}
    assert levels(photo(0.45, contrast=np.full(N, 1.3))) == levels(photo(0.45))
