"""CLIP's loss, without the pairs that are no contradiction."""

import torch
from jaxtyping import Bool, Float32
from torch import Tensor
from torch.nn import functional


def contrastive_loss(
    images: Float32[Tensor, "batch dim"],
    texts: Float32[Tensor, "batch dim"],
    scale: Float32[Tensor, ""],
    ignored: Bool[Tensor, "batch batch"],
) -> Float32[Tensor, ""]:
    """Returns the symmetric cross-entropy of finding each picture's caption and each caption's picture, in nats.

    Args:
        images: Unit-norm embeddings.
        texts: Unit-norm embeddings of the captions, in the order of the pictures.
        scale: Inverse temperature.
        ignored: Pairs [picture, caption] that are left out; never a picture and its own caption.

    Source:
        Radford et al., "Learning transferable visual models from natural language supervision", 2021, figure 3.
    """
    logits = (scale * images @ texts.T).masked_fill(ignored, -torch.inf)
    own = torch.arange(len(images), device=images.device)
    return (functional.cross_entropy(logits, own) + functional.cross_entropy(logits.T, own)) / 2
