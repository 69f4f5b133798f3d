"""Of how many tokens a text is to a model, if the model can say so."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Int64
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
    tokenizer = getattr(model, "tokenizer", None)
    if not callable(tokenizer) or not isinstance(getattr(tokenizer, "context_length", None), int):
        return None
    ids = _ids(tokenizer, model.info.tokenizer_sha256, ["", *texts])
    if not isinstance(ids, Tensor) or ids.ndim != 2 or len(ids) != len(texts) + 1:
        return None
    # Of a text without words, the last id is the one that texts are filled up with.
    is_text = (ids != ids[0, -1]).numpy()
    length = is_text.shape[1] - is_text[:, ::-1].argmax(axis=1)
    length[~is_text.any(axis=1)] = 0
    counts: Int64[np.ndarray, " texts"] = np.maximum(length[1:] - length[0], 0)
    return counts


def _ids(tokenizer: Callable[[list[str]], object], sha256: str, texts: list[str]) -> object:
    if not sha256:  # what is not known cannot be remembered
        return tokenizer(texts)
    from idia.models.composition import PromptTokenizer  # needs open_clip, as most such models do

    return PromptTokenizer(tokenizer, sha256)(_ALONE, texts)
