"""Of how many tokens a text is to a model, and whether it reads all of them, if the model can say so."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Int64
from torch import Tensor

from idia.models.protocol import Model
from idia.prompts import PromptTemplates

_ALONE = PromptTemplates(("{}",))


def token_counts(model: Model, texts: Sequence[str]) -> Int64[np.ndarray, " texts"] | None:
    """Returns how many tokens each text has `[texts]`, without those that begin, end and fill up every text.

    A text that is too long for the model counts what is left of it. Only a model with a `tokenizer`, from texts to
    token ids `[texts, context]`, says so; None for any other.

    Args:
        model: Any model.
        texts: Such as names.
    """
    lengths = _lengths(model, texts)
    if lengths is None:
        return None
    counts: Int64[np.ndarray, " texts"] = np.maximum(lengths[1:] - lengths[0], 0)
    return counts


def cut_texts(model: Model, texts: Sequence[str]) -> Bool[np.ndarray, " texts"] | None:
    """Returns which texts are longer than the model's context, so that it does not read their ends `[texts]`.

    They are those of which a tokenizer leaves more where there is more room. One that cannot be given more room is
    taken to cut every text after which there is none.

    Args:
        model: Any model.
        texts: Such as names.

    Returns:
        None for a model that does not say, as of `token_counts`.
    """
    lengths = _lengths(model, texts)
    if lengths is None:
        return None
    tokenizer: Any = _tokenizer(model)
    # The token that ends a text may be the one that texts are filled up with, and then it is not counted.
    is_cut: Bool[np.ndarray, " texts"] = lengths[1:] >= tokenizer.context_length - 1
    if is_cut.any():
        filled = ["", *(text for text, is_full in zip(texts, is_cut, strict=True) if is_full)]
        try:
            roomier = _counted(tokenizer(filled, context_length=tokenizer.context_length + 1), len(filled))
        except TypeError:
            return is_cut
        if roomier is not None:
            is_cut[is_cut] = roomier[1:] > lengths[1:][is_cut]
    return is_cut


def _tokenizer(model: Model) -> Callable[[list[str]], object] | None:
    tokenizer = getattr(model, "tokenizer", None)
    is_one = callable(tokenizer) and isinstance(getattr(tokenizer, "context_length", None), int)
    return tokenizer if is_one else None


def _lengths(model: Model, texts: Sequence[str]) -> Int64[np.ndarray, " texts_and_one"] | None:
    """The lengths of a text without words and of each text, with the tokens that begin and end a text."""
    tokenizer = _tokenizer(model)
    if tokenizer is None:
        return None
    return _counted(_ids(tokenizer, model.info.tokenizer_sha256, ["", *texts]), len(texts) + 1)


def _counted(ids: object, n_texts: int) -> Int64[np.ndarray, " texts"] | None:
    """How long each text is without what it is filled up with; the first has no words."""
    if not isinstance(ids, Tensor) or ids.ndim != 2 or len(ids) != n_texts:
        return None
    # Of a text without words, the last id is the one that texts are filled up with.
    is_text = (ids != ids[0, -1]).numpy()
    length: Int64[np.ndarray, " texts"] = is_text.shape[1] - is_text[:, ::-1].argmax(axis=1)
    length[~is_text.any(axis=1)] = 0
    return length


def _ids(tokenizer: Callable[[list[str]], object], sha256: str, texts: list[str]) -> object:
    if not sha256:  # what is not known cannot be remembered
        return tokenizer(texts)
    from idia.models.composition import PromptTokenizer  # needs open_clip, as most such models do

    return PromptTokenizer(tokenizer, sha256)(_ALONE, texts)
