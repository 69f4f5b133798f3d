"""What one would use instead of this package: each stage's baselines, as their own documentation has them used."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from jaxtyping import Float32, Int64
from PIL import Image
from torch import Tensor

from idia.attacks.predictions import NamePredictions
from idia.attacks.voting import PAPER_SIZES
from idia.errors import ModelError
from idia.models.checkpoints import state_sha256
from idia.speed.faiss_loading import load_faiss
from idia.speed.interleaved import Contestant

_BATCH = 64  # texts a pass; larger ones are no faster at full length
_CONTEXT = 77


def torch_argmax(
    images: Float32[Tensor, "photos dim"], texts: Float32[Tensor, "prompts names dim"]
) -> Contestant[Int64[np.ndarray, "photos prompts"]]:
    """Returns the obvious way: all similarities in one matrix, and the largest of every row."""
    n_prompts, n_names, dim = texts.shape

    def run() -> Int64[np.ndarray, "photos prompts"]:
        similarities = images @ texts.reshape(-1, dim).T
        return similarities.view(len(images), n_prompts, n_names).argmax(dim=-1).numpy()

    return Contestant("torch matmul + argmax", run)


def faiss_argmax(
    images: Float32[Tensor, "photos dim"], texts: Float32[Tensor, "prompts names dim"], *, is_prepared: bool = False
) -> Contestant[Int64[np.ndarray, "photos prompts"]]:
    """Returns an exact search of faiss for the nearest name, prompt by prompt.

    Args:
        images: The photos.
        texts: The names.
        is_prepared: Whether its index is built beforehand.
    """
    faiss, remark = load_faiss()
    name = "faiss-cpu IndexFlatIP"
    if faiss is None:
        return Contestant(name, None, remark=remark)
    photos = images.numpy()

    def index_of(names: Float32[Tensor, "names dim"]) -> Any:
        index = faiss.IndexFlatIP(names.shape[1])
        index.add(names.numpy())
        return index

    indices = [index_of(names) for names in texts] if is_prepared else None

    def run() -> Int64[np.ndarray, "photos prompts"]:
        ready = indices or map(index_of, texts)
        return np.stack([index.search(photos, 1)[1][:, 0] for index in ready], axis=1)

    return Contestant(name, run, remark=remark)


def open_clip_texts(
    architecture: str, texts: Sequence[str], *, weights_sha256: str
) -> Contestant[Float32[Tensor, "texts dim"]]:
    """Returns open_clip's own encoding of texts, padded to its full context.

    Args:
        architecture: With random weights of seed 0.
        texts: What to encode.
        weights_sha256: Fingerprint of the weights it must have.

    Raises:
        ModelError: Its weights are others, so that nothing can be compared.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        network = open_clip.create_model(architecture, pretrained_hf=False).eval()
    if (came := state_sha256(network.state_dict())) != weights_sha256:
        raise ModelError(f"{architecture} should have weights {weights_sha256[:8]}, but has {came[:8]}.")
    tokens = open_clip.get_tokenizer(architecture)(list(texts))

    def run() -> Float32[Tensor, "texts dim"]:
        with torch.inference_mode():
            parts = [network.encode_text(batch, normalize=True) for batch in tokens.split(_BATCH)]
        return torch.cat(parts)

    return Contestant(f"open_clip encode_text at context {_CONTEXT}", run, n_items=len(texts))


def open_clip_tokens(architecture: str, texts: Sequence[str]) -> Contestant[Int64[Tensor, "texts context"]]:
    """Returns open_clip's tokenizer, which has seen no text before."""
    listed = list(texts)
    # A tokenizer remembers words; each round begins with one that has seen none.
    return Contestant(
        "open_clip tokenizer",
        lambda tokenizer: tokenizer(listed),
        n_items=len(listed),
        prepare=lambda: open_clip.get_tokenizer(architecture),
    )


def open_clip_photos(folder: Path, photos: Sequence[Path]) -> Contestant[Float32[Tensor, "photos dim"]]:
    """Returns open_clip's own way from files to embeddings: opened and transformed one by one, encoded in batches.

    Args:
        folder: A model folder.
        photos: Files.
    """
    network, transform = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    network.eval()

    def run() -> Float32[Tensor, "photos dim"]:
        parts = []
        with torch.inference_mode():
            for start in range(0, len(photos), _BATCH):
                batch = [transform(Image.open(photo)) for photo in photos[start : start + _BATCH]]
                parts.append(network.encode_image(torch.stack(batch), normalize=True))
        return torch.cat(parts)

    return Contestant("open_clip, one photo after the other", run, n_items=len(photos))


def published_votes(
    predictions: NamePredictions,
) -> tuple[Contestant[None], dict[int, list[Int64[np.ndarray, " people"]]]]:
    """Returns the published vote in pandas, at the published numbers of photos, and what it has decided.

    The photos of a draw are chosen before each round: it is not charged for that, though ours is.

    Args:
        predictions: What is voted on.

    Returns:
        One draw a run, the next one each time; and by draw, filled by running it, the prompts won at every number of
        photos.
    """
    from idia.testing.published_vote import draw_subsets, published_table, published_vote

    table = published_table(predictions)
    draws = count()
    decided: dict[int, list[Int64[np.ndarray, " people"]]] = {}

    def drawn_photos() -> tuple[int, list[Any]]:
        draw = next(draws)
        return draw, [draw_subsets(table, predictions, size, draw=draw, seed=0) for size in PAPER_SIZES]

    def vote(drawn: tuple[int, list[Any]]) -> None:
        draw, photos = drawn
        decided[draw] = [published_vote(each)["prompts_won"].to_numpy() for each in photos]

    return Contestant("published vote in pandas", vote, prepare=drawn_photos), decided
