"""From a specification to a model."""

import difflib
import importlib
import inspect
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import torch
from jaxtyping import Float32
from PIL import Image
from torch import Tensor

from idia.errors import ModelError, SettingError, UnknownModelError
from idia.models.devices import device_of, resolve_device
from idia.models.prompting import as_prompt_model
from idia.models.protocol import Model, ModelInfo, PromptModel
from idia.models.specs import ModelSpec, parse_spec
from idia.prompts import PromptTemplates


def load_model(
    spec: str, *, device: str = "auto", name: str | None = None, image_batch: int = 64, text_batch: int = 256
) -> Model:
    """Returns the model of a specification, ready to encode.

    Weights are read without running anything in their file, and no parameter is ever left as it was drawn, except
    for a `random:` control. Without a network, models in files, folders and the Hugging Face cache load as usual.

    Args:
        spec: `ARCH,TAG`, `ARCH,FILE`, `hf-hub:ORG/REPO`, `local-dir:DIR`, `python:MODULE:FACTORY`, or `random:`
            before an architecture or folder; see `idia.models.specs.parse_spec`. A factory may live in the current
            folder; it decides on its own device and batches.
        device: `auto` (a GPU if there is one), `cpu`, `cuda`, `cuda:1` or `mps`.
        name: What to call the model; by default as its recipe, its folder or its specification does.
        image_batch: Pictures per pass through an open_clip model.
        text_batch: Texts per pass through an open_clip model.

    Raises:
        SettingError: The specification cannot be read, or there is no such device.
        UnknownModelError: No such architecture, tag, repository, module or factory; the nearest are named.
        ModelError: The model cannot be loaded safely, or would not be the model that was asked for.
    """
    parsed = parse_spec(spec)
    if name is not None and not name.strip():
        raise SettingError("the name of a model must not be blank.")
    for option, size in (("image_batch", image_batch), ("text_batch", text_batch)):
        if size < 1:
            raise SettingError(f"{option} must be at least 1, got {size}.")
    resolved = resolve_device(device)
    if parsed.kind == "python":
        return _from_factory(parsed, name)
    # Imported on use: a model of one's own needs no open_clip, which takes seconds to import.
    from idia.models.open_clip import load_open_clip

    return load_open_clip(parsed, device=resolved, name=name, image_batch=image_batch, text_batch=text_batch)


def _from_factory(spec: ModelSpec, name: str | None) -> Model:
    module_name, _, factory_name = spec.target.partition(":")
    module = _imported(module_name, spec)
    factory = getattr(module, factory_name, None)
    if factory is None:
        close = difflib.get_close_matches(factory_name, dir(module), n=3)
        hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
        raise UnknownModelError(f"{spec.text!r}: the module {module_name} has no {factory_name!r}.{hint}")
    if not callable(factory):
        raise ModelError(
            f"{spec.text!r}: expected a function without arguments that returns a model, got a "
            f"{type(factory).__name__}."
        )
    try:
        inspect.signature(factory).bind()
    except TypeError as error:
        raise ModelError(f"{spec.text!r}: {factory_name}() must work without arguments: {error}.") from None
    except ValueError:
        pass  # written in C, without a signature
    model = factory()
    if isinstance(model, type) or not isinstance(model, Model):
        raise ModelError(
            f"{spec.text!r}: expected {factory_name}() to return a model with info, encode_images and encode_texts, "
            f"got {model!r}. See idia.models.protocol.Model."
        )
    info = model.info
    if not isinstance(info, ModelInfo):
        raise ModelError(f"{spec.text!r}: expected the model's info to be an idia.models.ModelInfo, got {info!r}.")
    wanted = replace(info, spec=spec.text, name=name or info.name or spec.text)
    if wanted == info:
        return model
    prompting = as_prompt_model(model)
    return _Renamed(model, wanted) if prompting is None else _RenamedPromptModel(prompting, wanted)


def _imported(module_name: str, spec: ModelSpec) -> object:
    folder = str(Path.cwd())
    if folder not in sys.path and "" not in sys.path:
        # Last, and for good: a file here must not replace an installed module, and the factory may import more later.
        sys.path.append(folder)
        importlib.invalidate_caches()
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module_name}.".startswith(f"{error.name}."):
            raise UnknownModelError(
                f"{spec.text!r}: there is no module {error.name!r}. It must be installed, or in the current "
                f"folder {folder}."
            ) from None
        raise ModelError(f"{spec.text!r}: importing {module_name} failed: {error}.") from error
    except (ImportError, SyntaxError) as error:
        raise ModelError(f"{spec.text!r}: importing {module_name} failed: {error}.") from error


@final
@dataclass(frozen=True, slots=True)
class _Renamed:
    """A model of somebody else's under the name and specification that it was asked for by."""

    model: Model
    info: ModelInfo

    @property
    def device(self) -> torch.device:
        return device_of(self.model)

    def encode_images(self, images: Iterable[Image.Image]) -> Float32[Tensor, "photos dim"]:
        return self.model.encode_images(images)

    def encode_texts(self, texts: Sequence[str]) -> Float32[Tensor, "texts dim"]:
        return self.model.encode_texts(texts)


@final
@dataclass(frozen=True, slots=True, weakref_slot=True)
class _RenamedPromptModel:
    """The same of one that encodes templates and names together."""

    model: PromptModel
    info: ModelInfo

    @property
    def device(self) -> torch.device:
        return device_of(self.model)

    @property
    def names_per_pass(self) -> int:
        return self.model.names_per_pass

    def encode_images(self, images: Iterable[Image.Image]) -> Float32[Tensor, "photos dim"]:
        return self.model.encode_images(images)

    def encode_texts(self, texts: Sequence[str]) -> Float32[Tensor, "texts dim"]:
        return self.model.encode_texts(texts)

    def encode_prompts(self, prompts: PromptTemplates, names: Sequence[str]) -> Float32[Tensor, "prompts names dim"]:
        return self.model.encode_prompts(prompts, names)
