"""A model of open_clip behind the protocol of this package."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property, partial
from typing import Any, final

import torch
from jaxtyping import Float32, Float64
from PIL import Image
from torch import Tensor, nn

from idia.models.colours import coloured
from idia.models.composition import PromptTokenizer
from idia.models.embeddings import NoDirectionError
from idia.models.pictures import in_batches
from idia.models.protocol import ModelInfo
from idia.models.text_encoding import TextEncoder, Way
from idia.models.tokens import SharedTokenizer
from idia.parallel import in_order
from idia.prompts import PromptTemplates

_SMALL = 20_000_000  # parameters up to which a batch is too little work to be split between cores

# More names share a little more of each prompt, but the values of a small network then leave the processor's cache.
_NAMES_PER_PASS, _NAMES_PER_SMALL_PASS = 128, 64


@final
class OpenClipModel:
    """A model of open_clip, with its own preprocessing and tokenizer.

    Args:
        network: The network, with its weights.
        transform: From a picture to pixels `[3, height, width]`.
        tokenizer: From texts to token ids `[texts, context]`.
        info: What the records say.
        image_batch: Pictures per pass.
        texts: Runs the text tower; by default over whole contexts.
    """

    def __init__(
        self,
        network: nn.Module,
        transform: Callable[[Image.Image], Tensor],
        tokenizer: Callable[[list[str]], Tensor],
        info: ModelInfo,
        *,
        image_batch: int = 64,
        texts: TextEncoder | None = None,
    ) -> None:
        self._network: Any = network.eval().requires_grad_(False)
        self._transform = transform
        self._own_tokenizer = tokenizer
        self._tokenizer = SharedTokenizer(tokenizer, info.tokenizer_sha256)
        self._texts = texts or TextEncoder(network)
        self._info = info
        self._image_batch = image_batch
        self._device = next(network.parameters()).device
        is_small = info.parameters <= _SMALL
        self._n_workers = max(1, torch.get_num_threads()) if is_small and self._device.type == "cpu" else 1
        self._names_per_pass = _NAMES_PER_SMALL_PASS if is_small else _NAMES_PER_PASS

    def __repr__(self) -> str:
        return f"OpenClipModel({self._info.name!r}, device={str(self._device)!r})"

    @property
    def info(self) -> ModelInfo:
        """What the records say about the model."""
        return self._info

    @property
    def device(self) -> torch.device:
        """Where the network runs."""
        return self._device

    @property
    def network(self) -> nn.Module:
        """The network; whoever wants to change it changes a copy."""
        network: nn.Module = self._network
        return network

    @property
    def tokenizer(self) -> Callable[[list[str]], Tensor]:
        """From texts to token ids `[texts, context]`."""
        return self._own_tokenizer

    def with_network(self, network: nn.Module, info: ModelInfo) -> "OpenClipModel":
        """Returns a model with the same preprocessing and tokenizer around another network of the same architecture.

        Args:
            network: The network, with its weights, on the device where it is to run.
            info: What the records say about it.
        """
        texts = TextEncoder.fastest(network, self._own_tokenizer, self._texts.text_batch, name=repr(info.name))
        return OpenClipModel(
            network, self._transform, self._own_tokenizer, info, image_batch=self._image_batch, texts=texts
        )

    def encode_images(self, images: Iterable[Image.Image]) -> Float32[Tensor, "photos dim"]:
        """Returns unit-norm embeddings on the CPU `[photos, dim]`; consumes the pictures batch by batch.

        Raises:
            ModelError: The model answers with something that has no direction.
        """
        with in_batches(
            images,
            self._transform,
            partial(self._features, self._encode_image),
            size=self._image_batch,
            device=self._device,
            n_workers=self._n_workers,
        ) as results:
            return self._directions(results, lambda position: f"photo number {position + 1}")

    def pixels_of(self, images: Iterable[Image.Image]) -> Float32[Tensor, "pictures 3 height width"]:
        """Returns pictures as the image tower takes them, on the CPU `[pictures, 3, height, width]`."""
        return torch.stack([self._transform(image) for image in images])

    def pictures_of(
        self, pixels: Float32[Tensor, "pictures 3 height width"]
    ) -> Float32[Tensor, "pictures 3 height width"]:
        """Returns what pixels look like: colours in [0, 1], on the CPU `[pictures, 3, height, width]`."""
        return coloured(pixels.detach().cpu(), self._transform)

    def encode_pixels(self, pixels: Float32[Tensor, "pictures 3 height width"]) -> Float32[Tensor, "pictures dim"]:
        """Returns embeddings that are not normalised, where the network runs; gradients reach the pixels."""
        with _full_precision(self._device):
            return self._encode_image(pixels)

    def encode_texts(self, texts: Sequence[str]) -> Float32[Tensor, "texts dim"]:
        """Returns unit-norm embeddings on the CPU `[texts, dim]`; a text that is too long is cut, as in training.

        Raises:
            ModelError: The model answers with something that has no direction.
        """
        return self._encoded_texts(self._texts, texts)

    def encode_texts_plainly(self, texts: Sequence[str]) -> Float32[Tensor, "texts dim"]:
        """Returns what `encode_texts` does, by open_clip's own `encode_text` over whole contexts: to compare with.

        Raises:
            ModelError: The model answers with something that has no direction.
        """
        return self._encoded_texts(TextEncoder(self._network, text_batch=self._texts.text_batch), texts)

    @property
    def text_encoding(self) -> Way:
        """How texts are run: beginnings that they share once (`tree`), each `cut` behind its answer, or `whole`."""
        return self._texts.how

    @property
    def names_per_pass(self) -> int:
        """How many names are encoded together."""
        return self._names_per_pass

    def encode_prompts(self, prompts: PromptTemplates, names: Sequence[str]) -> Float32[Tensor, "prompts names dim"]:
        """Returns unit-norm embeddings on the CPU `[prompts, names, dim]` of every template with every name.

        Raises:
            ModelError: The model answers with something that has no direction.
        """
        embeddings = torch.empty(len(prompts), len(names), self._info.embedding_dim)
        if not names:
            return embeddings
        size = self._names_per_pass
        groups = _groups(names, size)
        tokens = (self._prompt_tokenizer(prompts, group) for group in groups)
        with in_order(partial(self._features, self._texts), tokens, self._n_workers) as results:
            places = torch.split(embeddings, size, dim=1)
            for raw, group, place in zip(results, groups, places, strict=True):
                place.copy_(self._directions([raw], partial(_prompt, prompts, group)).view_as(place))
        return embeddings

    @cached_property
    def _prompt_tokenizer(self) -> PromptTokenizer:
        return PromptTokenizer(self._own_tokenizer, self._info.tokenizer_sha256)  # trying it out takes half a second

    def _encoded_texts(self, encoder: TextEncoder, texts: Sequence[str]) -> Float32[Tensor, "texts dim"]:
        tokens = (self._tokenizer(list(group)) for group in _groups(texts, encoder.text_batch))
        with in_order(partial(self._features, encoder), tokens, self._n_workers) as results:
            return self._directions(results, "text number {}".format)

    def _features(self, encode: Callable[[Tensor], Tensor], prepared: Tensor) -> Float64[Tensor, "items dim"]:
        with torch.inference_mode(), _full_precision(self._device):
            return encode(prepared).cpu().double()

    def _encode_image(self, pixels: Tensor) -> Tensor:
        raw: Tensor = self._network.encode_image(pixels.to(self._device), normalize=False)
        return raw

    def _directions(
        self, results: Iterable[Float64[Tensor, "items dim"]], which: Callable[[int], str]
    ) -> Float32[Tensor, "items dim"]:
        parts: list[Tensor] = []
        done = 0
        for raw in results:
            norms = raw.norm(dim=-1, keepdim=True)
            pointless = (~norms.isfinite() | (norms == 0)).flatten().nonzero().flatten()
            if len(pointless):
                position = done + int(pointless[0])
                raise NoDirectionError(self._info.name, which(position), position)
            parts.append((raw / norms).float())
            done += len(raw)
        return torch.cat(parts) if parts else torch.empty(0, self._info.embedding_dim)


def _prompt(prompts: PromptTemplates, names: Sequence[str], number: int) -> str:
    before, after = prompts.parts[number // len(names)]
    return repr(before + names[number % len(names)] + after)


def _full_precision(device: torch.device) -> AbstractContextManager[None]:
    """Keeps cuDNN from rounding to TF32, its default, what is recorded as fp32."""
    if device.type != "cuda":
        return nullcontext()
    context: AbstractContextManager[None] = torch.backends.cudnn.flags(enabled=True, allow_tf32=False)
    return context


def _groups(texts: Sequence[str], size: int) -> list[Sequence[str]]:
    return [texts[first : first + size] for first in range(0, len(texts), size)]
