"""Where a network runs."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from idia.errors import SettingError


def resolve_device(device: str) -> torch.device:
    """Returns the device of that name.

    Args:
        device: `auto` (a GPU if there is one), `cpu`, `cuda`, `cuda:1` or `mps`.

    Raises:
        SettingError: There is no such device here; the message lists those there are.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    available = _available()
    if device not in available:
        raise SettingError(f"no device {device!r} here. Expected auto, {', '.join(available)}.")
    return torch.device(device)


def device_name(device: str) -> str:
    """Returns what the device is called by its maker, such as `NVIDIA H100`; of the CPU, its architecture.

    Raises:
        SettingError: There is no such device here.
    """
    resolved = resolve_device(device)
    if resolved.type == "cuda":
        return torch.cuda.get_device_name(resolved)
    return f"{resolved.type} ({platform.machine()})"


def device_of(model: object) -> torch.device:
    """Returns where a model says that it runs; the CPU for one that has no `device`, or none that torch knows."""
    said = getattr(model, "device", None)
    if not isinstance(said, str | torch.device):
        return torch.device("cpu")
    try:
        return torch.device(said)
    except RuntimeError:
        return torch.device("cpu")


def place(network: nn.Module, device: torch.device) -> None:
    """Moves a network to a device, and lays out its weights as that device reads them fastest.

    On the CPU, the weights of a row of plain convolutions have their channels last. Otherwise each of them sorts its
    input into blocks of channels, and its output back: that takes a ResNet a tenth longer, one for small pictures a
    third. The one convolution before a transformer gains nothing, and depthwise ones lose. Results differ by rounding.

    Raises:
        RuntimeError: It does not fit there.
    """
    network.to(device)
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    if device.type == "cpu" and len(convolutions) > 1 and all(module.groups == 1 for module in convolutions):
        for convolution in convolutions:
            convolution.to(memory_format=torch.channels_last)


def _available() -> tuple[str, ...]:
    gpus = [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return ("cpu", *(["cuda"] if gpus else []), *gpus, *mps)


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Has torch compute on so many threads for a while: sums on another number of them end in other bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
