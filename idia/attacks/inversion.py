"""Optimising images towards the embedding of a text, through the image tower of the model under attack."""

import math
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float32, Float64, Int64
from torch import Tensor
from torch.nn.functional import cosine_similarity

from idia.attacks.first_step import FirstStep
from idia.attacks.free_images import ImageKind, free_images
from idia.errors import ModelError, SettingError
from idia.models import DifferentiableModel
from idia.models.devices import device_of


@final
@dataclass(frozen=True, slots=True)
class Inversion:
    """How images are optimised: by plain gradient descent on the negative cosine, as in TUNI's release.

    What decides how far an image gets is the length of its path, steps times learning rate: small steps follow the same
    gradient flow in more detail. The release's 2,000 steps of 0.02 have a length of 40, and so has the cheap setting.

    Attributes:
        image: What is optimised: every value of every pixel; or, added to the start, a `low-rank` picture, of which
            three eighths of the cosines in each direction, the slowest, are free: a seventh as many parameters.
        n_restarts: How often a text's optimisation starts anew, each time from another picture.
        n_steps: Gradient steps of each.
        learning_rate: By how much a step follows the gradient, in units of the model's normalised pixels.
        has_one_start: Whether all restarts begin at the same picture. They then repeat each other: the dispersion
            is that of rounding errors, a defect of the release.
        tolerance: An image is given up once its cosine has risen by less than this during `patience` steps; 0: never.
        patience: How many steps that takes.
    """

    image: ImageKind
    n_restarts: int
    n_steps: int
    learning_rate: float
    has_one_start: bool = False
    tolerance: float = 0.0
    patience: int = 50

    def __post_init__(self) -> None:
        if self.n_restarts < 2 or self.n_steps < 1 or self.patience < 1:
            raise SettingError(
                "optimising an image takes 2 or more restarts, without which nothing can be dispersed, and 1 or more "
                f"steps and steps of patience; got {self.n_restarts}, {self.n_steps} and {self.patience}."
            )
        if not (self.learning_rate > 0 and math.isfinite(self.learning_rate) and 0 <= self.tolerance < 1):
            raise SettingError(
                "expected a learning rate above 0 and a tolerance in [0, 1), got "
                f"{self.learning_rate} and {self.tolerance}."
            )

    @property
    def n_starts(self) -> int:
        """How many pictures are needed to start from."""
        return 1 if self.has_one_start else self.n_restarts


@final
@dataclass(frozen=True, eq=False, slots=True)
class Inverted:
    """What became of the images.

    Attributes:
        cosines: Between the last image of each restart and its text `[texts, restarts]`.
        embeddings: Of the last images, as the tower gives them, not normalised `[texts, restarts, dim]`.
        pixels: The last images `[texts, restarts, 3, height, width]`.
        n_steps: Gradient steps that were taken for each text, over all restarts `[texts]`.
    """

    cosines: Float64[Tensor, "texts restarts"]
    embeddings: Float64[Tensor, "texts restarts dim"]
    pixels: Float32[Tensor, "texts restarts 3 height width"]
    n_steps: Int64[Tensor, " texts"]

    @property
    def similarity(self) -> Float64[Tensor, " texts"]:
        """The mean cosine over restarts `[texts]`."""
        return self.cosines.mean(dim=1)

    @property
    def dispersion(self) -> Float64[Tensor, " texts"]:
        """The mean Euclidean distance of the last embeddings from their mean `[texts]`."""
        from_mean = self.embeddings - self.embeddings.mean(dim=1, keepdim=True)
        dispersion: Float64[Tensor, " texts"] = torch.linalg.vector_norm(from_mean, dim=-1).mean(dim=1)
        return dispersion


def inverted(
    model: DifferentiableModel,
    targets: Float32[Tensor, "texts dim"],
    starts: Float32[Tensor, "restarts 3 height width"],
    how: Inversion,
    first: FirstStep | None = None,
    *,
    at_once: int = 64,
) -> Inverted:
    """Returns images optimised towards texts: every text from every start.

    Args:
        model: Whose image tower is used.
        targets: Embeddings of the texts.
        starts: Pixels where optimisation begins, one picture per restart.
        how: How it goes on.
        first: What the first step of all texts has in common, where it is known: computed once for many texts.
        at_once: How many images pass through the tower together.

    Raises:
        SettingError: There are not as many different starts as restarts.
        ModelError: The optimisation leaves the finite numbers.
    """
    begin = _starts(starts, how)
    n_texts, n_restarts = len(targets), how.n_restarts
    device = device_of(model)
    goals = targets.to(device).repeat_interleave(n_restarts, dim=0)
    origin = begin.to(device).repeat(n_texts, 1, 1, 1)
    image = free_images(how.image, origin)
    values = image.zeros()
    n_steps = torch.zeros(n_texts * n_restarts, dtype=torch.int64)
    active = torch.arange(n_texts * n_restarts, device=device)
    best = torch.full((n_texts * n_restarts,), -math.inf, device=device)

    def slope(which: Int64[Tensor, " images"]) -> tuple[Tensor, Tensor]:
        free = values[which].requires_grad_()
        cosines = cosine_similarity(model.encode_pixels(image.pixels(free, which)), goals[which])
        (gradient,) = torch.autograd.grad(-cosines.sum(), free)
        return cosines.detach(), gradient

    for step in range(how.n_steps):
        if first is not None and step == 0:
            cosines, gradient = first.towards(goals.view(n_texts, n_restarts, -1))
            cosines, gradient = cosines.flatten(), gradient.reshape(values.shape)
        else:
            slopes = [slope(which) for which in torch.split(active, at_once)]
            cosines, gradient = (torch.cat(each) for each in zip(*slopes, strict=True))
        _check_finite(cosines, gradient, step, how)
        values[active] -= how.learning_rate * gradient
        n_steps[active.cpu()] += 1
        if how.tolerance and (step + 1) % how.patience == 0:
            risen = cosines - best[active] >= how.tolerance
            best[active] = cosines
            active = active[risen]
            if not len(active):
                break
    with torch.no_grad():
        pixels = image.pixels(values, torch.arange(len(values), device=device))
        embeddings = torch.cat([model.encode_pixels(some) for some in torch.split(pixels, at_once)])
        cosines = cosine_similarity(embeddings, goals)
    _check_finite(cosines, embeddings, how.n_steps, how)
    return Inverted(
        cosines.cpu().double().view(n_texts, n_restarts),
        embeddings.cpu().double().view(n_texts, n_restarts, -1),
        pixels.cpu().view(n_texts, n_restarts, *starts.shape[1:]),
        n_steps.view(n_texts, n_restarts).sum(dim=1),
    )


def _starts(
    starts: Float32[Tensor, "restarts 3 height width"], how: Inversion
) -> Float32[Tensor, "restarts 3 height width"]:
    if how.has_one_start:
        return starts[:1].repeat(how.n_restarts, 1, 1, 1)
    chosen = starts[: how.n_restarts]
    different = len({start.numpy().tobytes() for start in chosen})
    if different < how.n_restarts:
        raise SettingError(
            f"{how.n_restarts} restarts need as many different pictures to start from, got {len(starts)}, of which "
            f"{different} differ. From equal ones, all restarts end alike."
        )
    return chosen


def _check_finite(cosines: Tensor, others: Tensor, step: int, how: Inversion) -> None:
    if not (cosines.isfinite().all() and others.isfinite().all()):
        raise ModelError(
            f"optimising an image left the finite numbers at step {step + 1} of {how.n_steps}, with a learning rate of "
            f"{how.learning_rate:g}. Lower it, or run the model in fp32; what was finished before is kept."
        )
