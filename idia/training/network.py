"""A new model, with weights that depend on the seed alone."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Int64
from open_clip.model import CLIP
from torch import Tensor

from idia.training.captions import NAME_TEMPLATES
from idia.training.recipe import Encoder, model_config

MIN_CONTEXT = 32  # tokens
_SPARE_TOKENS = 4  # an attack's prompts may be longer than the captions were


def context_length(names: Sequence[str], tokenizer: Any) -> int:
    """Returns how many tokens a text may have: 32, or more where names are long in this vocabulary.

    Args:
        names: Everybody to be attacked: non-members' prompts must not be cut short either.
        tokenizer: A tokenizer; its own context length does not matter.
    """
    texts = (template.replace("{}", name) for name in names for template in NAME_TEMPLATES)
    longest = max(len(tokenizer.encode(text)) for text in texts) + 2 + _SPARE_TOKENS  # start and end
    return max(MIN_CONTEXT, -(-longest // 8) * 8)


def new_model(n_tokens: int, *, seed: int, encoder: Encoder = "vit") -> CLIP:
    """Returns an untrained model on the CPU.

    Args:
        n_tokens: Context length.
        encoder: The kind of image tower.
        seed: Seed of the weights.
    """
    config = model_config(n_tokens, encoder)
    # open_clip draws first weights from the global generator: it is seeded for this call and restored after it.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return CLIP(config["embed_dim"], config["vision_cfg"], config["text_cfg"])


def tokens_of(texts: Sequence[str], tokenizer: Any, n_tokens: int) -> Int64[Tensor, "texts context"]:
    """Returns the token ids of texts."""
    tokens: Int64[Tensor, "texts context"] = tokenizer(list(texts), context_length=n_tokens)
    return tokens
