"""Templates and names encoded together by models of open_clip."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from idia.errors import ModelError
from idia.models import PromptModel, composition
from idia.models.composition import PromptTokenizer
from idia.models.open_clip import OpenClipModel
from idia.models.text_encoding import TextEncoder
from idia.names import NamePool
from idia.prompts import PAPER_PROMPTS, PromptTemplates

if TYPE_CHECKING:
    from tests.models.conftest import Load


pytestmark = pytest.mark.usefixtures("without_network")

SHIPPED = Path(__file__).parents[2] / "fixtures/models/vit-mixed"
PROMPTS = PromptTemplates(("{}", "a photo of {}", "{} in a suit", "Who's {}?"))
NAMES = ["Ada Example", "Élodie O'Neill-Smith", "x" * 90, "Ada Example", "<end_of_text>", "", "R. 2 D. 2", "山田 太郎"]


@pytest.fixture(scope="module")
def shipped(load: "Load") -> OpenClipModel:
    return load(f"local-dir:{SHIPPED}")


def by_open_clip(model: OpenClipModel, prompts: PromptTemplates, names: Sequence[str]) -> Tensor:
    """The embeddings of open_clip's own `encode_text`, at full context."""
    tokenizer: Any = model._prompt_tokenizer._tokenizer
    with torch.inference_mode():
        parts = [model._network.encode_text(tokenizer(list(texts)), normalize=True) for texts in prompts.fill(names)]
    return torch.stack(parts).clone()


def test_prompts_have_the_embeddings_that_open_clip_gives(shipped: OpenClipModel) -> None:
    names = [*NAMES, *NamePool.sampled((), 300).names]
    encoded = shipped.encode_prompts(PROMPTS, names)

    assert isinstance(shipped, PromptModel)
    assert encoded.shape == (4, len(names), 64)
    assert encoded.dtype == torch.float32
    assert not encoded.requires_grad
    assert not encoded.is_inference()
    torch.testing.assert_close(encoded.norm(dim=2), torch.ones(encoded.shape[:2]), atol=1e-6, rtol=0)
    torch.testing.assert_close(by_open_clip(shipped, PROMPTS, names), encoded, atol=1e-6, rtol=0)
    texts = torch.stack([shipped.encode_texts(texts) for texts in PROMPTS.fill(names)])
    torch.testing.assert_close(texts, encoded, atol=1e-6, rtol=0)


