"""What only a graphics card can be asked; on the CPU, where tests ask it, most questions have an answer, too."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import torch

from idia.errors import SettingError
from idia.kernels.gpu.support import unusable
from idia.models.devices import resolve_device
from idia.speed.interleaved import Clock

_KERNELS = "TRITON_CACHE_DIR"


def check_usable(device: str) -> torch.device:
    """Returns the device of that name, on which this package's own kernels run.

    Args:
        device: As `--idia-device` names it.

    Raises:
        SettingError: There is no such device here, or they do not run on it.
    """
    resolved = resolve_device(device)
    if reason := unusable(resolved):
        raise SettingError(f"--idia-device {device}: this package's kernels cannot be used there: {reason}.")
    return resolved


def clock_of(device: torch.device) -> Clock:
    """Returns a clock that waits until a device has done all it was told, and then reads the time in seconds."""

    def now() -> float:
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter()

    return now


def give_back(device: torch.device) -> None:
    """Gives back memory that nobody uses: what one stage took in small pieces another may need in one."""
    if device.type == "cuda":
        torch.cuda.empty_cache()


class Peak:
    """The most memory of a device that was taken at once above what was taken before.

    Attributes:
        mib: In MiB; None where nothing can be known, as on the CPU.
    """

    def __init__(self) -> None:
        self.mib: float | None = None

    @contextmanager
    def measuring(self, device: torch.device) -> Iterator[None]:
        """Measures what happens inside; of several times, the most counts."""
        if device.type != "cuda":
            yield
            return
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        yield
        torch.cuda.synchronize(device)
        extra = (torch.cuda.max_memory_allocated(device) - before) / 2**20
        self.mib = extra if self.mib is None else max(self.mib, extra)


def card_words(device: str) -> str:
    """Returns what a card is called, and how many multiprocessors it has.

    Args:
        device: As `--idia-device` names it.
    """
    card = torch.device(device)
    return f"{torch.cuda.get_device_name(card)}, {torch.cuda.get_device_properties(card).multi_processor_count} SMs"


def driver_words() -> str:
    """Returns the versions of the driver, as far as it tells, and of CUDA."""
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
        versions = told.stdout.split() if told.returncode == 0 else []
    except (OSError, subprocess.TimeoutExpired):
        versions = []
    return f"driver {versions[0] if versions else 'n/a'}, CUDA {torch.version.cuda or 'n/a'}"


@contextmanager
def fresh_kernels() -> Iterator[None]:
    """Lets Triton compile, for a while, as if it had never compiled anything."""
    before = os.environ.get(_KERNELS)
    with TemporaryDirectory() as folder:
        os.environ[_KERNELS] = folder
        try:
            yield
        finally:
            os.environ.pop(_KERNELS) if before is None else os.environ.update({_KERNELS: before})


@contextmanager
def full_float32() -> Iterator[None]:
    """Lets products of float32 matrices be nothing less: no TF32."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
