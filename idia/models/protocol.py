"""What a model under audit is to the rest of the package, and what is recorded about it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, final, runtime_checkable

from jaxtyping import Float32
from PIL import Image
from torch import Tensor

from idia.prompts import PromptTemplates

Progress = Callable[[str, int, int], None]
"""Called with the stage, how much of it is done, and how much there is to do."""


@final
@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Everything a record says about a model.

    Attributes:
        spec: The specification it was loaded from, as written.
        name: What it is called on the board; never a path.
        library: What computes its embeddings, with the version: `open_clip 3.3.0`.
        architecture: Which network the weights belong to.
        weights_sha256: Fingerprint of the weights, as `idia.models.checkpoints.state_sha256` computes it. Embeddings
            of a model without one (an empty text) are never kept on disk.
        parameters: How many numbers were trained.
        preprocess_sha256: Fingerprint of how photos become pixels.
        tokenizer_sha256: Fingerprint of how texts become tokens.
        activation: `gelu` or `quickgelu`; a network trained with one gives worse embeddings with the other, and the
            weights do not tell which.
        activation_source: Who says so: the `tag`, the `architecture`, the model's own `config`, or an `override`.
        precision: Arithmetic of the network, such as `fp32`.
        embedding_dim: Length of an embedding.
        training_data: What the model was trained on, if known.
        licence: Under what terms the weights may be used, if known.
        is_random: Whether the weights were drawn instead of trained: a control, never a result.
    """

    spec: str
    name: str
    library: str
    architecture: str
    weights_sha256: str
    parameters: int
    preprocess_sha256: str
    tokenizer_sha256: str
    activation: str
    activation_source: str
    precision: str
    embedding_dim: int
    training_data: str | None
    licence: str | None
    is_random: bool = False


@runtime_checkable
class Model(Protocol):
    """An image–text dual encoder under audit. Owns tokenising, preprocessing, batching, device and precision.

    One that says where it runs, by a `device` of torch or its name, has its embeddings compared on that device where it
    is of CUDA; they come from the CPU nonetheless.
    """

    @property
    def info(self) -> ModelInfo:
        """What the records say about the model; the same at every call."""

    def encode_images(self, images: Iterable[Image.Image]) -> Float32[Tensor, "photos dim"]:
        """Returns unit-norm embeddings on the CPU `[photos, dim]`.

        Args:
            images: Upright pictures of mode `RGB`, to be consumed batch by batch.
        """

    def encode_texts(self, texts: Sequence[str]) -> Float32[Tensor, "texts dim"]:
        """Returns unit-norm embeddings on the CPU `[texts, dim]`.

        Args:
            texts: Whole prompts, of any length.
        """


@runtime_checkable
class PromptModel(Model, Protocol):
    """A model that encodes templates and names together, faster than one text after another.

    What they have in common is then encoded once. An extra of a `Model`: one without it is asked for whole texts, and
    so is one that has it only because a model inside of it, or a class that it changes, has it:
    `idia.models.prompting.as_prompt_model` tells which.
    """

    @property
    def names_per_pass(self) -> int:
        """How many names are encoded together; the same at every call.

        Names are taken in consecutive groups of this size. An embedding depends on its group alone, to the last bit,
        and never on how many groups are asked for at once.
        """

    def encode_prompts(self, prompts: PromptTemplates, names: Sequence[str]) -> Float32[Tensor, "prompts names dim"]:
        """Returns unit-norm embeddings on the CPU `[prompts, names, dim]`.

        Args:
            prompts: The templates.
            names: What goes into each of them.
        """
