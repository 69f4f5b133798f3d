"""Where a network runs."""

import platform

import torch

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


def _available() -> tuple[str, ...]:
    gpus = [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return ("cpu", *(["cuda"] if gpus else []), *gpus, *mps)
