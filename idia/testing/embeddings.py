"""Simulated embeddings with the geometry of a trained CLIP."""

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float32, Float64
from torch import Tensor

from idia.errors import SettingError

TEXT_COSINE = 0.75
"""Mean cosine of two texts."""

IMAGE_COSINE = 0.59
"""Mean cosine of two photos."""

MEAN_COSINE = 0.19
"""Mean cosine of a photo and a text."""

ROW_DEVIATION = 0.032
"""Deviation of one photo's cosines over names; the best of a thousand then stands at about 0.29."""

_CONCENTRATION = (ROW_DEVIATION**2) / ((1 - TEXT_COSINE) * (1 - IMAGE_COSINE))  # sum of squared shares of variance
_SMALLEST_DIM = 128  # in fewer dimensions not even equal shares are so small


def clip_like_embeddings(
    n_photos: int, n_prompts: int, n_names: int, dim: int, *, seed: int = 0
) -> tuple[Float32[Tensor, "photos dim"], Float32[Tensor, "prompts names dim"]]:
    """Returns unit-norm embeddings that lie to each other as those of a trained CLIP do.

    Photos scatter around one direction and texts around another, in a cone each; what tells them apart is spread
    unevenly over the dimensions, more of it over few. All seeds share these directions, so that names of another seed
    are further candidates for the same photos.

    Args:
        n_photos: How many photos.
        n_prompts: How many prompt templates.
        n_names: How many candidate names.
        dim: Length of an embedding, at least 128.
        seed: Decides on the scatter.

    Raises:
        SettingError: The dimension is too small for such a geometry.

    >>> images, texts = clip_like_embeddings(2, 3, 4, dim=128)
    >>> images.shape, texts.shape
    (torch.Size([2, 128]), torch.Size([3, 4, 128]))
    """
    rng = np.random.default_rng(seed)

    def noise(n_rows: int, n_columns: int) -> Float32[Tensor, "rows columns"]:
        return torch.from_numpy(rng.standard_normal((n_rows, n_columns), dtype=np.float32))

    return _made(n_photos, n_prompts, n_names, dim, noise, torch.device("cpu"))


def clip_like_embeddings_on(
    device: torch.device, n_photos: int, n_prompts: int, n_names: int, dim: int, *, seed: int = 0
) -> tuple[Float32[Tensor, "photos dim"], Float32[Tensor, "prompts names dim"]]:
    """Returns embeddings like those of `clip_like_embeddings`, but other ones, drawn on a device and left there.

    They depend on the kind of device. Arguments, answer and errors are otherwise those of `clip_like_embeddings`.
    """
    generator = torch.Generator(device).manual_seed(seed)

    def noise(n_rows: int, n_columns: int) -> Float32[Tensor, "rows columns"]:
        return torch.randn((n_rows, n_columns), generator=generator, device=device)

    return _made(n_photos, n_prompts, n_names, dim, noise, device)


_Noise: TypeAlias = Callable[[int, int], Float32[Tensor, "rows columns"]]


def _made(
    n_photos: int, n_prompts: int, n_names: int, dim: int, noise: _Noise, device: torch.device
) -> tuple[Float32[Tensor, "photos dim"], Float32[Tensor, "prompts names dim"]]:
    if dim < _SMALLEST_DIM:
        raise SettingError(f"CLIP-like embeddings need at least {_SMALLEST_DIM} dimensions, got {dim}.")
    image_centre, text_centre, spread = (tensor.to(device) for tensor in _geometry(dim))
    images = _around(image_centre, IMAGE_COSINE, spread, noise(n_photos, len(spread)))
    texts = _around(text_centre, TEXT_COSINE, spread, noise(n_prompts * n_names, len(spread)))
    return images, texts.reshape(n_prompts, n_names, dim)


def _around(
    centre: Float32[Tensor, " dim"],
    cosine: float,
    spread: Float32[Tensor, "directions dim"],
    noise: Float32[Tensor, "embeddings directions"],
) -> Float32[Tensor, "embeddings dim"]:
    """Unit vectors whose mean cosine to each other is `cosine`."""
    scattered = noise @ spread
    scattered *= (1 - cosine) ** 0.5
    scattered += cosine**0.5 * centre
    scattered /= scattered.norm(dim=1, keepdim=True)
    return scattered


@cache
def _geometry(dim: int) -> tuple[Float32[Tensor, " dim"], Float32[Tensor, " dim"], Float32[Tensor, "directions dim"]]:
    """The centres of photos and of texts, and what turns independent noise into scatter of length 1."""
    rng = np.random.default_rng(dim)
    directions, _ = np.linalg.qr(rng.standard_normal((dim, dim)))
    first, second, scatter = directions[0], directions[1], directions[2:]
    between = MEAN_COSINE / (TEXT_COSINE * IMAGE_COSINE) ** 0.5
    centres = first, between * first + (1 - between**2) ** 0.5 * second
    # Random directions: no coordinate means more than another.
    spread = _shares(len(scatter))[:, None] ** 0.5 * scatter
    image_centre, text_centre, spread = (torch.from_numpy(array).float() for array in (*centres, spread))
    return image_centre, text_centre, spread


def _shares(n_directions: int) -> Float64[np.ndarray, " directions"]:
    """How much of the variance each direction has: a power law, as uneven as the deviation over names wants it."""
    number = np.arange(1, n_directions + 1, dtype=np.float64)

    def with_exponent(exponent: float) -> Float64[np.ndarray, " directions"]:
        power = number**-exponent
        shares: Float64[np.ndarray, " directions"] = power / power.sum()
        return shares

    flat, steep = 0.0, 2.0
    for _ in range(60):
        middle = (flat + steep) / 2
        flat, steep = (middle, steep) if (with_exponent(middle) ** 2).sum() < _CONCENTRATION else (flat, middle)
    return with_exponent(flat)
