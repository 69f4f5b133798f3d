"""How the text tower of a model is run: over trees of prompts where that changes nothing, else over whole contexts."""

import warnings
from collections.abc import Callable
from typing import Any, Literal, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import normalize

from idia.models.text_tower import CausalTower

TOLERANCE = 1e-6
"""How far a number of a unit-norm embedding may be from what `encode_text` gives; rounding makes about 3e-7 of it."""

_TIMES_ROUNDING = 4  # or this much of what `encode_text` itself rounds, on a device or in a tower that rounds more
_MOST = 1e-4  # more is no rounding: such a tower answers a text by those beside it

_WORDS = ("a photo of", "Ada", "Example", "and", "O'Brien-Sample", "at", "the", "4th", "gala", ",", "Zoë", "Ångström")

Way = Literal["tree", "cut", "whole"]
"""Beginnings that texts share run once, each text cut behind its answer, or with all its padding: right for any."""


@final
class TextEncoder:
    """Runs a text tower.

    Args:
        network: The model.
        how: The way that is wanted. A tower that does not allow a `tree` is `cut`, and one that does not allow that
            either is run `whole`.
        text_batch: Texts per pass. A tree has at most twice as many tokens as so many whole texts, and takes less
            memory even so.

    Attributes:
        how: The way in which it is run.
        text_batch: Texts per pass.
    """

    def __init__(self, network: nn.Module, how: Way = "whole", *, text_batch: int = 256) -> None:
        self._network: Any = network
        self._tower = None if how == "whole" else CausalTower.of(network)
        if self._tower is None:
            how = "whole"
        elif how == "tree" and not self._tower.has_plain_blocks:
            how = "cut"
        self.how: Way = how
        self.text_batch = text_batch

    @classmethod
    def fastest(
        cls,
        network: nn.Module,
        tokenizer: Callable[[list[str]], Int64[Tensor, "texts context"]],
        text_batch: int = 256,
        *,
        name: str = "a model",
    ) -> "TextEncoder":
        """Returns the fastest way that this tower allows by its kind and that gives what `encode_text` gives.

        Sixteen texts of many lengths may differ by 1e-6 in a number of their unit-norm embeddings; or, where
        `encode_text` itself rounds more, by four times as much as it changes them when it takes them one by one. One
        that fails, though its kind allows it, is warned of.

        Args:
            network: The model, where it is going to run.
            tokenizer: Its tokenizer.
            text_batch: Texts per pass.
            name: What to call it in a warning.
        """
        fastest = cls(network, "tree", text_batch=text_batch)
        whole = cls(network, text_batch=text_batch)
        if fastest.how == "whole":
            return whole
        tokens = tokenizer([" ".join((_WORDS * 10)[: n * n // 3]) for n in range(16)])
        expected = normalize(whole(tokens))
        ways: tuple[Way, ...] = ("tree", "cut") if fastest.how == "tree" else ("cut",)
        problems: list[str] = []
        found = whole
        for how in ways:
            # Two by two: among all sixteen, the longest would leave nothing to cut.
            trial = cls(network, how, text_batch=2 if how == "cut" else text_batch)
            try:
                difference = _difference(trial(tokens), expected)
            except (NotImplementedError, torch.OutOfMemoryError, MemoryError) as error:
                # This device cannot; if it can do nothing at all, whole texts have said so above.
                problems.append(f"{how}: {type(error).__name__}: {str(error).partition(chr(10))[0]}")
                continue
            # Not-a-number is no more than anything, and no less.
            allowed = TOLERANCE if difference <= TOLERANCE else max(TOLERANCE, whole._rounding(tokens, expected))
            if difference <= allowed:
                found = cls(network, how, text_batch=text_batch)
                break
            problems.append(f"{how}: embeddings differ by {difference:.1g}, and {allowed:.1g} is allowed")
        if problems:
            warnings.warn(
                f"texts of {name} are run {found.how}, which takes longer: its text tower looks as if it could be run "
                f"faster, but does not give what encode_text gives ({'; '.join(problems)}).",
                stacklevel=2,
            )
        return found

    def __call__(self, tokens: Int64[Tensor, "texts context"]) -> Float[Tensor, "texts dim"]:
        """Returns raw embeddings, where the network is.

        Args:
            tokens: Ids as the tokenizer gives them, on the CPU.
        """
        with torch.inference_mode():
            if self._tower is None:
                device = next(self._network.parameters()).device
                parts = torch.split(tokens, self.text_batch)
                return torch.cat([self._network.encode_text(part.to(device), normalize=False) for part in parts])
            if self.how == "cut":
                return self._tower.encode_cut(tokens, self.text_batch)
            return self._tower.encode_tree(tokens, 2 * self.text_batch * tokens.shape[1])

    def _rounding(self, tokens: Int64[Tensor, "texts context"], expected: Float[Tensor, "texts dim"]) -> float:
        """How far off another way of running the same tower may be, by how far `encode_text` is from itself."""
        again = TextEncoder(self._network, text_batch=1 if self.text_batch > 1 else len(tokens))
        rounding = _TIMES_ROUNDING * _difference(again(tokens), expected)
        return rounding if rounding <= _MOST else 0.0


def _difference(raw: Float[Tensor, "texts dim"], expected: Float[Tensor, "texts dim"]) -> float:
    return float((normalize(raw) - expected).abs().max())
