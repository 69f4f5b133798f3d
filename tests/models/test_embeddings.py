from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from idia.errors import ModelError
from idia.models import EmbeddingCache

TEXTS = [f"a photo of person {number}" for number in range(9)]


NewModel = Callable[..., Any]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda right: right[:-1], r"\[9, 8\] on the CPU, got float32 \[8, 8\]"),
        (lambda right: right[:, :-1], r"got float32 \[9, 7\]"),
        (lambda right: right.flatten(), r"got float32 \[72\]"),
        (lambda right: right.double(), r"got float64 \[9, 8\]"),
        (lambda right: right.half(), r"got float16 \[9, 8\]"),
        (lambda right: right.to("meta"), r"on meta"),
        (lambda right: np.asarray(right), "got a ndarray. Return a torch.Tensor"),
        (lambda right: None, "got a NoneType"),
        (lambda right: right * 2, "9 of 9 have another norm, such as 2"),
        (lambda right: right * 0, "another norm, such as 0"),
        (lambda right: right * float("nan"), "another norm, such as nan"),
        (lambda right: right + float("inf"), "another norm, such as inf"),
    ],
)
def test_what_is_no_embedding_is_an_error_that_names_the_model(
    tmp_path: Path, counting_model: NewModel, wrong: Callable[[torch.Tensor], object], words: str
) -> None:
    model = counting_model()
    encode = model.encode_texts
    model.encode_texts = lambda texts: wrong(encode(texts))

    with pytest.raises(ModelError, match=f"model 'counting' must return texts .*{words}"):
        EmbeddingCache(tmp_path).texts(model, TEXTS)
    assert not list(tmp_path.glob("*/*.safetensors"))


@pytest.mark.parametrize("dim", [0, -1, "8", None])
def test_a_length_that_no_embedding_has_is_an_error_that_names_the_model(counting_model: NewModel, dim: object) -> None:
    model = counting_model(embedding_dim=dim)

    with pytest.raises(ModelError, match="model 'counting' must have a whole embedding_dim above 0"):
        EmbeddingCache(None).texts(model, TEXTS)


def test_gradients_are_left_behind(counting_model: NewModel) -> None:
    model = counting_model()
    encode = model.encode_texts
    model.encode_texts = lambda texts: encode(texts).requires_grad_()

    assert not EmbeddingCache(None).texts(model, TEXTS).requires_grad
