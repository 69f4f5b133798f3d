"""Texts tokenised once, however many models of one vocabulary are asked about them."""

from collections.abc import Callable
from typing import final

import torch
from open_clip.tokenizer import SimpleTokenizer
from torch import Tensor

_MOST_TEXTS = 50_000  # remembered per vocabulary; then it begins anew
_MOST_PIECES = 50_000  # of words, remembered by a tokenizer itself

_remembered: dict[str, dict[str, Tensor]] = {}


@final
class SharedTokenizer:
    """A tokenizer that remembers what it did, together with all others that do the same.

    Args:
        tokenizer: From texts to token ids `[texts, context]`.
        sha256: Fingerprint of whatever decides on its answers.
    """

    def __init__(self, tokenizer: Callable[[list[str]], Tensor], sha256: str) -> None:
        self._tokenizer = tokenizer
        self._known = _remembered.setdefault(sha256, {})

    def __call__(self, texts: list[str]) -> Tensor:
        """Returns token ids `[texts, context]`."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if len(self._known) + len(new) > _MOST_TEXTS:
            self._known.clear()
            new = list(dict.fromkeys(texts))
        if new:
            self._known.update(zip(new, self._tokenizer(new), strict=True))
            bound_memory(self._tokenizer)
        return torch.stack([self._known[text] for text in texts])


def bound_memory(tokenizer: object) -> None:
    """Lets a tokenizer of open_clip, which never forgets a piece of a word, begin anew when it knows very many.

    Args:
        tokenizer: Any tokenizer; those of other libraries mind their memory themselves.
    """
    if isinstance(tokenizer, SimpleTokenizer) and len(tokenizer.cache) > _MOST_PIECES:
        # It finds its special tokens nowhere else; each stands for itself.
        tokenizer.cache = {token: token for token in map(tokenizer.decoder.get, tokenizer.all_special_ids)}
