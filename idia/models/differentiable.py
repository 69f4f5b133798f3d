"""Models that say how an embedding changes with the pixels: the access that optimising an image takes."""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from jaxtyping import Float32
from PIL import Image
from torch import Tensor

from idia.errors import ModelError
from idia.models.prompting import distance
from idia.models.protocol import Model


@runtime_checkable
class DifferentiableModel(Model, Protocol):
    """A model whose image tower can be differentiated. An extra of a `Model`; what asks for scores needs none of it."""

    def pixels_of(self, images: Iterable[Image.Image]) -> Float32[Tensor, "pictures 3 height width"]:
        """Returns pictures as the image tower takes them, on the CPU `[pictures, 3, height, width]`.

        Args:
            images: Upright pictures of mode `RGB`.
        """

    def pictures_of(
        self, pixels: Float32[Tensor, "pictures 3 height width"]
    ) -> Float32[Tensor, "pictures 3 height width"]:
        """Returns what such pixels look like: colours in [0, 1], on the CPU `[pictures, 3, height, width]`.

        Args:
            pixels: As `pixels_of` returns them, or anything of their shape.
        """

    def encode_pixels(self, pixels: Float32[Tensor, "pictures 3 height width"]) -> Float32[Tensor, "pictures dim"]:
        """Returns embeddings that are not normalised, where the network runs, as part of torch's graph.

        Args:
            pixels: As `pixels_of` returns them; on any device. Gradients reach them.
        """


def as_differentiable(model: Model) -> DifferentiableModel:
    """Returns the model if it gives gradients of its image embeddings.

    A wrapper that passes on whatever it lacks has the image tower of the model inside. So, as for prompts,
    `encode_pixels` must be defined no further away than `encode_images`.

    Args:
        model: Any model.

    Raises:
        ModelError: It does not give them; the message names the access that is missing.
    """
    pixels, images = (distance(model, method) for method in ("encode_pixels", "encode_images"))
    if pixels is None or (images is not None and images < pixels) or not isinstance(model, DifferentiableModel):
        raise ModelError(
            f"model {model.info.name!r} gives embeddings, but no gradients with respect to the image, which an attack "
            "from text alone needs: it optimises an image. Give it the methods pixels_of, pictures_of and "
            "encode_pixels of idia.models.DifferentiableModel, or load it as an open_clip model; with embeddings "
            "alone, attacks on photos can be run."
        )
    return model
