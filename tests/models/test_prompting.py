"""Templates and names encoded, whether or not a model can do more than texts."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch

from idia.errors import ModelError
from idia.models import PromptModel, as_prompt_model
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

    assert as_prompt_model(model) is None
    assert embeddings.shape == (3, 2, 8)
    assert model.texts == [text for texts in PROMPTS.fill(NAMES) for text in texts]
    assert torch.equal(model.encode_texts(["Bo Sample at a gala"])[0], embeddings[2, 1])


def test_a_model_with_the_extra_is_asked_for_prompts(counting_model: Any) -> None:
    model = with_prompts(counting_model())

    embeddings = encode_prompts(model, PROMPTS, NAMES)

    assert model.asked == (PROMPTS, ("Ada Example", "Bo Sample"))
    assert as_prompt_model(model) is model
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


class Passing:
    """A defence around a model: it turns the embeddings of texts, and passes on whatever else it is asked for."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
        return defended(self.model.encode_texts(texts))


class PassingWithSlots(Passing):
    __slots__ = ()


def defended(embeddings: torch.Tensor) -> torch.Tensor:
    return embeddings.flip(-1)


def subclassed(model: Any) -> Any:
    class Defended(type(model)):  # type: ignore[misc]
        def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
            return defended(super().encode_texts(texts))

    return Defended()


def mixed_in(model: Any) -> Any:
    class Defence:
        def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
            return defended(super().encode_texts(texts))  # type: ignore[misc]

    class Defended(Defence, type(model)):  # type: ignore[misc]
        pass

    return Defended()


def patched(model: Any) -> Any:
    encode_texts = model.encode_texts
    model.encode_texts = lambda texts: defended(encode_texts(texts))
    return model


def declared(model: Any) -> Any:
    protocol: Any = PromptModel

    class Defended(protocol):  # type: ignore[misc]
        """A model that says so, and has of `encode_prompts` no more than the protocol."""

        info = model.info
        encode_images = model.encode_images
        names_per_pass = 3

        def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
            return defended(model.encode_texts(texts))

    return Defended()


@pytest.mark.parametrize("defend", [Passing, PassingWithSlots, subclassed, mixed_in, patched, declared])
def test_a_defence_of_texts_alone_is_never_passed_over(counting_model: Any, defend: Callable[[Any], Any]) -> None:
    model = defend(with_prompts(counting_model(), lambda _: pytest.fail("asked without its defence")))
    expected = defended(encode_prompts(counting_model(), PROMPTS, NAMES))

    assert isinstance(model, PromptModel)  # by its methods: it takes a closer look
    assert as_prompt_model(model) is None
    assert torch.equal(expected, encode_prompts(model, PROMPTS, NAMES))


def test_a_defence_that_comes_after_the_first_prompts_is_not_passed_over(counting_model: Any) -> None:
    model = with_prompts(counting_model())
    plain = encode_prompts(model, PROMPTS, NAMES)

    assert torch.equal(defended(plain), encode_prompts(patched(model), PROMPTS, NAMES))


def test_a_defence_of_both_is_asked_for_prompts(counting_model: Any) -> None:
    class Both(Passing):
        @property
        def names_per_pass(self) -> int:
            return 5

        def encode_prompts(self, prompts: PromptTemplates, names: Sequence[str]) -> torch.Tensor:
            return defended(self.model.encode_prompts(prompts, names))

    model = Both(with_prompts(counting_model()))

    assert as_prompt_model(model) is model
    assert torch.equal(defended(encode_prompts(model.model, PROMPTS, NAMES)), encode_prompts(model, PROMPTS, NAMES))


@pytest.mark.parametrize(
    "change",
    [
        defended,
        lambda encoded: encoded.flip(0),
        lambda encoded: encoded.flip(1),
        lambda encoded: torch.nn.functional.normalize(encoded + 0.01, dim=2),
    ],
)
def test_two_ways_that_disagree_are_refused(
    counting_model: Any, change: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    model = with_prompts(counting_model(), change)

    for _ in range(2):
        with pytest.raises(
            ModelError, match=r"encode_prompts and encode_texts of model 'counting' disagree: .* differ by"
        ):
            encode_prompts(model, PROMPTS, NAMES)


def test_ways_that_differ_in_rounding_agree(counting_model: Any) -> None:
    model = with_prompts(counting_model(), lambda encoded: encoded * (1 + 3e-4))

    assert encode_prompts(model, PROMPTS, NAMES).shape == (3, 2, 8)


def test_a_few_texts_are_compared_once_for_each_model(counting_model: Any) -> None:
    def encode(prompts: PromptTemplates, names: Sequence[str]) -> torch.Tensor:
        return torch.stack([counting_model().encode_texts(texts) for texts in prompts.fill(names)])

    few = ["Ada Example", "Bo Sample", "Ada Example at a gala", "Bo Sample at a gala"]
    for _ in range(3):
        model = counting_model()
        model.names_per_pass, model.encode_prompts = 2, encode
        encode_prompts(model, PROMPTS, [])
        for _ in range(3):
            encode_prompts(model, PROMPTS, ["Ada Example", "Cleo Muster", "Bo Sample"])
        assert model.texts == few


def test_a_model_that_cannot_be_remembered_is_compared_every_time(counting_model: Any) -> None:
    class Slotted:
        __slots__ = ("encode_images", "info", "n_texts", "names_per_pass")
        n_texts: int

        def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
            self.n_texts += len(texts)
            encoded: torch.Tensor = counting_model().encode_texts(texts)
            return encoded

        def encode_prompts(self, prompts: PromptTemplates, names: Sequence[str]) -> torch.Tensor:
            return torch.stack([counting_model().encode_texts(texts) for texts in prompts.fill(names)])

    model: Any = Slotted()
    model.info, model.encode_images, model.names_per_pass, model.n_texts = counting_model().info, print, 1, 0

    for n_before in (0, 4):
        assert model.n_texts == n_before
        encode_prompts(model, PROMPTS, NAMES)


@pytest.mark.parametrize("size", [0, -1, 2.0, "3", True, None])
def test_a_group_of_no_size_is_refused(counting_model: Any, size: object) -> None:
    model = with_prompts(counting_model())
    model.names_per_pass = size

    for ask in (as_prompt_model, lambda model: encode_prompts(model, PROMPTS, NAMES)):
        with pytest.raises(ModelError, match=f"'counting' must have a whole names_per_pass above 0, got {size!r}"):
            ask(model)
