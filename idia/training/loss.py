"""CLIP's loss, without the pairs that are no contradiction."""

import numpy as np
import torch
from jaxtyping import Bool, Float32, Int64
from torch import Tensor
from torch.nn import functional


def false_negatives(
    captions: Int64[np.ndarray, " batch"], people: Int64[np.ndarray, " batch"]
) -> Bool[Tensor, "batch batch"]:
    """Returns which picture and caption of different pairs must not be pushed apart.

    A caption that another pair repeats word for word is as true of this picture; and every nameless caption is
    true of every stranger. Without the mask such pairs are pure noise in the loss.

    Args:
        captions: Index of each pair's caption.
        people: Index of the person in each picture; -1 for a stranger.
    """
    same_caption = captions[:, None] == captions
    both_strangers = (people[:, None] < 0) & (people < 0)
    return torch.from_numpy((same_caption | both_strangers) & ~np.eye(len(people), dtype=np.bool_))


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
