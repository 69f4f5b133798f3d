"""`cosine_argmax`: which name does the model choose for a photo, prompt by prompt?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from idia.errors import SettingError, ShapeError
from idia.kernels import reference, screened

Array = np.ndarray | Tensor
"""Embeddings and answers: answers are of the kind (torch or numpy) of the photos' embeddings."""


@dataclass(frozen=True, slots=True)
class BestNames:
    """The name chosen for every photo and prompt.

    Attributes:
        indices: Index of the chosen name `[photos, prompts]`, int64.
        similarities: Its float64 similarity `[photos, prompts]`.
        near_tie_rate: Fraction of (photo, prompt) pairs in which another name comes within 1e-6 of the chosen one, so
            that float32 arithmetic could have chosen differently.
    """

    indices: Int[Array, "photos prompts"]
    similarities: Float[Array, "photos prompts"]
    near_tie_rate: float


def cosine_argmax(
    images: Float[Array, "photos dim"],
    texts: Float[Array, "prompts names dim"],
    *,
    impl: Literal["auto", "reference", "screened"] = "auto",
) -> BestNames:
    """Returns the name most similar to each photo, for each prompt.

    Computes `similarities = images.double() @ texts.double().mT` and takes the lowest index whose similarity is within
    1e-12 of the maximum, without ever holding more than a slice of the similarities. (The order in which a machine adds
    up a float64 dot product changes its last bits; ties must not depend on it.)

    Args:
        images: Unit-norm image embeddings `[photos, dim]`; taken as given, never re-normalised.
        texts: Unit-norm text embeddings `[prompts, names, dim]`, on the same device.
        impl: The backend; `auto` chooses one, and every backend gives the same answer: `reference` computes everything
            in float64, `screened` only what float32 cannot settle.

    Raises:
        ShapeError: The shapes do not fit, or an embedding is not finite.
        SettingError: There is no backend of that name, or it cannot be used here.

    >>> best = cosine_argmax(np.eye(2), np.array([[[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]]))
    >>> best.indices.tolist()
    [[0], [1]]
    """
    if impl not in ("auto", "reference", "screened"):
        raise SettingError(f"impl must be 'auto', 'reference' or 'screened', got {impl!r}.")
    photos = _floating(images, "images")
    prompts = _floating(texts, "texts")
    if photos.ndim != 2:
        raise ShapeError(f"images must have shape (photos, dim), got {tuple(photos.shape)}.")
    dim = photos.shape[1]
    if prompts.ndim != 3 or prompts.shape[2] != dim:
        hint = " Add a prompt axis: texts[None]." if tuple(prompts.shape[1:]) == (dim,) else ""
        raise ShapeError(f"texts must have shape (prompts, names, {dim}), got {tuple(prompts.shape)}.{hint}")
    if prompts.shape[1] == 0:
        raise ShapeError("texts must hold at least one name, got none.")
    if impl == "screened" and not screened.is_applicable(photos, prompts):
        raise SettingError(
            "impl 'screened' needs at least two names, embeddings on the CPU and float32 products of full precision "
            "(torch.set_float32_matmul_precision('highest')). Use 'auto' or 'reference'."
        )
    if not (bool(torch.isfinite(photos).all()) and bool(torch.isfinite(prompts).all())):
        raise ShapeError("images and texts must be finite, got NaN or infinity. Check the model's embeddings.")

    is_quick = impl == "screened" or (impl == "auto" and screened.is_applicable(photos, prompts))
    backend = screened if is_quick else reference
    indices, similarities, n_near_ties = backend.cosine_argmax(photos, prompts)
    near_tie_rate = n_near_ties / max(indices.numel(), 1)
    if isinstance(images, Tensor):
        return BestNames(indices, similarities, near_tie_rate)
    return BestNames(indices.numpy(), similarities.numpy(), near_tie_rate)


def _floating(array: Array, name: str) -> Tensor:
    if isinstance(array, Tensor):
        tensor = array.detach()
    else:
        if array.dtype.kind != "f" or array.dtype.itemsize > 8:
            raise ShapeError(f"{name} must hold float16, float32 or float64 embeddings, got {array.dtype}.")
        # torch shares memory only with arrays in the machine's byte order that may be written to.
        native = array.dtype.newbyteorder("=")
        tensor = torch.from_numpy(np.require(array, dtype=native, requirements=["C", "W"]))
    if not tensor.is_floating_point():
        raise ShapeError(f"{name} must hold floating-point embeddings, got {tensor.dtype}.")
    return tensor
