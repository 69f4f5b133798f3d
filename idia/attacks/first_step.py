"""The first step of an optimisation, which starts from the same pictures for every text."""

import threading
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float32
from torch import Tensor

from idia.attacks.free_images import ImageKind, free_images
from idia.models import DifferentiableModel
from idia.models.devices import device_of

_MOST_BYTES = 256 << 20  # of derivatives that are held


@final
@dataclass(frozen=True, eq=False, slots=True)
class FirstStep:
    """Embeddings of the starts, and how they change with each free value.

    The gradient of any text's cosine is a sum of these derivatives. So the first step takes one pass back for each
    dimension of an embedding, instead of one for each text.

    Attributes:
        embeddings: Of the starts, not normalised `[restarts, dim]`.
        derivatives: With respect to their free values `[restarts, dim, values]`.
    """

    embeddings: Float32[Tensor, "restarts dim"]
    derivatives: Float32[Tensor, "restarts dim values"]

    @classmethod
    def of(
        cls, model: DifferentiableModel, starts: Float32[Tensor, "restarts 3 height width"], kind: ImageKind
    ) -> "FirstStep":
        """Returns what the first step of all texts has in common.

        Args:
            model: Whose image tower is used.
            starts: Pixels where optimisation begins.
            kind: What of an image is free.
        """
        image = free_images(kind, starts.to(device_of(model)))
        values = image.zeros().requires_grad_()
        embeddings = model.encode_pixels(image.pixels(values, torch.arange(len(starts), device=values.device)))
        derivatives = [
            torch.autograd.grad(embeddings[:, dim].sum(), values, retain_graph=True)[0].flatten(1)
            for dim in range(embeddings.shape[1])
        ]
        return cls(embeddings.detach(), torch.stack(derivatives, dim=1))

    def towards(
        self, targets: Float32[Tensor, "texts restarts dim"]
    ) -> tuple[Float32[Tensor, "texts restarts"], Float32[Tensor, "texts restarts values"]]:
        """Returns the cosines of the starts with texts, and the gradients of the negative cosines.

        Args:
            targets: Embeddings of the texts, of unit norm.
        """
        norms = torch.linalg.vector_norm(self.embeddings, dim=1, keepdim=True)
        directions = self.embeddings / norms
        cosines = (targets * directions).sum(dim=-1)
        with_embedding = (targets - cosines[..., None] * directions) / norms
        return cosines, -torch.einsum("trd,rdv->trv", with_embedding, self.derivatives)


@final
class SharedFirstStep:
    """The first step of many texts, computed when the first of them needs it.

    Args:
        model: Whose image tower is used.
        starts: Pixels where optimisation begins.
        kind: What of an image is free.
    """

    def __init__(
        self, model: DifferentiableModel, starts: Float32[Tensor, "restarts 3 height width"], kind: ImageKind
    ) -> None:
        self._model, self._starts, self._kind = model, starts, kind
        self._lock = threading.Lock()
        self._step: FirstStep | None = None

    def __call__(self) -> FirstStep:
        """Returns it; free to be called from several threads."""
        with self._lock:
            if self._step is None:
                self._step = FirstStep.of(self._model, self._starts, self._kind)
            return self._step

    def is_worthwhile(self, n_texts: int) -> bool:
        """Returns whether it takes less than a first step for each text, and not too much memory.

        Args:
            n_texts: How many texts there are.
        """
        dim, values = self._model.info.embedding_dim, free_images(self._kind, self._starts).zeros()
        return n_texts > 2 * dim and values.numel() * dim * values.element_size() <= _MOST_BYTES
