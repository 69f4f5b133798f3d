"""What a specification of an open_clip model amounts to: configuration, activation, tokenizer, weights.

Contradictions are found here, before anything is downloaded or read.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import open_clip

from idia.errors import ModelError, UnknownModelError
from idia.models.folders import did_you_mean, existing_folder
from idia.models.hub import CONFIG_FILE, fetch, weight_files
from idia.models.open_clip_tokenizers import hub_tokenizer, local_tokenizer, named_tokenizer
from idia.models.specs import Activation, ModelSpec, local_path, looks_like_file

_PREFERRED_CHECKPOINTS = (
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
    "open_clip_pytorch_model.pth",
    "model.safetensors",
    "pytorch_model.bin",
    "pytorch_model.pth",
    "model.pth",
)


@final
@dataclass(frozen=True, slots=True)
class Source:
    """All that is needed to build an open_clip model.

    Attributes:
        spec: The specification.
        architecture: open_clip's name of the network, or a fingerprint of its configuration.
        config: open_clip's `model_cfg`, with the activation decided.
        preprocess: How photos are prepared, as far as it differs from open_clip's default.
        activation_source: Who decided the activation.
        make_tokenizer: Loads the tokenizer.
        find_weights: Returns the checkpoint, downloaded if need be.
        training_data: What the weights were trained on, if their tag says so.
    """

    spec: ModelSpec
    architecture: str
    config: Mapping[str, Any]
    preprocess: Mapping[str, Any]
    activation_source: str
    make_tokenizer: Callable[[], Any]
    find_weights: Callable[[], Path]
    training_data: str | None = None

    @property
    def activation(self) -> Activation:
        """The activation of the network."""
        return "quickgelu" if self.config.get("quick_gelu") else "gelu"


def find_source(spec: ModelSpec) -> Source:
    """Returns what a specification of any kind but `python:` amounts to.

    Raises:
        UnknownModelError: No such architecture, tag or repository; the message names the nearest.
        ModelError: The activation contradicts the tag, or a configuration cannot be read.
    """
    if spec.kind == "hf-hub":
        return _hub_source(spec)
    if spec.kind == "local-dir":
        return _folder_source(spec)
    return _named_source(spec)


def find_checkpoint(folder: Path) -> Path:
    """Returns the weights in a folder: of several files, one with the name that open_clip prefers.

    Raises:
        ModelError: There are none, or it cannot be told which.
    """
    for name in _PREFERRED_CHECKPOINTS:
        if (folder / name).is_file():
            return folder / name
    suffixes = (".safetensors", ".bin", ".pth", ".pt")
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in suffixes and path.is_file())
    except OSError as error:
        raise ModelError(f"cannot list {folder}: {error.strerror or error}.") from None
    if len(found) == 1:
        return found[0]
    came = f"found {', '.join(path.name for path in found)}" if found else f"found no file *{', *'.join(suffixes)}"
    raise ModelError(f"expected the weights {_PREFERRED_CHECKPOINTS[0]} in {folder}, {came}.")


def _named_source(spec: ModelSpec) -> Source:
    config = open_clip.get_model_config(spec.target)
    if config is None:
        raise _unknown_architecture(spec)
    says: Activation = "quickgelu" if config.get("quick_gelu") else "gelu"
    tag = _tag_config(spec, says) if spec.weights is not None else None
    if tag is not None:
        _check_activation(spec, says, "quickgelu" if tag.get("quick_gelu") else "gelu")
    return Source(
        spec=spec,
        architecture=spec.target,
        config=_with_activation(config, spec),
        preprocess=tag or {},
        activation_source="override" if spec.activation else "architecture" if tag is None else "tag",
        make_tokenizer=lambda: named_tokenizer(spec, config["text_cfg"]),
        find_weights=lambda: local_path(spec.weights or "") if tag is None else _tag_weights(spec, tag),
        training_data=None if tag is None else _clean_tag(spec.weights or ""),
    )


def _hub_source(spec: ModelSpec) -> Source:
    def get(*files: str) -> Path:
        return fetch(spec.target, files, wanted_for=spec.text, fetch_command=_fetch_command(f"hf-hub:{spec.target}"))

    return _configured_source(
        spec, get(CONFIG_FILE), lambda text: hub_tokenizer(spec, text, get), lambda: get(*weight_files())
    )


def _folder_source(spec: ModelSpec) -> Source:
    folder = existing_folder(spec.target, spec.text)
    return _configured_source(
        spec,
        folder / CONFIG_FILE,
        lambda text: local_tokenizer(spec, text, folder),
        lambda: find_checkpoint(folder),
    )


def _configured_source(
    spec: ModelSpec,
    config_file: Path,
    make_tokenizer: Callable[[dict[str, Any]], Any],
    find_weights: Callable[[], Path],
) -> Source:
    """A source that a configuration file of its own describes."""
    model, preprocess = _read_config(config_file)
    return Source(
        spec=spec,
        architecture=_architecture_of(model, spec.kind),
        config=_with_activation(model, spec),
        preprocess=preprocess,
        activation_source="override" if spec.activation else "config",
        make_tokenizer=lambda: make_tokenizer(model["text_cfg"]),
        find_weights=find_weights,
    )


def _with_activation(config: Mapping[str, Any], spec: ModelSpec) -> dict[str, Any]:
    return dict(config) | ({"quick_gelu": spec.activation == "quickgelu"} if spec.activation else {})


def _tag_config(spec: ModelSpec, says: Activation) -> Mapping[str, Any] | None:
    """What open_clip knows of a tag; `None` if the weights are a file."""
    architecture, weights = spec.target, spec.weights or ""
    tag: Mapping[str, Any] = open_clip.get_pretrained_cfg(architecture, weights)
    if tag:
        return tag
    path = local_path(weights)
    if os.path.isfile(path):  # noqa: PTH113 - also for names that are too long for any file
        return None
    if looks_like_file(weights):
        raise ModelError(f"{spec.text!r}: no such checkpoint: there is no file {path}.")
    # open_clip lists under `…-quickgelu` only what was trained with it: the other weights exist, but contradict.
    plain = architecture.removesuffix("-quickgelu")
    if plain != architecture and open_clip.get_pretrained_cfg(plain, weights):
        raise _contradiction(spec, says, "gelu", listed=plain, remedy=f"{plain},{weights}")
    raise _unknown_tag(spec)


def _check_activation(spec: ModelSpec, architecture_says: Activation, tag_says: Activation) -> None:
    if spec.activation is not None or architecture_says == tag_says:
        return
    tag, right = spec.weights or "", f"{spec.target}-quickgelu"
    if tag_says == "quickgelu" and open_clip.get_pretrained_cfg(right, tag) and open_clip.get_model_config(right):
        remedy = f"{right},{tag}"
    else:
        remedy = f"{spec.target},{tag}?activation={tag_says}"
    raise _contradiction(spec, architecture_says, tag_says, listed=spec.target, remedy=remedy)


def _contradiction(
    spec: ModelSpec, architecture_says: Activation, tag_says: Activation, *, listed: str, remedy: str
) -> ModelError:
    return ModelError(
        f"the weights {spec.weights!r} were trained with {tag_says}, but the architecture {spec.target!r} computes "
        f"{architecture_says}: its embeddings would be worse, silently. Load {remedy!r}. If the mismatch is wanted, to "
        "repeat numbers that were published with it, load "
        f"{f'{listed},{spec.weights}?activation={architecture_says}'!r}; the record will say so."
    )


def _tag_weights(spec: ModelSpec, tag: Mapping[str, Any]) -> Path:
    if "file" in tag:
        return Path(tag["file"])
    command = _fetch_command(spec.target, _clean_tag(spec.weights or ""))
    if tag.get("hf_hub"):
        repository, _, file = str(tag["hf_hub"]).rpartition("/")
        return fetch(repository, weight_files(file), wanted_for=spec.text, fetch_command=command)
    try:
        return Path(open_clip.download_pretrained(tag))
    except (OSError, RuntimeError) as error:
        raise ModelError(
            f"{spec.text!r} needs {tag.get('url')}, which cannot be downloaded ({error}). On a connected machine run\n"
            f"    {command}\nand copy ~/.cache/clip here."
        ) from None


def _fetch_command(*names: str) -> str:
    arguments = ", ".join(map(repr, names))
    code = (
        f"import open_clip; open_clip.create_model_from_pretrained({arguments}); open_clip.get_tokenizer({names[0]!r})"
    )
    return f'python -c "{code}"'


def _read_config(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The `model_cfg` and `preprocess_cfg` of a configuration file."""
    if not path.is_file():
        raise ModelError(f"expected an open_clip configuration at {path}, found none.")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read as JSON: {error}.") from None
    model = document.get("model_cfg") if isinstance(document, dict) else None
    preprocess = (document.get("preprocess_cfg") or {}) if isinstance(document, dict) else None
    if not (
        isinstance(model, dict)
        and isinstance(preprocess, dict)
        and isinstance(model.get("embed_dim"), int)
        and all(isinstance(model.get(tower), dict) for tower in ("vision_cfg", "text_cfg"))
    ):
        raise ModelError(
            f"{path} is no open_clip configuration: expected 'model_cfg' with 'embed_dim', 'vision_cfg', 'text_cfg', "
            "and maybe 'preprocess_cfg'."
        )
    return model, preprocess


