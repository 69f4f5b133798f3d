"""Checkpoints read without running anything in them, loaded completely or not at all, and fingerprinted."""

import hashlib
import pickle
import pickletools
import re
import shlex
import struct
import warnings
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import torch
from open_clip.convert import convert_state_dict
from open_clip.model import convert_to_custom_text_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from idia.errors import ModelError

_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"

# What torch's restricted unpickler is known to raise on files that are damaged or were never checkpoints.
_MALFORMED = (
    pickle.UnpicklingError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    AssertionError,
    MemoryError,
    ImportError,
    struct.error,
)

# Left behind by the original CLIP's TorchScript files and by old versions of transformers; not parameters.
_NOT_PARAMETERS = ("input_resolution", "context_length", "vocab_size", "text.transformer.embeddings.position_ids")

_N_SHOWN = 3


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Returns the tensors of a checkpoint on the CPU, by parameter name.

    Args:
        path: A safetensors file, or a PyTorch file with a state dict, bare or under `state_dict`, with or without the
            `module.` that distributed training puts before every name.

    Raises:
        ModelError: The file is missing, damaged, no checkpoint, or would run code of its own when read.
    """
    head = _head(path)
    content: object
    if path.suffix.lower() == ".safetensors":
        try:
            content = load_file(path)
        except (SafetensorError, OSError, ValueError) as error:
            raise _damaged(path, head, error) from None
    elif head.startswith((_ZIP, _PICKLE)):
        content = _unpickled(path, head)
    else:
        raise _damaged(path, head, "it does not begin like a PyTorch file")
    return _state_of(content, path)


def load_state(model: nn.Module, tensors: Mapping[str, Tensor], *, source: str, architecture: str) -> None:
    """Fills a model with the tensors of a checkpoint: all of them, and nothing else.

    Nothing is resampled or filled in: every parameter that the model has afterwards is one of the checkpoint's.

    Args:
        model: An open_clip model of the architecture.
        tensors: What `read_checkpoint` returned.
        source: Where the tensors come from, for the message.
        architecture: What the model is, for the message.

    Raises:
        ModelError: The checkpoint belongs to another architecture; the message names some of the differences.
    """
    given = _as_open_clip(model, dict(tensors), source)
    expected = model.state_dict()
    for name in given.keys() & expected.keys():
        # Some checkpoints store the scale as a vector of length one.
        if given[name].numel() == expected[name].numel() == 1:
            given[name] = given[name].reshape(expected[name].shape)
    shapes = [
        f"{name} {list(given[name].shape)} instead of {list(expected[name].shape)}"
        for name in expected
        if name in given and given[name].shape != expected[name].shape
    ]
    missing = [name for name in expected if name not in given]
    unexpected = [name for name in given if name not in expected]
    differences = [
        f"{words}: {_some(names)}"
        for words, names in (("other shapes", shapes), ("missing", missing), ("not expected", unexpected))
        if names
    ]
    if differences:
        raise ModelError(
            f"{source} does not hold the weights of {architecture}: {'; '.join(differences)}. Name the architecture "
            "that it was trained as."
        )
    try:
        model.load_state_dict(given, strict=True)
    except RuntimeError as error:  # tensors of a kind that cannot be copied, such as sparse ones
        raise ModelError(f"{source} does not hold the weights of {architecture}: {error}.") from None


def state_sha256(state_dict: Mapping[str, Tensor]) -> str:
    """Returns the fingerprint of weights: equal for equal numbers under equal names, however they were stored.

    The SHA-256 of every tensor's name, type, shape and bytes, sorted by name, with floating-point numbers in float32.

    Args:
        state_dict: What a model's `state_dict()` returns, on any device.
    """
    digest = hashlib.sha256()
    for name in sorted(state_dict):
        tensor = state_dict[name].detach().cpu()
        if tensor.is_floating_point():
            tensor = tensor.float()
        digest.update(f"{name}\n{tensor.dtype}\n{list(tensor.shape)}\n".encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except FileNotFoundError:
        raise ModelError(f"no such checkpoint: {path}.") from None
    except IsADirectoryError:
        raise ModelError(f"{path} is a folder, not a checkpoint. Did you mean local-dir:{path}?") from None
    except OSError as error:
        raise ModelError(f"cannot read the checkpoint {path}: {error.strerror or error}.") from None
    if not head:
        raise ModelError(f"the checkpoint {path} is empty. Copy or download it again.")
    return head


def _unpickled(path: Path, head: bytes) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch hints at ways to run what is in the file
            content: object = torch.load(path, map_location="cpu", weights_only=True)
    except _MALFORMED as error:
        if "torchscript" in str(error).lower():
            raise ModelError(
                f"{path} is a TorchScript archive, which carries code. Save its weights on a machine that you can "
                f"afford to lose, and load the result:\n    {_conversion(path, is_script=True)}"
            ) from None
        blocked = _blocked(path, str(error))
        if blocked:
            raise ModelError(
                f"{path} carries code that would run when it is read, and was not read: it asks for {blocked}. If you "
                "trust where it comes from, convert it on a machine that you can afford to lose, and load the result:"
                f"\n    {_conversion(path)}"
            ) from None
        raise _damaged(path, head, error) from None
    return content


def _blocked(path: Path, message: str) -> str:
    """Names what torch refused to import for a file; empty if that was not the trouble."""
    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except _MALFORMED:  # a bare pickle, which this function does not read
        names = re.findall(r"GLOBAL ([\w.]*\w)", message) or _imports(path)
    return _some(names)


def _imports(path: Path) -> list[str]:
    """What a bare pickle would import, read without running it, apart from what tensors are made of."""
    names, strings = [], ["", ""]
    try:
        with path.open("rb") as file:
            for opcode, argument, _ in pickletools.genops(file):
                if opcode.name == "GLOBAL":
                    names.append(str(argument).replace(" ", "."))
                elif opcode.name == "STACK_GLOBAL":
                    names.append(".".join(strings[-2:]))
                elif isinstance(argument, str):
                    strings.append(argument)
    except _MALFORMED:
        pass  # what came before the damage is enough
    return [name for name in names if not name.startswith(("torch.", "collections."))]


def _conversion(path: Path, *, is_script: bool = False) -> str:
    """The command that turns a checkpoint into safetensors, running whatever is in it."""
    read = "torch.jit.load(path, 'cpu').state_dict()" if is_script else "torch.load(path, 'cpu', weights_only=False)"
    code = (
        f"import torch, safetensors.torch as s; path = {str(path)!r}; c = {read}; c = c.get('state_dict', c); "
        "s.save_file({k: v.clone().contiguous() for k, v in c.items() if torch.is_tensor(v)}, "
        f"{str(path.with_suffix('.safetensors'))!r})"
    )
    return f"python -c {shlex.quote(code)}"


def _damaged(path: Path, head: bytes, reason: object) -> ModelError:
    text = head.lstrip().lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        return ModelError(
            f"{path} is a web page, not a checkpoint: the download was answered with a page. Get it again."
        )
    if text.startswith(b"version https://git-lfs"):
        return ModelError(f"{path} is a Git LFS pointer, not a checkpoint. Run `git lfs pull` where it comes from.")
    lines = str(reason).strip().splitlines() or [type(reason).__name__]
    return ModelError(
        f"{path} is no readable checkpoint ({lines[0][:200]}). Expected safetensors or a PyTorch state dict; if it "
        "is one, it is damaged: copy or download it again."
    )


def _state_of(content: object, path: Path) -> dict[str, Tensor]:
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping):
        raise ModelError(f"{path} holds a {type(content).__name__}, not a state dict of named tensors.")
    tensors = {name: value for name, value in content.items() if isinstance(name, str) and isinstance(value, Tensor)}
    others = [str(name) for name in content if name not in tensors]
    if others or not tensors:
        found = f"it also holds {_some(others)}" if others else "it holds nothing"
        raise ModelError(
            f"{path} is not a state dict of named tensors: {found}. Expected the tensors alone, or under 'state_dict'."
        )
    if all(name.startswith("module.") for name in tensors):
        return {name.removeprefix("module."): tensor for name, tensor in tensors.items()}
    return tensors


def _as_open_clip(model: nn.Module, tensors: dict[str, Tensor], source: str) -> dict[str, Tensor]:
    """The tensors under the names that this version of open_clip gives them."""
    expected = model.state_dict()
    try:
        converted: dict[str, Tensor] = convert_state_dict(model, tensors)
        if "positional_embedding" in converted and "positional_embedding" not in expected:
            converted = convert_to_custom_text_state_dict(converted)
    except (LookupError, AttributeError, ValueError, RuntimeError, ImportError) as error:
        raise ModelError(f"{source} cannot be read as weights of open_clip: {error}.") from None
    return {name: t for name, t in converted.items() if name in expected or name not in _NOT_PARAMETERS}


def _some(names: list[str]) -> str:
    shown = ", ".join(islice(names, _N_SHOWN))
    return f"{shown} and {len(names) - _N_SHOWN} more" if len(names) > _N_SHOWN else shown
