"""Whether the Triton programs can run on a device, and may be believed there."""

import os
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec

import torch
from torch import Tensor

from idia.kernels.gpu.tiles import Tiles, chosen

_EARLIEST = (8, 0)
NEEDED = (
    "in at most 65,535 prompts, with at most 65,536 dimensions, no longer than 1e15, and with numbers of at least "
    "1e-20, unless all are zero"
)
"""Embeddings for which the bounds hold."""

_verdicts: dict[int, str] = {}

_MOST_PROMPTS = 65_535  # of a launch's second axis
_MOST_DIMS = 1 << 16  # whose rounding the bound can still tell
_LONGEST = 1e15  # of vectors whose similarities float32 can hold
_SHORTEST = 1e-20  # of numbers, but zero, whose differences float32 does not take for nothing
_INTERPRETED = Tiles(photos=64, names=128, has_descriptors=False)


def is_interpreted() -> bool:
    """Whether Triton's interpreter runs the programs, on the CPU and slowly: to test them (`TRITON_INTERPRET=1`)."""
    return os.environ.get("TRITON_INTERPRET", "0").lower() in ("1", "true", "on", "yes", "y")


def unusable(device: torch.device) -> str:
    """Returns why the programs cannot run on a device, or nothing if they can."""
    if not _has_triton():
        return "Triton is not installed: pip install triton (Linux; elsewhere there is none)"
    if is_interpreted():
        return "" if device.type == "cpu" else f"TRITON_INTERPRET is set, and embeddings are on {device}: unset it"
    if not torch.cuda.is_available():
        return f"it runs on NVIDIA GPUs, and torch finds none here{_why_none()}"
    if device.type != "cuda":
        return f'it runs on NVIDIA GPUs, and the embeddings are on {device}: move them there with .to("cuda")'
    return _unusable_gpu(device.index if device.index is not None else torch.cuda.current_device())


def is_applicable(vectors: Tensor) -> bool:
    """Whether the bounds hold for such embeddings."""
    if not 0 < vectors.shape[-1] <= _MOST_DIMS or (vectors.ndim == 3 and len(vectors) > _MOST_PROMPTS):
        return False
    lowest, highest = map(float, vectors.aminmax()) if vectors.numel() else (0.0, 0.0)
    largest = max(-lowest, highest)
    return largest == 0 or _SHORTEST <= largest < _LONGEST / vectors.shape[-1] ** 0.5


def tiles_of(device: torch.device) -> Tiles:
    """Returns how work is cut on a device on which the programs can run."""
    if is_interpreted():
        return _INTERPRETED
    return chosen(str(indexed(device)), torch.cuda.get_device_capability(device))


def multiprocessors(device: torch.device) -> int:
    """Returns how many programs of one per multiprocessor run at once."""
    if is_interpreted():
        return 3
    return int(torch.cuda.get_device_properties(device).multi_processor_count)


def launching_on(device: torch.device) -> AbstractContextManager[object]:
    """Makes a device the current one: that is where Triton launches, wherever the arguments are."""
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()


def indexed(device: torch.device) -> torch.device:
    """Returns the same device by its number: `cuda` is the current one."""
    return torch.device("cuda", torch.cuda.current_device()) if device == torch.device("cuda") else device


def _has_triton() -> bool:
    try:
        return find_spec("triton") is not None
    except ValueError:  # something else stands in its place
        return False


def _why_none() -> str:
    if torch.version.cuda is None:
        return f" (torch {torch.__version__} was built without CUDA)"
    return ""


def _unusable_gpu(index: int) -> str:
    if index not in _verdicts:
        try:
            _verdicts[index] = _verdict(index)
        except torch.OutOfMemoryError:  # which may pass
            return f"cuda:{index} has too little memory left to try it"
    return _verdicts[index]


def _verdict(index: int) -> str:
    if torch.version.cuda is None:
        return f"it runs on NVIDIA GPUs, and torch {torch.__version__} was built for others"
    if index >= torch.cuda.device_count():
        return f"there is no device cuda:{index}"
    capability = torch.cuda.get_device_capability(index)
    if capability < _EARLIEST:
        name, has = torch.cuda.get_device_name(index), ".".join(map(str, capability))
        return f"it needs compute capability 8.0 or later, and {name} has {has}"
    try:
        from idia.kernels.gpu.trial import failure
    except ImportError as error:
        return f"Triton cannot be imported: {error}"
    return failure(torch.device("cuda", index))
