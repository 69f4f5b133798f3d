"""What stands for faces on this machine alone: photos that the model under audit never gets to see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, final

import numpy as np
import torch
from jaxtyping import Float32, Float64
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn.functional import interpolate

from idia.attacks.one_core import on_one_core
from idia.errors import DatasetError, ModelError, ShapeError
from idia.models import Model, ModelInfo
from idia.photos import Photo, open_reduced

SIDE = 32
"""Pixels of a thumbnail's side."""


class FaceRepresentation(Protocol):
    """What makes numbers of pictures, so that pictures of the same face are close to each other."""

    @property
    def id(self) -> str:
        """What it is called in records; names whatever its numbers depend on."""

    def represented(self, pictures: Float32[Tensor, "pictures 3 height width"]) -> Float64[np.ndarray, "pictures dims"]:
        """Returns what stands for each picture `[pictures, dims]`; close in Euclidean distance if alike.

        Args:
            pictures: Colours in [0, 1], of any size.
        """


@final
@dataclass(frozen=True, eq=False, slots=True)
class Eigenfaces:
    """The main directions in which pictures differ, as 32 x 32 colours: needs neither weights nor a network.

    Attributes:
        id: What it is called in records.
        mean: The mean picture `[colours]`.
        components: Directions of unit length, the most important first `[dims, colours]`.

    Source:
        Turk, Pentland, "Eigenfaces for recognition", Journal of Cognitive Neuroscience 3 (1991).
    """

    id: str
    mean: Float64[np.ndarray, " colours"]
    components: Float64[np.ndarray, "dims colours"]

    @classmethod
    def fitted(cls, pictures: Float32[Tensor, "pictures 3 height width"], n_components: int = 32) -> "Eigenfaces":
        """Returns the directions in which pictures of faces differ.

        Args:
            pictures: Any faces, in [0, 1]; nobody needs to know whose. Best are those of people who are not attacked.
            n_components: How many directions; fewer where there are not more pictures than that.

        Raises:
            ShapeError: Those are no pictures, or no direction is wanted.
            DatasetError: There are fewer than two different pictures.
        """
        if n_components < 1:
            raise ShapeError(f"expected one or more components, got {n_components}.")
        colours = _colours(pictures)
        if len(colours) < 2 or not np.ptp(colours, axis=0).any():
            raise DatasetError(
                f"directions in which faces differ take two or more different pictures, got {len(colours)} "
                f"{'alike' if len(colours) > 1 else 'in all'}. Bring photos of several people."
            )
        from sklearn.decomposition import PCA  # a second's import

        with on_one_core():
            found = PCA(min(n_components, len(colours) - 1, colours.shape[1]), random_state=0).fit(colours)
        components = found.components_
        # Either sign would do; libraries do not agree on one.
        largest = np.abs(components).argmax(axis=1)
        components = components * np.sign(components[np.arange(len(components)), largest])[:, None]
        return cls(f"eigenfaces-{len(components)}-of-{len(colours)}", found.mean_, components)

    def represented(self, pictures: Float32[Tensor, "pictures 3 height width"]) -> Float64[np.ndarray, "pictures dims"]:
        """Returns how far each picture lies in each direction `[pictures, dims]`.

        Args:
            pictures: Colours in [0, 1], of any size.

        Raises:
            ShapeError: Those are no pictures.
        """
        with on_one_core():
            projected: Float64[np.ndarray, "pictures dims"] = (_colours(pictures) - self.mean) @ self.components.T
        return projected


@final
class ModelFaces:
    """The image embeddings of another model than the target.

    A model that shares the target's image tower, such as a defended copy, is another model by its fingerprint. It runs
    here, so no photo leaves; but it has seen whoever the target has seen.

    Args:
        model: What embeds pictures, on this machine.
        target: What is known about the model under audit.

    Raises:
        ModelError: It is the target, or nobody can tell.
    """

    def __init__(self, model: Model, target: ModelInfo) -> None:
        weights = model.info.weights_sha256
        if not weights or not target.weights_sha256:
            nameless = model.info.name if not weights else target.name
            raise ModelError(
                f"{nameless!r} has no fingerprint of its weights, so it cannot be told whether {model.info.name!r} is "
                "the target, which must not see photos. Compare faces by eigenfaces."
            )
        if weights == target.weights_sha256:
            raise ModelError(
                f"{model.info.name!r} is the model under audit, which must not see photos. Compare faces by another "
                "model, or by eigenfaces."
            )
        self._model = model

    @property
    def id(self) -> str:
        """What it is called in records: the model's name and the beginning of its fingerprint."""
        info = self._model.info
        return f"{info.name}-{info.weights_sha256[:8]}"

    def represented(self, pictures: Float32[Tensor, "pictures 3 height width"]) -> Float64[np.ndarray, "pictures dims"]:
        """Returns the model's embedding of each picture `[pictures, dims]`.

        Args:
            pictures: Colours in [0, 1], of any size; rounded to 8 bits.

        Raises:
            ShapeError: Those are no pictures.
        """
        _check_pictures(pictures)
        rounded = (pictures.detach().cpu().clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
        embeddings = self._model.encode_images(Image.fromarray(np.ascontiguousarray(picture)) for picture in rounded)
        return embeddings.double().cpu().numpy()


def thumbnails(photos: Sequence[Photo], side: int = SIDE) -> Float32[Tensor, "photos 3 side side"]:
    """Returns small squares of photos, cut out of their middle, as colours in [0, 1] `[photos, 3, side, side]`.

    Args:
        photos: Photos of any size.
        side: Pixels of a side.

    Raises:
        UnreadablePhotoError: A photo cannot be decoded.
    """
    small = np.empty((len(photos), side, side, 3), dtype=np.float32)
    for number, photo in enumerate(photos):
        picture, _ = open_reduced(photo, side)
        small[number] = np.asarray(ImageOps.fit(picture, (side, side), Image.Resampling.BOX), dtype=np.float32) / 255
    return torch.from_numpy(small).permute(0, 3, 1, 2).contiguous()


def _check_pictures(pictures: Tensor) -> None:
    if pictures.ndim != 4 or pictures.shape[1] != 3 or not pictures.is_floating_point():
        raise ShapeError(f"expected colours [pictures, 3, height, width] in [0, 1], got {list(pictures.shape)}.")
    if not ((pictures > -1e-4) & (pictures < 1 + 1e-4)).all():
        raise ShapeError("colours of pictures must be in [0, 1]. Undo the model's normalisation, and clip.")


def _colours(pictures: Tensor) -> Float64[np.ndarray, "pictures colours"]:
    _check_pictures(pictures)
    small = pictures.detach().cpu().double()
    if not len(small):
        return np.zeros((0, 3 * SIDE * SIDE))
    if small.shape[2:] != (SIDE, SIDE):
        small = interpolate(small, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
    return small.flatten(1).numpy()