def test_an_embedding_depends_on_its_group_alone(shipped: OpenClipModel) -> None:
    names = NamePool.sampled((), 2 * shipped.names_per_pass + 9).names
    whole = shipped.encode_prompts(PAPER_PROMPTS, names)

    for start in range(0, len(names), shipped.names_per_pass):
        group = slice(start, start + shipped.names_per_pass)
        assert torch.equal(whole[:, group], shipped.encode_prompts(PAPER_PROMPTS, names[group]))


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_threads_change_nothing(shipped: OpenClipModel, n_threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    names = NamePool.sampled((), 3 * shipped.names_per_pass).names
    expected = shipped.encode_prompts(PAPER_PROMPTS, names)
    monkeypatch.setattr(shipped, "_n_workers", n_threads)

    assert torch.equal(expected, shipped.encode_prompts(PAPER_PROMPTS, names))


def test_the_order_of_names_and_the_size_of_groups_change_no_prediction(
    shipped: OpenClipModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = np.array(NamePool.sampled((), 400).names)
    order = np.random.default_rng(0).permutation(len(names))
    photos = torch.nn.functional.normalize(torch.randn(50, 64, generator=torch.manual_seed(0)), dim=1)

    def predicted(names: np.ndarray) -> np.ndarray:
        texts = shipped.encode_prompts(PAPER_PROMPTS, names.tolist())
        best: np.ndarray = names[torch.einsum("fd,pnd->fpn", photos, texts).argmax(dim=2).numpy()]
        return best

    expected = predicted(names)
    assert (expected == predicted(names[order])).all()
    for size in (1, 7, 400):
        monkeypatch.setattr(shipped, "_names_per_pass", size)
        assert (expected == predicted(names)).all()


def test_a_small_batch_bounds_the_tree_and_changes_nothing(shipped: OpenClipModel, load: "Load") -> None:
    small = load(f"local-dir:{SHIPPED}", text_batch=3)

    torch.testing.assert_close(
        shipped.encode_prompts(PROMPTS, NAMES), small.encode_prompts(PROMPTS, NAMES), atol=1e-6, rtol=0
    )


@pytest.mark.parametrize("how", ["tree", "cut", "whole"])
def test_every_way_gives_the_same(tiny_folder: Path, how: Any, load: "Load") -> None:
    model = load(f"local-dir:{tiny_folder}")
    expected = by_open_clip(model, PROMPTS, NAMES)
    model._texts = TextEncoder(model._network, how, text_batch=5)

    torch.testing.assert_close(expected, model.encode_prompts(PROMPTS, NAMES), atol=1e-6, rtol=0)


@pytest.mark.parametrize("how", ["tree", "cut", "whole"])
def test_a_model_says_how_its_texts_are_run(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch, how: Any, load: "Load"
) -> None:
    model = load(f"local-dir:{tiny_folder}", text_batch=7)
    assert model.text_encoding == "tree"
    model._texts = TextEncoder(model._network, how, text_batch=7)
    expected = by_open_clip(model, PROMPTS, NAMES)
    sizes: list[int] = []
    encode = model._network.encode_text

    def noting(tokens: Tensor, normalize: bool) -> Tensor:
        sizes.append(len(tokens))
        return encode(tokens, normalize=normalize)  # type: ignore[no-any-return]

    monkeypatch.setattr(model._network, "encode_text", noting)
    encoded = [model.encode_texts_plainly(texts) for texts in PROMPTS.fill(NAMES)]

    assert model.text_encoding == how
    assert sorted(sizes) == [1] * 4 + [7] * 4  # in any order: side by side
    torch.testing.assert_close(expected, torch.stack(encoded), atol=1e-6, rtol=0)


def test_prompts_are_tokenised_in_parts_only_when_they_are_asked_for(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch, load: "Load"
) -> None:
    monkeypatch.setattr(composition, "_remembered", {})
    monkeypatch.setattr(PromptTokenizer, "_passes_trial", lambda _: pytest.fail("tried out before it was needed"))
    model = load(f"local-dir:{tiny_folder}")
    model.encode_images([Image.linear_gradient("L")])
    model.encode_texts(["a photo of Ada"])

    monkeypatch.setattr(PromptTokenizer, "_passes_trial", lambda _: True)
    assert model.encode_prompts(PROMPTS, ["Ada"]).shape == (4, 1, 16)


def test_nothing_has_no_embeddings(tiny_folder: Path, load: "Load") -> None:
    assert load(f"local-dir:{tiny_folder}").encode_prompts(PROMPTS, []).shape == (4, 0, 16)


def test_one_name_twice_has_the_same_embeddings(shipped: OpenClipModel) -> None:
    encoded = shipped.encode_prompts(PROMPTS, NAMES)

    assert torch.equal(encoded[:, 0], encoded[:, 3])


def test_a_prompt_without_direction_is_our_error(shipped: OpenClipModel, monkeypatch: pytest.MonkeyPatch) -> None:
    names = NamePool.sampled((), shipped.names_per_pass + 3).names
    texts = shipped._texts
    seen: list[int] = []

    def broken(tokens: Tensor) -> Tensor:
        raw = texts(tokens).clone()
        seen.append(len(raw))
        if len(raw) == 12:  # the second group: four templates, three names
            raw[7] = torch.nan
        return raw

    monkeypatch.setattr(shipped, "_texts", broken)

    with pytest.raises(ModelError, match=r"'vit-mixed' gives '" + f"{names[-2]} in a suit' an embedding without"):
        shipped.encode_prompts(PROMPTS, names)
