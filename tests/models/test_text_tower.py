"""Kinds of text towers that open_clip lists, made small: each is run as its kind allows, with the same numbers."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from open_clip.coca_model import CoCa
from open_clip.factory import get_model_config
from open_clip.hf_model import HFTextEncoder, MeanPooler
from open_clip.model import CLIP, CustomTextCLIP
from torch import Tensor, nn
from torch.nn.functional import normalize

from idia.models.text_encoding import TextEncoder
from idia.models.text_tower import CausalTower

VISION = {"image_size": 32, "patch_size": 16, "width": 32, "head_width": 16, "layers": 1}
N_WORDS, START, END = 100, 98, 99

WAYS = {
    "ViT-B-32": "tree",
    "ViT-B-16-quickgelu": "tree",
    "ViT-bigG-14": "tree",
    "RN50x4": "tree",
    "convnext_base_w": "tree",
    "ViT-L-14-worldwide": "tree",
    "ViT-H-14-worldwide-quickgelu": "tree",
    "ViTamin-B": "tree",
    "EVA01-g-14": "tree",
    "EVA02-L-14-336": "tree",
    "PE-Core-T-16-384": "tree",
    "PE-Core-bigG-14-448": "tree",
    "MobileCLIP2-B": "tree",  # unlike the others of its kind
    "MobileCLIP-S1": "whole",
    "MobileCLIP2-S4": "whole",
    "ViT-B-16-SigLIP": "whole",
    "ViT-SO400M-16-SigLIP-i18n-256": "whole",
    "ViT-gopt-16-SigLIP2-256": "whole",
    "ViT-H-14-CLIPA": "whole",
    "ViT-bigG-14-CLIPA-336": "whole",
    "coca_base": "whole",
    "coca_ViT-B-32": "whole",
}


def small(name: str) -> nn.Module:
    """A network of a listed configuration with few and narrow layers, and another picture tower."""
    config: dict[str, Any] = get_model_config(name)
    sizes = {"vocab_size": N_WORDS, "width": 32, "heads": 4, "layers": 2}
    arguments: dict[str, Any] = {"embed_dim": 32, "vision_cfg": dict(VISION), "text_cfg": config["text_cfg"] | sizes}
    arguments["quick_gelu"] = config.get("quick_gelu", False)
    kind: Any = CustomTextCLIP if config.get("custom_text") else CLIP
    if "multimodal_cfg" in config:
        kind = CoCa
        arguments["vision_cfg"] |= {"attentional_pool": True, "attn_pooler_heads": 4, "output_tokens": True}
        arguments["multimodal_cfg"] = config["multimodal_cfg"] | sizes
    arguments["text_cfg"].pop("hf_tokenizer_name", None)
    return drawn(lambda: kind(**arguments))


def drawn(make: Any) -> nn.Module:
    """A module with weights drawn by seed; biases and norms, too, else drawn as zeros and ones."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        module: nn.Module = make()
        for parameter in module.parameters():
            if parameter.ndim == 1:
                parameter.data += 0.2 * torch.randn_like(parameter)
    return module.eval().requires_grad_(False)


class Words:
    """One token a word, cut to the context with the end last."""

    def __init__(self, context: int, end: int = END, padding: int = 0) -> None:
        self.context, self.end, self.padding = context, end, padding

    def __call__(self, texts: list[str]) -> Tensor:
        rows = torch.full((len(texts), self.context), self.padding)
        for row, text in zip(rows, texts, strict=True):
            ids = [START, *(3 + sum(map(ord, word)) % 90 for word in text.split()), self.end][: self.context]
            row[: len(ids)] = torch.tensor(ids)
            row[len(ids) - 1] = self.end
        return rows


TEXTS = ["", "Ada", "a photo of Ada Example", "a photo of Ada", "Ada at a gala", "word " * 90]


def assert_like_encode_text(network: Any, encoder: TextEncoder, tokens: Tensor) -> None:
    with torch.inference_mode():
        expected = network.encode_text(tokens, normalize=True)
    torch.testing.assert_close(expected, normalize(encoder(tokens)), atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", WAYS)
def test_a_listed_tower_is_run_as_its_kind_allows(name: str) -> None:
    text: dict[str, Any] = get_model_config(name)["text_cfg"]
    network, tokenizer = small(name), Words(text["context_length"], text.get("eos_id", END))

    encoder = TextEncoder.fastest(network, tokenizer)

    assert encoder.how == WAYS[name]
    assert_like_encode_text(network, encoder, tokenizer(TEXTS))


def roberta() -> HFTextEncoder:
    """A small tower of transformers, from a configuration of our own."""
    transformers: Any = pytest.importorskip("transformers")
    config = transformers.RobertaConfig(
        vocab_size=N_WORDS,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=40,
    )
    return HFTextEncoder("", output_dim=32, config=config, pooler_type="mean_pooler", proj_type="linear")


def bag_of_words() -> HFTextEncoder:
    """The adapter of open_clip around what answers as a tower of transformers does."""

    class Tower(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words, self.layer = nn.Embedding(N_WORDS, 32), nn.Linear(32, 32)

        def forward(self, input_ids: Tensor, attention_mask: Tensor) -> SimpleNamespace:
            x = self.words(input_ids) * attention_mask[:, :, None]
            return SimpleNamespace(last_hidden_state=torch.tanh(self.layer(x + x.mean(dim=1, keepdim=True))))

    tower = HFTextEncoder.__new__(HFTextEncoder)
    nn.Module.__init__(tower)
    tower.config, tower.output_tokens = SimpleNamespace(pad_token_id=1), False
    tower.transformer, tower.pooler, tower.proj = Tower(), MeanPooler(), nn.Linear(32, 32)
    return tower


@pytest.mark.parametrize("make", [roberta, bag_of_words])
def test_a_tower_of_another_library_is_run_whole(make: Any) -> None:
    tower, network, tokenizer = drawn(make), small("EVA02-L-14-336"), Words(24, padding=1)
    network.text = tower

    for encoder in (TextEncoder.fastest(network, tokenizer), TextEncoder(network, "tree")):
        assert encoder.how == "whole"
        assert_like_encode_text(network, encoder, tokenizer(TEXTS))


def test_a_tower_of_another_type_is_not_known_by_its_parts() -> None:
    network: Any = small("EVA02-L-14-336")
    assert CausalTower.of(network) is not None
    other = HFTextEncoder.__new__(HFTextEncoder)
    other.__dict__ = network.text.__dict__
    network.text = other

    assert CausalTower.of(network) is None
