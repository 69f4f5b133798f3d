"""Templates and names encoded, whether or not a model can do more than texts."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch

from idia.errors import ModelError
from idia.models import PromptModel
from idia.models.prompting import encode_prompts
from idia.prompts import PromptTemplates

PROMPTS = PromptTemplates(("{}", "a photo of {}", "{} at a gala"))
NAMES = ["Ada Example", "Bo Sample"]


def with_prompts(model: Any, change: Callable[[torch.Tensor], Any] = lambda encoded: encoded) -> Any:
    """The model, able to encode prompts."""

    class Prompting(type(model)):  # type: ignore[misc]
        names_per_pass = 2

        def encode_prompts(self, prompts: PromptTemplates, names: Sequence[str]) -> Any:
            self.asked = prompts, tuple(names)
            return change(torch.stack([self.encode_texts(texts) for texts in prompts.fill(names)]))

    return Prompting()


def test_a_model_without_the_extra_is_asked_for_texts(counting_model: Any) -> None:
    model = counting_model()

    embeddings = encode_prompts(model, PROMPTS, NAMES)

    assert not isinstance(model, PromptModel)
    assert embeddings.shape == (3, 2, 8)
    assert model.texts == [text for texts in PROMPTS.fill(NAMES) for text in texts]
    assert torch.equal(model.encode_texts(["Bo Sample at a gala"])[0], embeddings[2, 1])


def test_a_model_with_the_extra_is_asked_for_prompts(counting_model: Any) -> None:
    model = with_prompts(counting_model())

    embeddings = encode_prompts(model, PROMPTS, NAMES)

    assert model.asked == (PROMPTS, ("Ada Example", "Bo Sample"))
    assert isinstance(model, PromptModel)
    assert torch.equal(encode_prompts(counting_model(), PROMPTS, NAMES), embeddings)


def test_no_names_have_no_embeddings(counting_model: Any) -> None:
    assert encode_prompts(counting_model(), PROMPTS, []).shape == (3, 0, 8)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda encoded: encoded[:2], r"must return prompts as \[3, 2, 8\], got \[2, 2, 8\]"),
        (lambda encoded: encoded.transpose(0, 1), r"got \[2, 3, 8\]"),
        (lambda encoded: encoded * 2, "6 of 6 have another norm"),
        (lambda encoded: encoded.double(), "unit-norm float32"),
        (lambda encoded: encoded.tolist(), "got a list"),
    ],
)
def test_what_is_no_embedding_is_refused(
    counting_model: Any, change: Callable[[torch.Tensor], Any], problem: str
) -> None:
    with pytest.raises(ModelError, match=problem):
        encode_prompts(with_prompts(counting_model(), change), PROMPTS, NAMES)
