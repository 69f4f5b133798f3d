"""The definition of the answer, in float64: slow, obvious, and what every other backend must equal."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

TIE = 1e-12
"""Similarities this close to the maximum count as tied."""

NEAR_TIE = 1e-6
"""Similarities this close to the maximum could change places in float32 arithmetic."""

_SLICE = 1 << 22  # similarities held at once: 32 MiB of float64


def cosine_argmax(
    images: Float[Tensor, "photos dim"], texts: Float[Tensor, "prompts names dim"]
) -> tuple[Int[Tensor, "photos prompts"], Float[Tensor, "photos prompts"], int]:
    """Returns the chosen indices, their similarities and the number of near ties."""
    n_photos, n_prompts, n_names = len(images), texts.shape[0], texts.shape[1]
    indices = torch.empty((n_photos, n_prompts), dtype=torch.int64, device=images.device)
    similarities = torch.empty((n_photos, n_prompts), dtype=torch.float64, device=images.device)
    n_near_ties = 0
    rows = max(1, _SLICE // n_names)
    exact_images = images.double()
    for prompt in range(n_prompts):
        names = texts[prompt].double().T
        for start in range(0, n_photos, rows):
            stop = min(start + rows, n_photos)
            scores = exact_images[start:stop] @ names
            best = scores.amax(dim=1, keepdim=True)
            # argmax over booleans cast to integers returns the first of the equal maxima.
            chosen = (scores >= best - TIE).to(torch.uint8).argmax(dim=1)
            n_near_ties += int(((scores >= best - NEAR_TIE).sum(dim=1) > 1).sum())
            indices[start:stop, prompt] = chosen
            similarities[start:stop, prompt] = scores.gather(1, chosen[:, None])[:, 0]
    return indices, similarities, n_near_ties
