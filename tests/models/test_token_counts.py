from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from open_clip.tokenizer import SimpleTokenizer

from idia.models import ModelInfo
from idia.models.token_counts import cut_texts, token_counts
from idia.testing import ToyClip

NAMES = ["", "Ada", "Ada Example", "Ann-Marie O'Brien Sample", "x" * 200]


class Tokenised(ToyClip):
    """A model that says how it splits texts."""

    def __init__(self, tokenizer: Any, sha256: str = "") -> None:
        super().__init__()
        self.tokenizer, self._sha256 = tokenizer, sha256

    @property
    def info(self) -> ModelInfo:
        return replace(super().info, tokenizer_sha256=self._sha256)


@pytest.mark.parametrize("sha256", ["", "of tokens that are counted"])
def test_tokens_are_those_between_begin_and_end(sha256: str) -> None:
    tokenizer = SimpleTokenizer(context_length=32)
    counts = token_counts(Tokenised(tokenizer, sha256), NAMES)

    assert counts is not None
    assert counts[:4].tolist() == [len(tokenizer.encode(name)) for name in NAMES[:4]]
    assert counts[4] == 30  # of a context of 32


@pytest.mark.parametrize(("begin", "end", "padding"), [(9, 8, 0), (9, 8, 1), (9, 8, 8)])
def test_whatever_texts_are_filled_up_with(begin: int, end: int, padding: int) -> None:
    class Letters:
        context_length = 6

        def __call__(self, texts: list[str]) -> torch.Tensor:
            rows = [[begin, *[2] * len(text), end, *[padding] * 9][:6] for text in texts]
            return torch.tensor(rows)

    counts = token_counts(Tokenised(Letters()), ["", "a", "abc"])

    assert counts is not None
    assert counts.tolist() == [0, 1, 3]


@pytest.mark.parametrize("tokenizer", [None, "text", str.split])
def test_a_model_that_does_not_say_is_not_asked(tokenizer: object) -> None:
    assert token_counts(Tokenised(tokenizer), NAMES) is None
    assert token_counts(ToyClip(), NAMES) is None


@pytest.mark.parametrize("sha256", ["", "of tokens that may be cut"])
def test_a_text_is_cut_where_the_context_ends(sha256: str) -> None:
    model = Tokenised(SimpleTokenizer(context_length=32), sha256)
    texts = ["", "Ada", "! " * 29, "! " * 30, "! " * 31, "x" * 300]

    np.testing.assert_array_equal(cut_texts(model, texts), [False] * 4 + [True] * 2)
    assert cut_texts(ToyClip(), texts) is None


@pytest.mark.parametrize("padding", [0, 8])
@pytest.mark.parametrize("can_grow", [True, False])
def test_whether_a_text_is_cut_does_not_rest_on_what_it_is_filled_up_with(padding: int, can_grow: bool) -> None:
    class Letters:
        context_length = 6

        def __call__(self, texts: list[str], **context: int) -> torch.Tensor:
            if context and not can_grow:
                raise TypeError("unexpected keyword argument 'context_length'")
            length = context.get("context_length", 6)
            rows = [[9, *([2] * len(text))[: length - 2], 8, *[padding] * 9][:length] for text in texts]
            return torch.tensor(rows)

    is_cut = cut_texts(Tokenised(Letters()), ["", "ab", "abcd", "abcde"])

    assert is_cut is not None
    assert is_cut.tolist() == [False, False, not can_grow, True]


def test_no_texts_have_no_tokens() -> None:
    counts = token_counts(Tokenised(SimpleTokenizer()), [])

    np.testing.assert_array_equal(counts, np.empty(0))
