"""What of an image is free while it is optimised: all of its pixels, or a few parameters."""

import math
from functools import lru_cache
from typing import Literal

import torch
from jaxtyping import Float32, Int64
from torch import Tensor

ImageKind = Literal["low-rank", "pixels"]

_LOW = 3 / 8  # of the cosines of each direction, those that vary slowest


def free_images(kind: ImageKind, origin: Float32[Tensor, "images 3 height width"]) -> "FreePixels":
    """Returns images of which some values are free.

    Args:
        kind: Which values.
        origin: The pixels that images have where these are zero.
    """
    return LowRank(origin) if kind == "low-rank" else FreePixels(origin)


class FreePixels:
    """Images of which every value of every pixel is free.

    Args:
        origin: The pixels that images have where free values are zero.
    """

    def __init__(self, origin: Float32[Tensor, "images 3 height width"]) -> None:
        self._origin = origin

    def zeros(self) -> Float32[Tensor, "images 3 rows columns"]:
        """Returns free values of all images, each 0."""
        return torch.zeros_like(self._origin)

    def pixels(
        self, values: Float32[Tensor, "images 3 rows columns"], which: Int64[Tensor, " images"]
    ) -> Float32[Tensor, "images 3 height width"]:
        """Returns the pixels of some images.

        Args:
            values: Their free values.
            which: Which images they are.
        """
        return self._origin[which] + self._added(values)

    def _added(self, values: Tensor) -> Tensor:
        return values


class LowRank(FreePixels):
    """Images to which a sum of slow cosines is added; they are orthonormal, so a step is as long as one of pixels.

    Args:
        origin: The pixels that images have where free values are zero.
    """

    def __init__(self, origin: Float32[Tensor, "images 3 height width"]) -> None:
        super().__init__(origin)
        self._down, self._across = (_cosines(side).to(origin.device) for side in origin.shape[-2:])

    def zeros(self) -> Float32[Tensor, "images 3 rows columns"]:
        """Returns free values of all images, each 0."""
        n_images, n_channels = self._origin.shape[:2]
        return self._origin.new_zeros(n_images, n_channels, len(self._down), len(self._across))

    def _added(self, values: Tensor) -> Tensor:
        return self._down.T @ values @ self._across


@lru_cache
def _cosines(side: int) -> Float32[Tensor, "free side"]:
    """The slowest functions of the discrete cosine transform (II), orthonormal."""
    places, frequencies = torch.arange(side) + 0.5, torch.arange(max(1, round(_LOW * side)))[:, None]
    waves = torch.cos(math.pi / side * frequencies * places)
    orthonormal: Float32[Tensor, "free side"] = waves / torch.linalg.vector_norm(waves, dim=1, keepdim=True)
    return orthonormal
