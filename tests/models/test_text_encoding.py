"""Text towers cut short and packed into trees: the numbers of `encode_text`, or `encode_text` itself."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
import torch
from open_clip.coca_model import CoCa
from open_clip.model import CLIP, CustomTextCLIP
from torch import Tensor, nn
from torch.nn.functional import normalize

from idia.models import text_encoding
from idia.models.prefix_trie import PrefixTrie
from idia.models.text_encoding import TOLERANCE, TextEncoder
from idia.models.text_tower import CausalTower

EOT = 99
VISION = {"image_size": 32, "patch_size": 16, "width": 32, "head_width": 16, "layers": 1}
TEXT = {"context_length": 14, "vocab_size": 100, "width": 32, "heads": 2, "layers": 3}

CAUSAL: dict[str, tuple[type[nn.Module], dict[str, Any]]] = {
    "gelu": (CLIP, {}),
    "quickgelu": (CLIP, {"quick_gelu": True}),
    "custom": (CustomTextCLIP, {}),
    "layer scale": (CustomTextCLIP, {"ls_init_value": 0.5}),
    "one layer": (CLIP, {"layers": 1}),
    "eos": (CustomTextCLIP, {"pool_type": "eos", "eos_id": 99}),
    "eos of a whole": (CLIP, {"pool_type": "eos", "eos_id": 99}),
    "biased projection": (CLIP, {"proj_bias": True}),
    "no projection": (CustomTextCLIP, {"proj_type": "none"}),
    "another norm": (CLIP, {"norm_kwargs": {"eps": 0.1}}),
    "another gelu": (CLIP, {"act_kwargs": {"approximate": "tanh"}}),
    "narrow": (CLIP, {"mlp_ratio": 2.5, "heads": 8}),
}
ATTENDING: dict[str, tuple[type[nn.Module], dict[str, Any]]] = {
    "SigLIP": (CustomTextCLIP, {"no_causal_mask": True, "pool_type": "last", "proj_bias": True}),
    "CLIPA": (CLIP, {"no_causal_mask": True, "pool_type": "last"}),
    "MobileCLIP": (CustomTextCLIP, {"no_causal_mask": True}),
    "causal, pooled at the end": (CLIP, {"pool_type": "last"}),
    "causal, not pooled at the end of the text": (CLIP, {"pool_type": "first"}),
    "class token": (CustomTextCLIP, {"embed_cls": True}),
}


def build(kind: type[nn.Module], changes: dict[str, Any]) -> nn.Module:
    own = {key: value for key, value in changes.items() if key == "quick_gelu"}
    text = {**TEXT, **{key: value for key, value in changes.items() if key != "quick_gelu"}}
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        network = kind(embed_dim=16, vision_cfg=dict(VISION), text_cfg=text, **own)
        for name, parameter in network.named_parameters():
            if parameter.ndim == 1:  # biases and norms are drawn as zeros and ones
                nn.init.normal_(parameter, mean=float("ln" in name and "weight" in name), std=0.2)
    return network.eval().requires_grad_(False)


def tokenize(texts: list[str]) -> Tensor:
    """One token a word, cut to the context, the last one always at the end."""
    context = TEXT["context_length"]
    rows = torch.zeros(len(texts), context, dtype=torch.long)
    for row, text in zip(rows, texts, strict=True):
        words = [98, *(hash_of(word) for word in text.split()), EOT][:context]
        row[: len(words)] = torch.tensor(words)
        row[len(words) - 1] = EOT
    return rows


def hash_of(word: str) -> int:
    return EOT if word == "<end>" else 1 + sum(map(ord, word)) % 96


TEXTS = ["", "a", "a photo of Ada", "a photo of Bo", "a photo of Ada", "b " * 40, "a <end> b", "<end>", "c d"]


def assert_like_the_network(network: Any, encoder: TextEncoder, tokens: Tensor) -> None:
    raw, expected = encoder(tokens), network.encode_text(tokens, normalize=False)
    assert raw.shape == expected.shape
    torch.testing.assert_close(expected, raw, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(normalize(expected), normalize(raw), atol=1e-6, rtol=0)


@pytest.mark.parametrize("how", ["tree", "cut", "whole"])
@pytest.mark.parametrize("name", CAUSAL)
def test_causal_towers_give_the_numbers_of_open_clip(name: str, how: Any) -> None:
    network = build(*CAUSAL[name])

    assert_like_the_network(network, TextEncoder(network, how), tokenize(TEXTS))
    assert TextEncoder.fastest(network, tokenize).how == "tree"


@pytest.mark.parametrize("name", ["gelu", "eos"])
def test_a_text_without_an_end_is_answered_as_open_clip_does(name: str) -> None:
    network = build(*CAUSAL[name])
    tokens = torch.zeros(3, TEXT["context_length"], dtype=torch.long)
    tokens[1] = torch.arange(14) + 3
    tokens[2] = 5

    hows: tuple[Any, ...] = ("tree", "cut")
    for how in hows:
        assert_like_the_network(network, TextEncoder(network, how), tokens)


@pytest.mark.parametrize("name", ATTENDING)
def test_towers_that_see_padding_are_never_cut(name: str) -> None:
    network = build(*ATTENDING[name])
    encoder = TextEncoder.fastest(network, tokenize)

    assert CausalTower.of(network) is None
    assert encoder.how == "whole"
    assert_like_the_network(network, encoder, tokenize(TEXTS))


def test_a_tower_that_also_writes_captions_is_never_cut() -> None:
    text = {**TEXT, "embed_cls": True, "output_tokens": True}
    vision = {**VISION, "attentional_pool": True, "attn_pooler_heads": 2, "output_tokens": True}
    decoder = {"context_length": 14, "vocab_size": 100, "width": 32, "heads": 2, "layers": 1}
    network = CoCa(embed_dim=32, vision_cfg=vision, text_cfg=text, multimodal_cfg=decoder).eval()

    assert TextEncoder.fastest(network, tokenize).how == "whole"
    assert TextEncoder(network)(tokenize(TEXTS)).shape == (len(TEXTS), 32)


@pytest.mark.parametrize("feature", ["qk_norm", "scale_heads", "scale_attn", "scale_fc", "scale_attn_inner"])
def test_layers_of_another_kind_are_cut_but_make_no_tree(feature: str) -> None:
    network = build(CustomTextCLIP, {feature: True})
    encoder = TextEncoder.fastest(network, tokenize)

    assert encoder.how == "cut"
    assert_like_the_network(network, encoder, tokenize(TEXTS))


def test_a_mask_of_another_kind_is_never_cut() -> None:
    network: Any = build(*CAUSAL["gelu"])
    network.attn_mask[0, 3] = 0

    assert CausalTower.of(network) is None


def _biased(network: Any) -> None:
    """A layer that looks as usual and is not: it adds the mean of the whole sequence."""
    network.transformer.resblocks[1].register_forward_hook(lambda _, __, x: x + x.mean(dim=1, keepdim=True))


def _renamed(network: Any) -> None:
    encode = network.encode_text
    network.encode_text = lambda tokens, normalize=False: encode(tokens.flip(0), normalize=normalize)


def _broken(network: Any) -> None:
    network.positional_embedding[5] = torch.nan


@pytest.mark.parametrize("sabotage", [_biased, _renamed, _broken])
def test_a_tower_that_is_not_what_it_seems_is_found_out(sabotage: Callable[[Any], None]) -> None:
    network = build(*CAUSAL["gelu"])
    sabotage(network)

    assert CausalTower.of(network) is not None
    with pytest.warns(UserWarning, match=r"texts of 'it' are run whole, .*tree: .* differ by \S+, .*cut: .* differ by"):
        assert TextEncoder.fastest(network, tokenize, name="'it'").how == "whole"


def test_what_a_tree_gets_wrong_alone_is_cut() -> None:
    network: Any = build(*CAUSAL["gelu"])
    network.transformer.resblocks[1].register_forward_hook(lambda _, __, x: x * 1.01)

    with pytest.warns(UserWarning, match=r"run cut, .*\(tree: embeddings differ by .*, and 1e-06 is allowed\)"):
        assert TextEncoder.fastest(network, tokenize).how == "cut"


@pytest.mark.parametrize("error", [NotImplementedError, torch.OutOfMemoryError, MemoryError])
def test_what_a_device_cannot_run_is_not_used(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def refuse(*_: object) -> None:
        raise error("not on this device\nat all")

    monkeypatch.setattr(CausalTower, "_of_tree", refuse)

    with pytest.warns(UserWarning, match=rf"are run cut, .*tree: {error.__name__}: not on this device\)"):
        assert TextEncoder.fastest(build(*CAUSAL["gelu"]), tokenize).how == "cut"


@pytest.mark.parametrize("error", [RuntimeError, IndexError, AssertionError])
def test_an_error_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def wrong(*_: object) -> None:
        raise error("shapes do not match")

    monkeypatch.setattr(CausalTower, "_of_tree", wrong)

    with pytest.raises(error, match="shapes do not match"):
        TextEncoder.fastest(build(*CAUSAL["gelu"]), tokenize)


def _off(network: Any, by: Callable[[int], float]) -> None:
    """Moves the answers of `encode_text` off those of the tower, by the number of texts that it is given."""
    encode = network.encode_text

    def moved(tokens: Tensor, normalize: bool = False) -> Tensor:
        raw: Tensor = encode(tokens, normalize=normalize)
        raw[:, :1] += by(len(tokens)) * raw.norm(dim=1, keepdim=True)
        return raw

    network.encode_text = moved


@pytest.mark.parametrize(
    ("by", "how"),
    [
        (lambda n: 4e-7, "tree"),
        (lambda n: 4e-6, "whole"),  # nothing that comes and goes with the batch: no rounding
        (lambda n: 4e-6 if n > 1 else 2e-6, "tree"),
        (lambda n: 4e-6 if n > 1 else 3.5e-6, "whole"),
        (lambda n: 4e-3 if n > 1 else 2e-3, "whole"),  # far too much for rounding
    ],
)
def test_as_much_is_allowed_as_the_network_rounds_itself(by: Callable[[int], float], how: str) -> None:
    network = build(*CAUSAL["gelu"])
    _off(network, by)

    with nullcontext() if how == "tree" else pytest.warns(UserWarning, match="differ by"):
        assert TextEncoder.fastest(network, tokenize).how == how


@pytest.mark.parametrize("text_batch", [1, 256])
def test_the_rounding_of_a_network_is_measured_in_another_split(text_batch: int) -> None:
    network = build(*CAUSAL["gelu"])
    _off(network, lambda n: 4e-6 if n == (1 if text_batch == 1 else 16) else 2e-6)

    assert TextEncoder.fastest(network, tokenize, text_batch).how == "tree"


def test_the_way_is_the_one_that_is_taken() -> None:
    attending, other = build(*ATTENDING["SigLIP"]), build(CustomTextCLIP, {"qk_norm": True})

    assert TextEncoder(attending, "tree").how == TextEncoder(attending, "cut").how == "whole"
    assert TextEncoder(other, "tree").how == "cut"
    assert TextEncoder(build(*CAUSAL["gelu"]), "tree").how == "tree"
    assert_like_the_network(attending, TextEncoder(attending, "tree"), tokenize(TEXTS))
    assert_like_the_network(other, TextEncoder(other, "tree"), tokenize(TEXTS))


@pytest.mark.parametrize("most", [1, 2, 40])
def test_a_tree_is_bounded(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network: Any = build(*CAUSAL["gelu"])
    tower = CausalTower.of(network)
    sizes: list[int] = []
    run = CausalTower._of_tree
    assert tower is not None

    def noting(tower: CausalTower, trie: PrefixTrie) -> Tensor:
        sizes.append(len(trie))
        return run(tower, trie)

    monkeypatch.setattr(CausalTower, "_of_tree", noting)

    with torch.inference_mode():
        raw = tower.encode_tree(tokenize(TEXTS), most)

    torch.testing.assert_close(network.encode_text(tokenize(TEXTS)), raw, atol=1e-5, rtol=0)
    assert max(sizes) <= max(most, TEXT["context_length"])
    assert len(sizes) > 1 or most == 40


def test_the_trial_covers_many_lengths(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def noting(texts: list[str]) -> Tensor:
        seen.append(texts)
        return tokenize(texts)

    TextEncoder.fastest(build(*CAUSAL["gelu"]), noting)

    assert len(seen[0]) == 16
    assert len({len(text.split()) for text in seen[0]}) >= 12
    assert max(len(text.split()) for text in seen[0]) > 77
    assert TOLERANCE <= 1e-6
    assert text_encoding.TOLERANCE is TOLERANCE
