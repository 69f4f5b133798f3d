"""From pixels as a network takes them back to colours."""

import torch
from jaxtyping import Float32
from torch import Tensor


def coloured(
    pixels: Float32[Tensor, "pictures 3 height width"], transform: object
) -> Float32[Tensor, "pictures 3 height width"]:
    """Returns what pixels look like: colours cut off to [0, 1] `[pictures, 3, height, width]`.

    Args:
        pixels: As the transform makes them, or anything of their shape.
        transform: From a picture to pixels. The last of its steps (`transforms`, as torchvision composes them) that
            has a `mean` and a `std` is undone; without any, pixels are taken for colours.
    """
    for step in reversed(getattr(transform, "transforms", ())):
        mean, std = getattr(step, "mean", None), getattr(step, "std", None)
        if mean is not None and std is not None:
            pixels = pixels * _per_channel(std) + _per_channel(mean)
            break
    return pixels.clamp(0, 1)


def _per_channel(values: object) -> Tensor:
    return torch.as_tensor(values, dtype=torch.float32).reshape(-1, 1, 1)
