"""What a camera does to a scene: light, exposure, focus, grain."""

import numpy as np
import torch
from jaxtyping import UInt8, UInt64
from torch import Tensor

from idia.randomness import random_bits
from idia.world.drawing import Canvas, Frame, colour, column
from idia.world.identity import Colours, Numbers


def photographed(
    canvas: Canvas,
    picture: Frame,
    *,
    light_x: Numbers,
    light_y: Numbers,
    gains: Colours,
    contrast: Numbers,
    blur: Numbers,
    noise: Numbers,
    grey: Numbers,
    grain: UInt64[np.ndarray, " pictures"],
) -> UInt8[Tensor, "pictures 3 side side"]:
    """Returns the pictures as stored.

    Args:
        canvas: What is before the camera; it is overwritten.
        picture: Coordinates of the pictures.
        light_x: How much more light falls on the right than on the middle.
        light_y: The same for the bottom.
        gains: Exposure of red, green and blue.
        contrast: 1 leaves it as it is.
        blur: How far out of focus, from 0 to 1.
        noise: Standard deviation of the grain.
        grey: 1 takes the colours away.
        grain: Keys of the grain's random bits.
    """
    pixels = canvas.pixels
    patch = picture.patch()
    light = (patch.x * column(0.35 * light_x)).add_(patch.y * column(0.35 * light_y)).add_(1)
    # Contrast about a middle grey, together with the gains: one factor and one offset.
    pixels *= light
    pixels *= colour(gains * contrast)
    pixels += column(0.45 * (1 - contrast))
    if blur.any():
        for step in _steps(picture.side):
            _soften(pixels, step, blur)
    if grey.any():
        luminance = (pixels[0] * 0.299).add_(pixels[1] * 0.587).add_(pixels[2] * 0.114)
        pixels += (luminance - pixels).mul_(column(grey))
    pixels += _grain(grain, picture.side).mul_(column(noise))
    stored = pixels.mul_(255).add_(0.5).clamp_(0, 255).to(torch.uint8)
    return stored.permute(3, 0, 1, 2).contiguous()


def _steps(side: int) -> list[int]:
    """Distances of the neighbours that blur mixes in, so that large pictures are as soft as small ones.

    Mixing in neighbours at a distance adds its square to the variance of the blur.
    """
    steps: list[int] = []
    missing = (side / 32) ** 2
    while missing >= 0.5 or not steps:
        steps.append(max(1, min(len(steps) + 1, int((1.5 * missing) ** 0.5))))
        missing -= steps[-1] ** 2
    return steps


def _soften(pixels: Tensor, step: int, blur: Numbers) -> None:
    """Mixes every pixel with its neighbours in the ratio 1 : 2 : 1, first along rows, then along columns."""
    share = column(blur)
    for axis in (1, 2):
        n = pixels.shape[axis]
        last = pixels.narrow(axis, n - 1, 1)
        first = pixels.narrow(axis, 0, 1)
        padded = torch.cat([*[first] * step, pixels, *[last] * step], dim=axis)
        mixed = (padded.narrow(axis, 0, n) + padded.narrow(axis, 2 * step, n)).mul_(0.5).sub_(pixels).mul_(0.5)
        pixels += mixed.mul_(share)


def _grain(grain: UInt64[np.ndarray, " pictures"], side: int) -> Tensor:
    """Noise of variance 1 for every colour of every pixel."""
    places = np.arange(side * side, dtype=np.uint64)[:, None]
    parts = random_bits(grain, places).view(np.uint8).reshape(side, side, len(grain), 8)
    octets = torch.from_numpy(parts).permute(3, 0, 1, 2)
    # A byte has variance (256² - 1) / 12, and each colour adds up two of them.
    total = octets[0:3].to(torch.float32).add_(octets[3:6])
    return total.sub_(255).mul_(0.0095679)
