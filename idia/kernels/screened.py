"""The same answer in less time: float32 settles what it certainly can, float64 the rest."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from idia.kernels import reference
from idia.parallel import in_order

_SLICE = 1 << 18  # similarities held at once: 1 MiB of float32, which stays in the cache of a core
_SLICES_PER_TURN = 8  # what a core does before it is asked again
_ROUNDING = 2.0**-24  # relative error of one float32 operation


def is_applicable(images: Tensor, texts: Tensor) -> bool:
    """Whether float32 products of these embeddings obey the bound: not where they may be rounded to fewer bits."""
    return (
        images.device.type == texts.device.type == "cpu"
        and texts.shape[1] > 1
        and torch.get_float32_matmul_precision() == "highest"
    )


def cosine_argmax(
    images: Float[Tensor, "photos dim"], texts: Float[Tensor, "prompts names dim"]
) -> tuple[Int[Tensor, "photos prompts"], Float[Tensor, "photos prompts"], int]:
    """Returns the chosen indices, their similarities and the number of near ties, as `reference.cosine_argmax` does.

    Where the two largest float32 similarities lie further apart than both can be wrong, and than a near tie, the larger
    one is the answer; all names of the other photos are compared again in float64. A dot product of length n, added up
    in any order, is off by at most nu / (1 - nu) times the product of the lengths of the two vectors, where u is the
    rounding of one operation.

    Source:
        Higham, "Accuracy and Stability of Numerical Algorithms", 2nd edition (2002), section 3.1.
    """
    n_photos, dim = images.shape
    indices = torch.empty((n_photos, len(texts)), dtype=torch.int64)
    similarities = torch.empty((n_photos, len(texts)), dtype=torch.float64)
    exact_images, quick_images = images.double(), images.float()
    lengths = exact_images.norm(dim=1)
    # Two roundings more: those of the embeddings themselves, where they come in float64.
    rounding = (dim + 2) * _ROUNDING
    relative = rounding / (1 - rounding) if rounding < 1 else torch.inf
    n_near_ties = 0
    for prompt, names in enumerate(texts):
        exact_names = names.double()
        chosen, apart = _screened(quick_images, names.float().T.contiguous())
        indices[:, prompt] = chosen
        similarities[:, prompt] = (exact_images * exact_names[chosen]).sum(dim=1)
        # Besides rounding, what float32 cannot hold at all: products below its smallest number.
        error = relative * lengths * exact_names.norm(dim=1).max() + dim * torch.finfo(torch.float32).tiny
        # Written so that what is not a number is uncertain.
        uncertain = (~(apart > 2 * error + 2 * reference.NEAR_TIE)).nonzero()[:, 0]
        if len(uncertain):
            again, exact, near_ties = reference.cosine_argmax(images[uncertain], names[None])
            indices[uncertain, prompt] = again[:, 0]
            similarities[uncertain, prompt] = exact[:, 0]
            n_near_ties += near_ties
    return indices, similarities, n_near_ties


def _screened(
    images: Float[Tensor, "photos dim"], names: Float[Tensor, "dim names"]
) -> tuple[Int[Tensor, " photos"], Float[Tensor, " photos"]]:
    """The best name of each photo in float32, and how far it is ahead of the second."""
    rows = max(1, _SLICE // names.shape[1])
    turn = rows * _SLICES_PER_TURN
    chosen = torch.empty(len(images), dtype=torch.int64)
    apart = torch.empty(len(images), dtype=torch.float64)

    def compare(first: int) -> None:
        for start in range(first, min(first + turn, len(images)), rows):
            part = slice(start, min(start + rows, first + turn))
            best = (images[part] @ names).topk(2, dim=1)
            apart[part] = best.values[:, 0].double() - best.values[:, 1].double()
            chosen[part] = best.indices[:, 0]

    with in_order(compare, range(0, len(images), turn), torch.get_num_threads()) as done:
        for _ in done:
            pass
    return chosen, apart