def _architecture_of(config: Mapping[str, Any], otherwise: str) -> str:
    for name in open_clip.list_models():
        if open_clip.get_model_config(name) == config:
            return str(name)
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
    return f"{otherwise} (config {digest[:8]})"


def _unknown_architecture(spec: ModelSpec) -> UnknownModelError:
    return UnknownModelError(
        f"unknown architecture {spec.target!r}.{did_you_mean(spec.target, open_clip.list_models())} List them with: "
        'python -c "import open_clip; print(*open_clip.list_models(), sep=chr(10))"'
    )


def _unknown_tag(spec: ModelSpec) -> UnknownModelError:
    tags = open_clip.list_pretrained_tags_by_model(spec.target)
    others = open_clip.list_pretrained_models_by_tag(spec.weights)
    known = f" Tags of {spec.target}: {', '.join(tags)}." if tags else f" open_clip lists no tags for {spec.target}."
    elsewhere = f" Architectures with such weights: {', '.join(others)}." if others else ""
    return UnknownModelError(
        f"unknown weights {spec.weights!r} of {spec.target!r}: no tag of that name, and no file."
        f"{did_you_mean(spec.weights or '', tags)}{known}{elsewhere} List all with: "
        'python -c "import open_clip; print(*open_clip.list_pretrained(), sep=chr(10))"'
    )


def _clean_tag(tag: str) -> str:
    return tag.lower().replace("-", "_")
