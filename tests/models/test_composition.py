"""Prompts tokenised in parts are tokenised as they are whole."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from open_clip.tokenizer import SimpleTokenizer

from idia.models import composition, tokens
from idia.models.composition import PromptTokenizer
from idia.prompts import PAPER_PROMPTS, PromptTemplates

SHIPPED = Path(__file__).parents[2] / "fixtures/models/vit-mixed/bpe_1500.txt.gz"
MADE = {
    "open_clip": lambda: SimpleTokenizer(),
    "shipped": lambda: SimpleTokenizer(bpe_path=str(SHIPPED), context_length=32),
    "whitespace": lambda: SimpleTokenizer(clean="whitespace"),
    "canonicalize": lambda: SimpleTokenizer(clean="canonicalize", context_length=16),
    "special": lambda: SimpleTokenizer(additional_special_tokens=["<name>"], context_length=8),
}
NAMES = ["Ada Lovelace", "Seán O'Brien-Ñandú", "a&amp;b", "<end_of_text>", "x " * 90, "山田 太郎", "Ada Lovelace", ""]


@pytest.fixture(scope="module", params=MADE)
def pair(request: pytest.FixtureRequest) -> tuple[Any, PromptTokenizer]:
    tokenizer = MADE[request.param]()
    return tokenizer, PromptTokenizer(tokenizer, f"test {request.param}")


@pytest.fixture
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_remembered", {})
    monkeypatch.setattr(composition, "_remembered", {})


def whole(tokenizer: Any, prompts: PromptTemplates, names: list[str]) -> torch.Tensor:
    ids: torch.Tensor = tokenizer([text for texts in prompts.fill(names) for text in texts])
    return ids


def test_the_tokenizers_of_open_clip_pass_the_trial(pair: tuple[Any, PromptTokenizer]) -> None:
    assert pair[1]._words.are_enough


def test_prompts_are_tokenised_as_they_are_whole(pair: tuple[Any, PromptTokenizer]) -> None:
    tokenizer, ours = pair
    ids = ours(PAPER_PROMPTS, NAMES)

    assert ids.dtype == torch.long
    assert torch.equal(whole(tokenizer, PAPER_PROMPTS, NAMES), ids)
    assert torch.equal(whole(tokenizer, PAPER_PROMPTS, NAMES[:1]), ours(PAPER_PROMPTS, NAMES[:1]))
    assert ours(PAPER_PROMPTS, []).shape == (0, tokenizer.context_length)


letters = st.sampled_from("aZ '-._09&;<>{}éÅßİΣςØÃÂ€™\xa0\u3000\u0301山ñ“’ﬁＡ½²…œ\t\n\x1c\x1b\u200b🙂")
names = st.lists(st.text(letters, max_size=12) | st.text(max_size=12), min_size=1, max_size=4)
parts = st.sampled_from(["", " ", "a photo of ", "Who's ", "of", "(", "für ", "R&D ", "Ã ", "A "])
ends = st.sampled_from(["", " ", " at a gala", "'s", " & co", ")", " ©", " €5", "\u0301"])
templates = st.lists(st.builds("{}{{}}{}".format, parts, ends), min_size=1, max_size=3, unique=True)


@settings(max_examples=150, deadline=None)
@given(templates=templates, names=names)
def test_any_prompts_are_tokenised_as_they_are_whole(
    pair: tuple[Any, PromptTokenizer], templates: list[str], names: list[str]
) -> None:
    tokenizer, ours = pair
    prompts = PromptTemplates(tuple(templates))

    assert torch.equal(whole(tokenizer, prompts, names), ours(prompts, names))


@pytest.mark.usefixtures("_nothing_remembered")
def test_each_word_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    encode = SimpleTokenizer.encode

    def noting(tokenizer: Any, text: str) -> Any:
        seen.append(text)
        return encode(tokenizer, text)

    monkeypatch.setattr(SimpleTokenizer, "encode", noting)
    first, second = (PromptTokenizer(SimpleTokenizer(), "v") for _ in range(2))
    seen.clear()

    first(PAPER_PROMPTS, ["Qwertzu Azerty", "Qwertzu Dvorak"])
    second(PAPER_PROMPTS, ["Dvorak Azerty"])

    assert all(len(text.split()) == 1 for text in seen)
    assert [seen.count(word) for word in ("Qwertzu", "Azerty", "Dvorak")] == [1, 1, 1]


@pytest.mark.usefixtures("_nothing_remembered")
@pytest.mark.parametrize("kind", ["composed", "whole"])
def test_memory_does_not_grow_with_names(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    tokenizer = SimpleTokenizer(additional_special_tokens=["<name>"])
    ours = PromptTokenizer(tokenizer, "v")
    monkeypatch.setattr(composition, "_MOST_WORDS", 100)
    monkeypatch.setattr(tokens, "_MOST_PIECES", 120)
    monkeypatch.setattr(tokens, "_MOST_TEXTS", 50)
    prompts = PromptTemplates(("{}", "a photo of {}") if kind == "composed" else ("x{}", "{}y"))
    rng = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))

    for _ in range(50):
        names = [" ".join("".join(rng.choice(letters, 9)) for _ in range(2)) for _ in range(20)]
        assert torch.equal(whole(SimpleTokenizer(), prompts, names), ours(prompts, names))
        assert len(ours._words) <= 100
        assert len(tokenizer.cache) <= 120 + (1 if kind == "composed" else 2 * 2 * 20)  # of one word, or of one call
    assert tokenizer.encode("<name> <END_OF_TEXT>") == SimpleTokenizer(additional_special_tokens=["<name>"]).encode(
        "<name> <END_OF_TEXT>"
    )


@pytest.mark.usefixtures("_nothing_remembered")
def test_one_call_with_many_names_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = SimpleTokenizer()
    ours = PromptTokenizer(tokenizer, "v")
    monkeypatch.setattr(composition, "_MOST_WORDS", 10)
    monkeypatch.setattr(tokens, "_MOST_PIECES", 15)
    names = [f"name{chr(97 + number // 26)}{chr(97 + number % 26)} x" for number in range(200)]

    assert torch.equal(whole(SimpleTokenizer(), PAPER_PROMPTS, names), ours(PAPER_PROMPTS, names))
    assert len(ours._words) <= 10
    assert len(tokenizer.cache) <= 16


@pytest.mark.usefixtures("_nothing_remembered")
@pytest.mark.parametrize(
    ("special", "name"),
    [("x.y", "x y"), ("x .y", "x zy"), (r"x\sy", "x y"), ("x|o a", "x"), ("x ?y", "xy"), ("xy", "xy")],
)
def test_special_tokens_that_mean_more_than_themselves_are_left_whole(special: str, name: str) -> None:
    tokenizer = SimpleTokenizer(additional_special_tokens=[special])
    ours = PromptTokenizer(tokenizer, f"v {special}")
    prompts = PromptTemplates(("{}", "a photo of {}", "{} at a gala"))

    assert bool(ours._words.are_enough) == (special == "xy")
    assert torch.equal(whole(tokenizer, prompts, [name, "x", "a b"]), ours(prompts, [name, "x", "a b"]))


class Backwards(SimpleTokenizer):  # type: ignore[misc]
    """A tokenizer that looks at its whole text."""

    def encode(self, text: str) -> Any:
        return super().encode(text)[::-1]


def refuse(*_: Any, **__: Any) -> None:
    raise AssertionError("tokenised in parts")


@pytest.mark.usefixtures("_nothing_remembered")
@pytest.mark.parametrize("kind", ["another", "lossy", "spaced", "cleaned", "unequal"])
def test_other_tokenizers_are_asked_for_whole_prompts(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    tokenizer: Any
    if kind == "another":
        tokenizer = Backwards()
    elif kind == "lossy":
        tokenizer = SimpleTokenizer(reduction_mask="simple")
    elif kind == "spaced":
        tokenizer = SimpleTokenizer(additional_special_tokens=["photo of"])
    else:
        tokenizer = SimpleTokenizer()
        if kind == "cleaned":
            tokenizer.clean_fn = str.strip
        else:
            tokenizer.pat = r"\S+ \S+|\S+"
    ours = PromptTokenizer(tokenizer, "v")
    monkeypatch.setattr(PromptTokenizer, "_composed", refuse)

    assert torch.equal(whole(tokenizer, PAPER_PROMPTS, NAMES[:2]), ours(PAPER_PROMPTS, NAMES[:2]))


@pytest.mark.usefixtures("_nothing_remembered")
def test_a_function_is_asked_for_whole_prompts() -> None:
    ours = PromptTokenizer(lambda texts: torch.tensor([[len(text)] for text in texts]), "v")

    assert ours(PromptTemplates(("{}", "a {}")), ["b", "cd"]).tolist() == [[1], [2], [3], [4]]


def test_the_shipped_vocabulary_is_a_small_one() -> None:
    assert gzip.decompress(SHIPPED.read_bytes()).count(b"\n") == 1500
