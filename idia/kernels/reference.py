"""The definition of the answer, in float64: slow, obvious, and what every other backend must equal."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from idia.kernels.standing import NEAR_TIE, Standing, Ties, standing_of

_SLICE = 1 << 22  # similarities held at once: 32 MiB of float64
_PAIRS = 1 << 20  # numbers compared once more at once


def compare(images: Float[Tensor, "photos dim"], texts: Float[Tensor, "prompts names dim"]) -> Standing:
    """Returns the best names, as `idia.kernels.cosine_argmax` defines them.

    The last bits of a product of matrices depend on their shapes. So whatever comes near the maximum is compared again,
    each pair by itself: in which company a name is compared changes nothing.
    """
    n_photos, n_prompts, n_names = len(images), texts.shape[0], texts.shape[1]
    rows: list[np.ndarray] = []
    names: list[np.ndarray] = []
    similarities: list[np.ndarray] = []
    n_at_once = max(1, _SLICE // n_names)
    exact_images = images.double()
    # What the products of matrices may be wrong by, and as much again for the pairs.
    rounding = 2.0**-50 * max(images.shape[1], 1)
    for prompt in range(n_prompts):
        exact_names = texts[prompt].double()
        lengths = exact_images.norm(dim=1) * exact_names.norm(dim=1).max()
        for start in range(0, n_photos, n_at_once):
            part = slice(start, min(start + n_at_once, n_photos))
            scores = exact_images[part] @ exact_names.T
            floor = scores.amax(dim=1) - NEAR_TIE - rounding * lengths[part]
            photo, name = (scores >= floor[:, None]).nonzero(as_tuple=True)
            rows.append(((photo + start) * n_prompts + prompt).cpu().numpy())
            names.append(name.cpu().numpy())
            similarities.append(_similarities(exact_images, exact_names, photo + start, name))
    candidates = Ties(
        *(
            np.concatenate([*parts, np.empty(0, kind)])
            for parts, kind in ((rows, np.int64), (names, np.int64), (similarities, np.float64))
        )
    )
    made = standing_of(candidates, n_photos, n_prompts)
    return replace(made, n_compared=n_photos * n_prompts, n_rescored=n_photos * n_prompts)


def _similarities(images: Tensor, names: Tensor, photo: Tensor, name: Tensor) -> np.ndarray:
    n_at_once = max(1, _PAIRS // max(images.shape[1], 1))
    parts = [
        (images[photo[start : start + n_at_once]] * names[name[start : start + n_at_once]]).sum(dim=1)
        for start in range(0, len(photo), n_at_once)
    ]
    together = torch.cat(parts) if parts else torch.empty(0, dtype=torch.float64)
    exact: np.ndarray = together.cpu().numpy()
    return exact
