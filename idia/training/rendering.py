"""Stored pictures to model input: plain, or changed at random so that no picture is seen twice."""

import numpy as np
import torch
from jaxtyping import Float32, Float64, UInt8
from torch import Tensor
from torch.nn import functional

from idia.training.recipe import IMAGE_MEAN, IMAGE_SIDE, IMAGE_STD, Augmentation

N_FRACTIONS = 16  # random numbers that one changed picture takes


def render(
    pixels: UInt8[Tensor, "batch 3 stored stored"], margin: float, *, side: int = IMAGE_SIDE
) -> Float32[Tensor, "batch 3 side side"]:
    """Returns the face cuts as the model sees them in an attack: unchanged but for size.

    Args:
        pixels: Stored squares.
        margin: Side of the stored square over that of the face cut.
        side: Pixels a side that the model sees.
    """
    view = torch.eye(2, 3).repeat(len(pixels), 1, 1) / margin
    return _normalised(_sampled(pixels, view, side))


def render_changed(
    pixels: UInt8[Tensor, "batch 3 stored stored"],
    margin: float,
    fractions: Float64[np.ndarray, "batch 16"],
    how: Augmentation,
    *,
    side: int = IMAGE_SIDE,
) -> Float32[Tensor, "batch 3 side side"]:
    """Returns the face cuts mirrored, moved, turned, recoloured and partly covered.

    Args:
        pixels: Stored squares.
        margin: Side of the stored square over that of the face cut.
        fractions: Random numbers in [0, 1); a picture's changes depend on its own row alone.
        how: How far to go.
        side: Pixels a side that the model sees.
    """
    u = torch.from_numpy(fractions).float()
    symmetric = 2 * u - 1
    angle = symmetric[:, 0] * how.rotation
    zoom = (1 + symmetric[:, 1] * how.scale) / margin
    mirror = torch.where(u[:, 2] < how.flip, -1.0, 1.0)
    cosine, sine = zoom * angle.cos(), zoom * angle.sin()
    shift = symmetric[:, 3:5] * how.shift / margin
    view = torch.stack(
        [
            torch.stack([mirror * cosine, -sine, shift[:, 0]], dim=1),
            torch.stack([mirror * sine, cosine, shift[:, 1]], dim=1),
        ],
        dim=1,
    )
    images = _sampled(pixels, view, side)
    images = _recoloured(images, u, symmetric, how)
    return _covered(_normalised(images), u, how)


def _sampled(pixels: UInt8[Tensor, "batch 3 stored stored"], view: Float32[Tensor, "batch 2 3"], side: int) -> Tensor:
    """Samples at full size, then resizes with a filter that lets no pattern alias."""
    grid = functional.affine_grid(view, list(pixels.shape), align_corners=False)
    images = functional.grid_sample(
        pixels.float() / 255, grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )
    if images.shape[-1] != side:
        images = functional.interpolate(images, size=side, mode="bicubic", antialias=True, align_corners=False)
    return images.clamp(0, 1)


def _recoloured(images: Tensor, u: Tensor, symmetric: Tensor, how: Augmentation) -> Tensor:
    gain = (1 + symmetric[:, 5] * how.brightness)[:, None] * (1 + symmetric[:, 6:9] * how.colour)
    images = images * gain[:, :, None, None]
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    images = mean + (images - mean) * (1 + symmetric[:, 9] * how.contrast)[:, None, None, None]
    loses_colour = (u[:, 10] < how.grey)[:, None, None, None]
    return torch.where(loses_colour, images.mean(dim=1, keepdim=True), images).clamp(0, 1)


def _covered(images: Tensor, u: Tensor, how: Augmentation) -> Tensor:
    least, greatest = how.cut_out_side
    side = least + u[:, 11] * (greatest - least)
    centre = u[:, 12:14] * images.shape[-1]
    along = torch.arange(images.shape[-1]) + 0.5
    inside_x = (along - centre[:, :1]).abs() < side[:, None] / 2
    inside_y = (along - centre[:, 1:]).abs() < side[:, None] / 2
    square = (inside_y[:, :, None] & inside_x[:, None, :]) & (u[:, 14] < how.cut_out)[:, None, None]
    return images.masked_fill(square[:, None], 0.0)


def _normalised(images: Tensor) -> Tensor:
    return (images - IMAGE_MEAN) / IMAGE_STD
