"""The tokenizer that belongs to an open_clip model, and its fingerprint.

With the wrong tokenizer a model still answers, and every answer is wrong; so nothing here falls back to a default.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import open_clip
from open_clip.tokenizer import DEFAULT_CONTEXT_LENGTH, HFTokenizer, SimpleTokenizer

from idia.errors import ModelError
from idia.models.hub import first_line, offline_reason
from idia.models.specs import ModelSpec

# What tokenizers are known to raise when their files are missing, damaged or of another kind.
_UNUSABLE = (
    OSError,
    EOFError,
    zlib.error,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    AssertionError,
    RuntimeError,
    ImportError,
)


def named_tokenizer(spec: ModelSpec, text_config: Mapping[str, Any]) -> Any:
    """Returns the tokenizer of an architecture that open_clip lists.

    Raises:
        ModelError: It cannot be loaded.
    """

    def make(**options: Any) -> Any:
        return open_clip.get_tokenizer(spec.target, **options)

    repository = text_config.get("hf_tokenizer_name")
    return _from_hub(make, repository, spec) if repository else _made(make, spec)


def hub_tokenizer(spec: ModelSpec, text_config: Mapping[str, Any], get: Callable[[str], Path]) -> Any:
    """Returns the tokenizer that the configuration in a hub repository asks for.

    Args:
        spec: The specification.
        text_config: `text_cfg` of the configuration.
        get: Downloads a file of the repository.

    Raises:
        ModelError: It cannot be loaded.
    """
    repository = text_config.get("hf_tokenizer_name")
    if repository:
        return _from_hub(_hugging_face(repository, text_config, spec), repository, spec)

    def resolve(file: str) -> Path:
        if PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts:
            raise ModelError(f"{spec.text!r} names the tokenizer file {file!r}, which is outside its repository.")
        return get(file)

    return _made(_simple(text_config, resolve, spec), spec)


def local_tokenizer(spec: ModelSpec, text_config: Mapping[str, Any], folder: Path) -> Any:
    """Returns the tokenizer that the configuration in a folder asks for.

    Args:
        spec: The specification.
        text_config: `text_cfg` of the configuration; a file that it names is relative to the folder.
        folder: Where the configuration is.

    Raises:
        ModelError: It cannot be loaded, or its file is missing.
    """
    if text_config.get("hf_tokenizer_name"):
        make = _hugging_face(folder, text_config, spec)
        return _made(lambda: make(local_files_only=True), spec)

    def resolve(file: str) -> Path:
        path = folder / file
        if not path.is_file():
            raise ModelError(f"{spec.text!r} names the tokenizer file {file!r}, but there is no file {path}.")
        if path.stat().st_size == 0:  # which gzip takes for a vocabulary without words
            raise ModelError(f"{spec.text!r} names the tokenizer file {file!r}, but {path} is empty.")
        return path

    return _made(_simple(text_config, resolve, spec), spec)


def tokenizer_sha256(tokenizer: Any) -> str:
    """Returns the fingerprint of how texts become tokens: the kind of tokenizer, its vocabulary and its settings."""
    inner = getattr(tokenizer, "tokenizer", tokenizer)
    backend = getattr(inner, "backend_tokenizer", None)
    facts = {
        "kind": [type(tokenizer).__name__, type(inner).__name__],
        "context_length": tokenizer.context_length,
        "clean": getattr(getattr(tokenizer, "clean_fn", None), "__name__", None),
        "reduction": repr(getattr(tokenizer, "reduction_fn", None)).partition(" at ")[0],
        "mode": getattr(tokenizer, "tokenizer_mode", None),
        "strip_sep_token": getattr(tokenizer, "strip_sep_token", None),
        "vocabulary": sorted((tokenizer.encoder if inner is tokenizer else inner.get_vocab()).items()),
        "merges": [list(pair) for pair in getattr(tokenizer, "bpe_ranks", ())],
        # Fast tokenizers keep their merges and normalisation here.
        "backend": backend.to_str() if backend is not None else None,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _options(text_config: Mapping[str, Any], spec: ModelSpec) -> dict[str, Any]:
    options = text_config.get("tokenizer_kwargs") or {}
    if not isinstance(options, dict):
        raise ModelError(f"{spec.text!r}: expected 'tokenizer_kwargs' to be settings by name, got {options!r}.")
    if options.get("trust_remote_code"):
        raise ModelError(
            f"{spec.text!r} comes with a tokenizer that is code ('trust_remote_code'), and was not loaded. If you "
            "trust it, load it in a factory of your own and name that: python:MODULE:FACTORY."
        )
    return options


def _simple(text_config: Mapping[str, Any], resolve: Callable[[str], Path], spec: ModelSpec) -> Callable[[], Any]:
    options = dict(_options(text_config, spec))
    if "bpe_path" in options:
        options["bpe_path"] = str(resolve(str(options["bpe_path"])))
    length = text_config.get("context_length", DEFAULT_CONTEXT_LENGTH)
    return lambda: SimpleTokenizer(context_length=length, **options)


def _hugging_face(source: Path | str, text_config: Mapping[str, Any], spec: ModelSpec) -> Callable[..., Any]:
    options = _options(text_config, spec)
    length = text_config.get("context_length", DEFAULT_CONTEXT_LENGTH)
    mode = text_config.get("tokenizer_mode")
    return lambda **more: HFTokenizer(str(source), context_length=length, tokenizer_mode=mode, **options, **more)


def _from_hub(make: Callable[..., Any], repository: str, spec: ModelSpec) -> Any:
    """A tokenizer of the hub: from the cache if it is there, whether or not there is a network."""
    try:
        return make(local_files_only=True)
    except ImportError as error:
        raise _unusable(error, spec) from None
    except _UNUSABLE as error:
        obstacle = offline_reason()
        if obstacle is not None:
            raise ModelError(
                f"{spec.text!r} needs the tokenizer {repository!r} of the Hugging Face hub, which cannot be loaded "
                f"from the cache ({first_line(error)}), and {obstacle}. On a connected machine run\n    "
                f'python -c "from transformers import AutoTokenizer; AutoTokenizer.from_pretrained({repository!r})"\n'
                "and copy its Hugging Face cache here, or set HF_HUB_CACHE to where it is."
            ) from None
    return _made(make, spec)


def _made(make: Callable[[], Any], spec: ModelSpec) -> Any:
    try:
        return make()
    except _UNUSABLE as error:
        raise _unusable(error, spec) from None


def _unusable(error: BaseException, spec: ModelSpec) -> ModelError:
    if isinstance(error, ImportError):
        return ModelError(
            f"{spec.text!r} needs a tokenizer of the transformers library, which is not installed or not complete "
            f"({first_line(error)}). Install it: pip install transformers sentencepiece."
        )
    if isinstance(error, (gzip.BadGzipFile, zlib.error, EOFError, UnicodeDecodeError)):
        return ModelError(f"the tokenizer file of {spec.text!r} is damaged or no gzipped text: {first_line(error)}.")
    return ModelError(f"the tokenizer of {spec.text!r} cannot be loaded: {first_line(error)}.")
