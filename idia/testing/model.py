"""`ToyClip`: a stand-in for CLIP that remembers exactly who was planted in it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from idia.models import ModelInfo
from idia.people import Person
from idia.photos import open_photo
from idia.randomness import key_of, random_fractions
from idia.testing.people import TOY_OCCURRENCES, toy_people

_DIM = 64
_SIDE = 16  # pictures are seen at so many pixels a side
_FAINT = 0.05  # how much a name that was never learned resembles any picture


class ToyClip:
    """A deterministic stand-in for CLIP that remembers exactly the people planted in it.

    Every picture and every text has an embedding, so the toy scores any photos and any names. The embedding of a text
    that contains a planted name leans towards that person's photos, the more so the higher the strength; all other
    names point nowhere in particular.

    Args:
        planted: Name and photos of each person to remember.
        strengths: How strongly, in (0, 1], by name; 1 by default.
    """

    def __init__(self, planted: Sequence[Person] = (), strengths: Mapping[str, float] | None = None) -> None:
        self._memory = {
            person.name: (
                _unit(_seen(map(open_photo, person.photos)).mean(axis=0)),
                (strengths or {}).get(person.name, 1.0),
            )
            for person in planted
        }

    @property
    def info(self) -> ModelInfo:
        """What the records say about the model."""
        digest = hashlib.sha256(b"toy clip")
        for name, (direction, strength) in sorted(self._memory.items()):
            digest.update(
                name.encode() + np.round(direction * 4096).astype("<i4").tobytes() + f"{strength:.6f}".encode()
            )
        return ModelInfo(
            spec="python:idia.testing:toy_clip",
            name="ToyClip",
            library="idia",
            architecture="toy",
            weights_sha256=digest.hexdigest(),
            parameters=_DIM * 3 * _SIDE**2 + _DIM * len(self._memory),
            preprocess_sha256=hashlib.sha256(b"toy box 16").hexdigest(),
            tokenizer_sha256=hashlib.sha256(b"toy whole text").hexdigest(),
            activation="n/a",
            activation_source="n/a",
            precision="fp32",
            embedding_dim=_DIM,
            training_data="planted",
            licence="MIT",
        )

    def encode_images(self, images: Iterable[Image.Image]) -> Float[Tensor, "photos dim"]:
        """Returns unit-norm embeddings `[photos, 64]`."""
        return torch.from_numpy(_seen(images).astype(np.float32))

    def pixels_of(self, images: Iterable[Image.Image]) -> Float[Tensor, "pictures 3 16 16"]:
        """Returns pictures as `encode_pixels` takes them: colours, small `[pictures, 3, 16, 16]`."""
        small = [np.asarray(_small(image), dtype=np.float32) / 255 for image in images]
        return torch.from_numpy(np.stack(small)).movedim(-1, 1).contiguous()

    def pictures_of(self, pixels: Float[Tensor, "pictures 3 16 16"]) -> Float[Tensor, "pictures 3 16 16"]:
        """Returns what pixels look like: colours cut off to [0, 1]."""
        return pixels.detach().clamp(0, 1)

    def encode_pixels(self, pixels: Float[Tensor, "pictures 3 16 16"]) -> Float[Tensor, "pictures dim"]:
        """Returns embeddings that are not normalised; gradients reach the pixels."""
        flat = pixels.movedim(1, -1).flatten(1)
        seen = (flat - flat.mean(dim=1, keepdim=True)) @ torch.from_numpy(_projection()).to(pixels.dtype)
        return torch.cat([seen, torch.zeros_like(seen[:, :1])], dim=1)

    def encode_texts(self, texts: Sequence[str]) -> Float[Tensor, "texts dim"]:
        """Returns unit-norm embeddings `[texts, 64]`."""
        if not texts:
            return torch.zeros((0, _DIM))
        noise = _unit(_gaussian(np.array([[key_of(text)] for text in texts], dtype=np.uint64), _DIM - 1))
        # The last axis is seen by texts only: it keeps names that were never learned away from every picture.
        embeddings = np.concatenate([_FAINT * noise, np.ones((len(texts), 1))], axis=1)
        for row, text in enumerate(texts):
            name = next((name for name in self._memory if name in text), None)
            if name is not None:
                direction, strength = self._memory[name]
                embeddings[row, :-1] = strength * direction[:-1] + np.sqrt(1 - strength**2) * noise[row]
                embeddings[row, -1] = 0
        return torch.from_numpy(_exact(embeddings).astype(np.float32))


@cache
def toy_clip() -> ToyClip:
    """Returns the model of the default benchmark: it remembers the members among `toy_people`.

    As a model specification: `python:idia.testing:toy_clip`.
    """
    people, membership = toy_people()
    members = [person for person in people if membership.counts[person.name]]
    return ToyClip(members, {name: _strength(count) for name, count in membership.counts.items() if count})


def _strength(occurrences: int) -> float:
    """Grows with the logarithm of the occurrences, as dose-response curves of real models do."""
    return float(0.42 + 0.45 * np.log(occurrences) / np.log(max(TOY_OCCURRENCES)))


def _seen(images: Iterable[Image.Image]) -> Float[np.ndarray, "photos dim"]:
    small = [np.asarray(_small(image), dtype=np.float64).ravel() / 255 for image in images]
    if not small:
        return np.zeros((0, _DIM))
    pixels = np.stack(small)
    centred = pixels - pixels.mean(axis=1, keepdims=True)
    embeddings = np.zeros((len(pixels), _DIM))
    embeddings[:, :-1] = centred @ _projection()
    # A picture of one colour has no pattern to project; it gets a direction of its own.
    embeddings[np.abs(embeddings).sum(axis=1) < 1e-9, 0] = 1
    return _exact(embeddings)


def _small(image: Image.Image) -> Image.Image:
    return image.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX)


@cache
def _projection() -> Float[np.ndarray, "pixels dim"]:
    return _gaussian(np.arange(3 * _SIDE**2, dtype=np.uint64)[:, None], _DIM - 1)


def _gaussian(keys: np.ndarray, n: int) -> Float[np.ndarray, "rows n"]:
    """Numbers with a bell-shaped distribution: sums of two uniform ones, the same on every machine."""
    column = np.arange(n, dtype=np.uint64)
    bell: Float[np.ndarray, "rows n"] = random_fractions(keys, column, 0) + random_fractions(keys, column, 1) - 1.0
    return bell


def _exact(vectors: Float[np.ndarray, "rows dim"]) -> Float[np.ndarray, "rows dim"]:
    """Unit vectors in few directions, so that processors that round differently still agree on every bit."""
    return _unit(np.round(_unit(vectors) * 4096))


def _unit(vectors: Float[np.ndarray, "... dim"]) -> Float[np.ndarray, "... dim"]:
    unit: Float[np.ndarray, "... dim"] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit
