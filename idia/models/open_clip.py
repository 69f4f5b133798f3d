"""Models of open_clip, loaded: every one that it can build, with every weight from its checkpoint."""

import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.coca_model import CoCa
from open_clip.model import CLIP, CustomTextCLIP
from open_clip.transform import PreprocessCfg, image_transform_v2, merge_preprocess_dict
from open_clip.transformer import QuickGELU
from PIL import Image
from torch import Tensor, nn

from idia.errors import ModelError
from idia.models.checkpoints import load_state, read_checkpoint, state_sha256
from idia.models.devices import place
from idia.models.hub import fetch, first_line
from idia.models.naming import name_of, recipe_of, remedy
from idia.models.open_clip_model import OpenClipModel as OpenClipModel
from idia.models.open_clip_sources import Source, find_source
from idia.models.open_clip_tokenizers import tokenizer_sha256
from idia.models.protocol import ModelInfo
from idia.models.specs import ModelSpec
from idia.models.text_encoding import TextEncoder
from idia.textfiles import read_recipe

LIBRARY = f"open_clip {open_clip.__version__}"

# What open_clip, timm and torch are known to raise on a configuration that makes no network.
_UNBUILDABLE = (
    RuntimeError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    ImportError,
    OSError,
)


def load_open_clip(
    spec: ModelSpec, *, device: torch.device, name: str | None = None, image_batch: int = 64, text_batch: int = 256
) -> OpenClipModel:
    """Returns the model of a specification of any kind but `python:`, with every weight from its checkpoint.

    Args:
        spec: The specification.
        device: Where to run it.
        name: What to call it; by default as its recipe, its folder or its specification does.
        image_batch: Pictures per pass.
        text_batch: Texts per pass.

    Raises:
        UnknownModelError: No such architecture, tag or repository.
        ModelError: The model cannot be loaded safely and completely.
    """
    source = find_source(spec)
    # What is small comes first: no gigabytes are fetched for a model that cannot be used.
    tokenizer = source.make_tokenizer()
    weights = None if spec.is_random else source.find_weights()
    # Read before the network is built: damage shows at once.
    tensors = None if weights is None else _read(spec, weights)
    network = _built(source)
    if tensors is not None:
        load_state(network, tensors, source=str(weights), architecture=source.architecture)
    preprocess, transform = _preprocessing(source, network)
    weights_sha256 = state_sha256(network.state_dict())
    recipe = recipe_of(spec, weights_sha256)
    training_set = recipe.get("training_set")
    if recipe.get("control"):
        training_set = f"{recipe.get('name')}-training"  # what it is scored under is another model's
    info = ModelInfo(
        spec=spec.text,
        name=name or name_of(spec, recipe),
        library=LIBRARY,
        architecture=source.architecture,
        weights_sha256=weights_sha256,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        preprocess_sha256=_preprocess_sha256(preprocess),
        tokenizer_sha256=tokenizer_sha256(tokenizer),
        activation=source.activation,
        activation_source=source.activation_source,
        precision="fp32",
        embedding_dim=source.config["embed_dim"],
        training_data=source.training_data or (None if spec.is_random or training_set is None else str(training_set)),
        licence=None,
        is_random=spec.is_random,
    )
    _try_out(OpenClipModel(network, transform, tokenizer, info))
    try:
        place(network, device)
    except RuntimeError as error:
        raise ModelError(f"{info.name!r} does not fit on {device}: {first_line(error)}") from None
    texts = TextEncoder.fastest(network, tokenizer, text_batch, name=repr(info.name))
    return OpenClipModel(network, transform, tokenizer, info, image_batch=image_batch, texts=texts)


def _read(spec: ModelSpec, weights: Path) -> dict[str, Tensor]:
    try:
        return read_checkpoint(weights)
    except ModelError as error:
        recipe = read_recipe(weights.parent) if spec.kind == "local-dir" else {}
        if not recipe:
            raise
        raise ModelError(f"{error} {remedy(recipe)}") from None


def _built(source: Source) -> nn.Module:
    """The network of a configuration, with weights drawn by seed; nothing is downloaded to fill it."""
    config = deepcopy(dict(source.config))
    vision, text = config["vision_cfg"], config["text_cfg"]
    has_hub_tower = bool(text.get("hf_model_name"))
    if has_hub_tower:
        text |= {"hf_model_name": _text_tower(str(text["hf_model_name"]), source.spec), "hf_model_pretrained": False}
    if vision.get("timm_model_name"):
        vision["timm_model_pretrained"] = False
    is_custom = bool(config.pop("custom_text", False)) or has_hub_tower
    kind = (CoCa if "multimodal_cfg" in config else CustomTextCLIP) if is_custom else CLIP
    try:
        with torch.random.fork_rng(devices=[]):
            # Not `torch.manual_seed`, which would reseed the accelerators for good.
            torch.default_generator.manual_seed(source.spec.seed or 0)
            network: nn.Module = kind(**config)
    except _UNBUILDABLE as error:
        raise ModelError(
            f"open_clip {open_clip.__version__} cannot build {source.architecture} of {source.spec.text!r}: "
            f"{type(error).__name__}: {error}"
        ) from None
    if source.spec.activation == "quickgelu" and not any(isinstance(part, QuickGELU) for part in network.modules()):
        raise ModelError(f"?activation=quickgelu changes nothing in {source.architecture}, which has its own. Drop it.")
    return network.float()


def _text_tower(repository: str, spec: ModelSpec) -> str:
    """A folder with the shape of a text tower that is on the hub: transformers would try for a minute to get it."""
    if Path(repository).is_dir():
        return repository
    command = f'python -c "from transformers import AutoConfig; AutoConfig.from_pretrained({repository!r})"'
    return str(fetch(repository, ["config.json"], wanted_for=spec.text, fetch_command=command).parent)


def _preprocessing(source: Source, network: Any) -> tuple[PreprocessCfg, Callable[[Image.Image], Tensor]]:
    settings = merge_preprocess_dict(asdict(PreprocessCfg()), source.preprocess)
    # The network knows better than any list what it takes.
    settings["size"] = getattr(network.visual, "image_size", settings["size"])
    try:
        preprocess = PreprocessCfg(**settings)
        return preprocess, image_transform_v2(preprocess, is_train=False)
    except _UNBUILDABLE as error:
        raise ModelError(f"{source.spec.text!r} has no usable preprocessing ({error}): {settings}.") from None


def _try_out(model: OpenClipModel) -> None:
    """Finds what no configuration check can: a tokenizer of another model, three means for four channels."""
    try:
        images = model.encode_images([Image.linear_gradient("L")])
        texts = model.encode_texts(["a photo of a person"])
    except _UNBUILDABLE as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(
            f"{model.info.name!r} fails on a first picture and text ({type(error).__name__}: {error}). Its tokenizer, "
            "preprocessing and network do not belong together."
        ) from None
    if not images.shape[1] == texts.shape[1] == model.info.embedding_dim:
        raise ModelError(
            f"{model.info.name!r} should give embeddings of length {model.info.embedding_dim}, but gives photos "
            f"{images.shape[1]} and texts {texts.shape[1]}."
        )


def _preprocess_sha256(preprocess: PreprocessCfg) -> str:
    facts = {"library": LIBRARY, "preprocess": asdict(preprocess)}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
