"""What models must return, checked: anybody may write one."""

from typing import final

import torch
from jaxtyping import Float32
from torch import Tensor

from idia.errors import ModelError
from idia.models.protocol import ModelInfo

_NORM_TOLERANCE = 1e-3


@final
class NoDirectionError(ModelError):
    """A model gives something an embedding that is zero, infinite or not a number.

    Attributes:
        model: What the model is called.
        what: What it was given, in words.
        position: Which of those that it was given, from 0.
    """

    def __init__(self, model: str, what: str, position: int) -> None:
        super().__init__(model, what, position)
        self.model = model
        self.what = what
        self.position = position

    def __str__(self) -> str:
        return (
            f"{self.model!r} gives {self.what} an embedding without a direction (zero, infinite or not a number). Its "
            "weights are damaged or do not fit its architecture."
        )

    def of(self, what: str) -> "NoDirectionError":
        """Returns the same error in the words of somebody who knows better what was given."""
        return NoDirectionError(self.model, what, self.position)


def checked_embeddings(encoded: object, n: int, info: ModelInfo, kind: str) -> Float32[Tensor, "items dim"]:
    """Returns what a model returned, if it is what models must return, without its gradients.

    Args:
        encoded: What came.
        n: How many pictures or texts went in.
        info: Which model it was.
        kind: What went in, in words.

    Raises:
        ModelError: It is something else.
    """
    wanted = f"model {info.name!r} must return {kind} as unit-norm float32 [{n}, {info.embedding_dim}] on the CPU"
    if not isinstance(encoded, Tensor):
        raise ModelError(f"{wanted}, got a {type(encoded).__name__}. Return a torch.Tensor.")
    if encoded.dtype != torch.float32 or encoded.device.type != "cpu" or encoded.shape != (n, info.embedding_dim):
        came = f"{str(encoded.dtype).removeprefix('torch.')} {list(encoded.shape)} on {encoded.device}"
        raise ModelError(f"{wanted}, got {came}. Its info.embedding_dim and `.float().cpu()` may need care.")
    encoded = encoded.detach()
    norms = encoded.norm(dim=1)
    # Written so that not-a-number fails too.
    wrong = ~((norms - 1).abs() <= _NORM_TOLERANCE)
    if wrong.any():
        raise ModelError(
            f"{wanted}, but {int(wrong.sum())} of {n} have another norm, such as {norms[wrong][0]:.4g}. "
            "Divide each embedding by its norm."
        )
    return encoded
