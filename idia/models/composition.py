"""Prompts tokenised in parts: each template and each word of a name once, however many prompts they make."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, final

import numpy as np
import torch
from ftfy import fix_text
from ftfy.badness import is_bad
from jaxtyping import Bool, Int64
from open_clip.tokenizer import SimpleTokenizer, get_clean_fn
from torch import Tensor

from idia.compiled import compiled
from idia.models.tokens import SharedTokenizer, bound_memory
from idia.prompts import PromptTemplates

_MOST_WORDS = 100_000  # remembered per vocabulary; then it begins anew

_CLEANERS = tuple(get_clean_fn(kind) for kind in ("lower", "whitespace", "canonicalize"))

_remembered: dict[str, "_Words"] = {}

# What each tokenizer is tried on before it is trusted to make no difference between a prompt and its parts.
_TRIAL_PROMPTS = PromptTemplates(
    ("{}", "a photo of {}", "{} at a gala, 1999", "Who's {} (the <b>actor</b>)?", "x{}", "{}y", "bei {} in Köln")
)
_TRIAL_NAMES = (
    *("", " ", "Ada Lovelace", "ADA  LOVELACE ", "J.R.R. Tolkien", "J. K.", "_a_ b_", "R2-D2", "007", "{x}"),
    *("O'Brien", "O’Brien", "D'Arcy-O'Neill", "it's", "we'll 've", "a&b", "&amp; Sons", "a&amp;b&lt;c"),
    *("<end_of_text>", "Ada <START_OF_TEXT>x", "<|endoftext|>", "½ 2³", "ﬁ ＡＢＣ", "voilÃ ", "Ã"),
    *("José Müller", "JOSE\u0301", "İstanbul", "ΟΔΥΣΣΕΥΣ ΣΑΣ", "Nguyễn Văn An", "山田 太郎", "山田\u3000太郎"),
    *("Владимир", "मोहन", "Zoë 🙂", "a\tb\nc", "a\x00b", "a\xa0b", "a\x1cb", "\u200bAda", "a\x1b[31mb"),
    *("word " * 60, "x" * 200, "Ad" * 40 + " Example"),
)


@final
class PromptTokenizer:
    """Tokenises templates with names in them.

    Args:
        tokenizer: From texts to token ids `[texts, context]`.
        sha256: Fingerprint of whatever decides on its answers.
    """

    def __init__(self, tokenizer: Any, sha256: str) -> None:
        self._tokenizer = tokenizer
        self._whole = SharedTokenizer(tokenizer, sha256)
        self._words = _remembered.setdefault(sha256, _Words(tokenizer))
        if self._words.are_enough is None:
            self._words.are_enough = _is_simple(tokenizer) and self._passes_trial()

    def __call__(self, prompts: PromptTemplates, names: Sequence[str]) -> Int64[Tensor, "texts context"]:
        """Returns token ids, all names of a template after those of the one before it."""
        if not self._words.are_enough:
            return self._whole([text for texts in prompts.fill(names) for text in texts])
        return self._composed(prompts, names)

    def _passes_trial(self) -> bool:
        texts = [text for texts in _TRIAL_PROMPTS.fill(_TRIAL_NAMES) for text in texts]
        return torch.equal(self._tokenizer(texts), self._composed(_TRIAL_PROMPTS, _TRIAL_NAMES))

    def _composed(self, prompts: PromptTemplates, names: Sequence[str]) -> Int64[Tensor, "texts context"]:
        context = self._tokenizer.context_length
        tokens = np.zeros((len(prompts), len(names), context), np.int64)
        is_whole = _whole(prompts, names)
        skipped = np.logical_and.reduce(is_whole)
        composed = ["" if skipped[number] else name for number, name in enumerate(names)]
        befores, afters = zip(*prompts.parts, strict=True)
        _compose(
            *self._ids(befores),
            *self._ids(composed),
            *self._ids(afters),
            self._tokenizer.sot_token_id,
            self._tokenizer.eot_token_id,
            tokens,
        )
        if is_whole.any():
            texts = [befores[prompt] + names[name] + afters[prompt] for prompt, name in np.argwhere(is_whole)]
            tokens[is_whole] = self._whole(texts).numpy()
        return torch.from_numpy(tokens.reshape(-1, context))

    def _ids(self, texts: Iterable[str]) -> tuple[Int64[np.ndarray, " ids"], Int64[np.ndarray, " texts_and_one"]]:
        """The ids of each text, word by word, and where they begin."""
        words = self._words
        ids: list[int] = []
        begins = [0]
        for text in texts:
            for word in text.split():
                ids += words[word]
            begins.append(len(ids))
        return np.array(ids, np.int64), np.array(begins, np.int64)


@final
class _Words(dict[str, list[int]]):
    """The ids of words, found when they are first asked for, and whether a text is no more than its words."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.are_enough: bool | None = None

    def __missing__(self, word: str) -> list[int]:
        if len(self) >= _MOST_WORDS:
            self.clear()
        ids: list[int] = self._tokenizer.encode(word)
        bound_memory(self._tokenizer)
        self[word] = ids
        return ids


def _is_simple(tokenizer: Any) -> bool:
    """Whether a tokenizer looks at nothing but words once a text is cleaned, and keeps all that it finds."""
    return (
        type(tokenizer) is SimpleTokenizer
        and tokenizer.clean_fn in _CLEANERS
        and tokenizer.reduction_fn is None
        # Each is part of a regular expression as it stands: one with a meaning there, or a space, may span words.
        and all(re.escape(token) == token for token in map(tokenizer.decoder.get, tokenizer.all_special_ids))
    )


def _whole(prompts: PromptTemplates, names: Sequence[str]) -> Bool[np.ndarray, "prompts names"]:
    """Which prompts must be tokenised whole, because cleaning might change a word of theirs for what is beside it."""
    is_whole = np.zeros((len(prompts), len(names)), bool)
    for number, (before, after) in enumerate(prompts.parts):
        stands_free = (not before or before[-1] == " ") and (not after or after[0] == " ")
        is_whole[number] = not (stands_free and _is_plain(before) and _is_plain(after))
    for number, name in enumerate(names):
        if not _is_plain(name):
            # What is cleaned letter by letter stays as it is; encodings are mended only where a text looks bad.
            is_clean = name.isprintable() and "&" not in name and fix_text(name) == name
            is_whole[:, number] |= [not is_clean or is_bad(before + name + after) for before, after in prompts.parts]
    return is_whole


def _is_plain(text: str) -> bool:
    """Whether cleaning changes no more of a text than case, spaces and punctuation: ASCII without entities."""
    return text.isascii() and text.isprintable() and "&" not in text


@compiled
def _compose(
    before_ids: np.ndarray,
    befores: np.ndarray,
    name_ids: np.ndarray,
    names: np.ndarray,
    after_ids: np.ndarray,
    afters: np.ndarray,
    start: int,
    end: int,
    tokens: np.ndarray,
) -> None:
    """Writes `[start, *before, *name, *after, end]`, cut to the context with `end` last, over zeros."""
    n_prompts, n_names, context = tokens.shape
    for prompt in range(n_prompts):
        for name in range(n_names):
            row = tokens[prompt, name]
            row[0] = start
            length = 1
            for ids, first, stop in (
                (before_ids, befores[prompt], befores[prompt + 1]),
                (name_ids, names[name], names[name + 1]),
                (after_ids, afters[prompt], afters[prompt + 1]),
            ):
                for place in range(first, min(stop, first + context - length)):
                    row[length] = ids[place]
                    length += 1
            row[min(length, context - 1)] = end
