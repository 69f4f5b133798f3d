"""Templates and names together are kept as single texts are."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import idia.models.cache
from idia.models import EmbeddingCache
from idia.prompts import PromptTemplates

NewModel = Callable[..., Any]

PROMPTS = PromptTemplates(("{}", "a photo of {}", "{} at sea"))
NAMES = [f"Person {number}" for number in range(10)]
FILLED = [text for texts in PROMPTS.fill(NAMES) for text in texts]


@pytest.fixture
def model(counting_model: NewModel) -> Any:
    """A model that encodes templates and names together, four names at once."""
    made = counting_model()
    made.asked = []
    made.names_per_pass = 4

    def encode_prompts(prompts: PromptTemplates, names: Sequence[str]) -> Tensor:
        made.asked.append(list(names))
        texts = [text for row in prompts.fill(names) for text in row]
        embeddings: Tensor = counting_model().encode_texts(texts)
        return embeddings.reshape(len(prompts), len(names), 8)

    made.encode_prompts = encode_prompts
    return made


@pytest.mark.parametrize("folder", [None, "cache"])
def test_they_are_those_of_the_texts(tmp_path: Path, counting_model: NewModel, model: Any, folder: str | None) -> None:
    cache = EmbeddingCache(tmp_path / folder if folder else None)
    expected = counting_model().encode_texts(FILLED).reshape(3, 10, 8)

    for encoder in (model, counting_model()):
        for _ in range(2):
            assert torch.equal(cache.prompts(encoder, PROMPTS, NAMES), expected)


def test_whole_texts_and_prompts_know_each_other(tmp_path: Path, counting_model: NewModel, model: Any) -> None:
    cache, texts = EmbeddingCache(tmp_path), counting_model()
    cache.prompts(model, PROMPTS, NAMES)
    cache.texts(texts, FILLED)
    cache.prompts(texts, PROMPTS, NAMES)

    assert texts.texts == []


def test_names_of_which_anything_is_missing_are_encoded_in_their_groups(tmp_path: Path, model: Any) -> None:
    cache = EmbeddingCache(tmp_path)
    cache.texts(model, [text for text in FILLED if text != "Person 5 at sea"])
    cache.prompts(model, PROMPTS, NAMES)
    cache.prompts(model, PROMPTS, NAMES)

    assert model.asked == [NAMES[4:8]]


def test_names_and_texts_that_come_twice_are_encoded_once(tmp_path: Path, counting_model: NewModel) -> None:
    prompts, names = PromptTemplates(("{}", "a {}")), ["a b", "b", "a b"]
    embeddings = EmbeddingCache(tmp_path).prompts(counting_model(), prompts, names)

    assert torch.equal(embeddings[0, 0], embeddings[1, 1])
    assert torch.equal(embeddings[:, 0], embeddings[:, 2])
    again = counting_model()
    assert torch.equal(EmbeddingCache(tmp_path).prompts(again, prompts, names), embeddings)
    assert again.texts == []


def test_no_name_is_no_work(tmp_path: Path, model: Any) -> None:
    for folder in (None, tmp_path / "cache"):
        assert EmbeddingCache(folder).prompts(model, PROMPTS, []).shape == (3, 0, 8)
    assert not (tmp_path / "cache").exists()


def test_a_flood_of_names_is_not_kept(tmp_path: Path, model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idia.models.cache, "MOST_TEXTS", 29)
    EmbeddingCache(tmp_path).prompts(model, PROMPTS, NAMES)
    assert not list(tmp_path.iterdir())
    EmbeddingCache(tmp_path).prompts(model, PROMPTS, NAMES[:9])
    assert list(tmp_path.iterdir())


def test_a_kill_loses_at_most_what_is_encoded_together(tmp_path: Path, model: Any) -> None:
    encode = model.encode_prompts

    def killed(prompts: PromptTemplates, names: Sequence[str]) -> Tensor:
        if NAMES[9] in names:
            raise KeyboardInterrupt
        embeddings: Tensor = encode(prompts, names)
        return embeddings

    model.encode_prompts = killed
    with pytest.raises(KeyboardInterrupt):
        EmbeddingCache(tmp_path).prompts(model, PROMPTS, NAMES)
    model.encode_prompts = encode
    EmbeddingCache(tmp_path).prompts(model, PROMPTS, NAMES)

    assert model.asked == [NAMES[:4], NAMES[4:8], NAMES[8:]]


@pytest.mark.parametrize("folder", [None, "cache"])
def test_progress_counts_texts(tmp_path: Path, model: Any, folder: str | None) -> None:
    cache = EmbeddingCache(tmp_path / folder if folder else None)
    calls: list[tuple[str, int, int]] = []
    cache.prompts(model, PROMPTS, NAMES, lambda *call: calls.append(call))

    assert calls == [("texts", done, 30) for done in ((0, 30) if folder is None else (0, 12, 24, 30))]


def test_no_text_lies_in_the_cache(tmp_path: Path, model: Any) -> None:
    EmbeddingCache(tmp_path, "cpu").prompts(model, PROMPTS, NAMES)
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    assert hashlib.sha256(FILLED[3].encode()).digest() in written
    assert not any(word in written for word in (b"Person", b"photo of", b"at sea"))
