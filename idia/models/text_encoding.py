"""How the text tower of a model is run: over trees of prompts where that changes nothing, else over whole contexts."""

from collections.abc import Callable
from typing import Any, Literal, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import normalize

from idia.models.text_tower import CausalTower

TOLERANCE = 2e-6
"""How far a number of a unit-norm embedding may be from what `encode_text` gives; rounding makes about 3e-7 of it."""

_WORDS = ("a photo of", "Ada", "Example", "and", "O'Brien-Sample", "at", "the", "4th", "gala", ",", "Zoë", "Ångström")

_How = Literal["tree", "cut", "whole"]


@final
class TextEncoder:
    """Runs a text tower.

    Args:
        network: The model.
        how: Beginnings that texts share run once (`tree`), each text cut behind its answer (`cut`), or with all its
            padding (`whole`), which is right for any tower.
        text_batch: Texts per pass. A tree has at most twice as many tokens as so many whole texts, and takes less
            memory even so.
    """

    def __init__(self, network: nn.Module, how: _How = "whole", *, text_batch: int = 256) -> None:
        self.how = how
        self._network: Any = network
        self._text_batch = text_batch
        self._tower = None if how == "whole" else CausalTower.of(network)

    @classmethod
    def fastest(
        cls, network: nn.Module, tokenizer: Callable[[list[str]], Int64[Tensor, "texts context"]], text_batch: int = 256
    ) -> "TextEncoder":
        """Returns the fastest way that this tower allows by its kind and that gives what `encode_text` gives.

        Args:
            network: The model, where it is going to run.
            tokenizer: Its tokenizer.
            text_batch: Texts per pass.
        """
        tower = CausalTower.of(network)
        whole = cls(network, text_batch=text_batch)
        if tower is None:
            return whole
        tokens = tokenizer([" ".join((_WORDS * 10)[: n * n // 3]) for n in range(16)])
        expected = whole(tokens)
        ways: tuple[_How, ...] = ("tree", "cut") if tower.has_plain_blocks else ("cut",)
        for how in ways:
            # Two by two: among all sixteen, the longest would leave nothing to cut.
            trial = cls(network, how, text_batch=2 if how == "cut" else text_batch)
            try:
                answers = trial(tokens)
            except RuntimeError:  # this device cannot; if it can do nothing at all, whole texts have said so above
                continue
            difference = (normalize(answers) - normalize(expected)).abs().max()
            if difference <= TOLERANCE:  # not so for not-a-number
                return cls(network, how, text_batch=text_batch)
        return whole

    def __call__(self, tokens: Int64[Tensor, "texts context"]) -> Float[Tensor, "texts dim"]:
        """Returns raw embeddings, where the network is.

        Args:
            tokens: Ids as the tokenizer gives them, on the CPU.
        """
        with torch.inference_mode():
            if self._tower is None:
                device = next(self._network.parameters()).device
                parts = torch.split(tokens, self._text_batch)
                return torch.cat([self._network.encode_text(part.to(device), normalize=False) for part in parts])
            if self.how == "cut":
                return self._tower.encode_cut(tokens, self._text_batch)
            return self._tower.encode_tree(tokens, 2 * self._text_batch * tokens.shape[1])
