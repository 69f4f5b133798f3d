"""What a speed was measured on: processor, cores, libraries."""

import os
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from idia.options import is_card
from idia.provenance import environment, suite

_LIBRARIES = ("torch", "numpy", "numba", "open_clip_torch", "pandas", "faiss-cpu")
_CARD_LIBRARIES = ("torch", "triton", "numpy", "faiss-gpu")


def machine_words(device: str = "cpu") -> str:
    """Returns what computes: the processor and how many of its cores this process may use, or the graphics card.

    Args:
        device: As `--idia-device` names it.
    """
    if is_card(device):
        from idia.speed.card import card_words

        return card_words(device)
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{environment('cpu')['cpu']}, {n_cores} core{'s' * (n_cores != 1)}"


def library_words(libraries: Sequence[str] | None = None, *, device: str = "cpu") -> str:
    """Returns the versions of Python and of the libraries that are installed; of a graphics card, its driver's first.

    Args:
        libraries: Which; by default those that matter on the device.
        device: As `--idia-device` names it.
    """
    if is_card(device):
        from idia.speed.card import driver_words

        return f"{driver_words()}, {_versions(libraries or _CARD_LIBRARIES)}"
    return _versions(libraries or _LIBRARIES)


def _versions(libraries: Sequence[str]) -> str:
    found = {name: known for name in libraries if (known := installed_version(name)) is not None}
    numpy_blas = blas_core("numpy")
    if "numpy" in found and numpy_blas is not None:
        found["numpy"] += f" ({numpy_blas})"
    return ", ".join(f"{name} {known}" for name, known in {"Python": environment("cpu")["python"], **found}.items())


def code_words() -> str:
    """Returns the version of this package and, from a git checkout, the commit."""
    facts = suite()
    if facts["commit"] is None:
        return f"idia {facts['version']}"
    return f"idia {facts['version']} at {facts['commit'][:7]}{', changed since' * facts['dirty']}"


def installed_version(package: str) -> str | None:
    """Returns the version of a package, or None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def blas_core(library: str) -> str | None:
    """Returns for which processor core the linear algebra inside a loaded library is built, and its version.

    Args:
        library: A word in the path of the file, such as `faiss`.

    Returns:
        Such as `OpenBLAS 0.3.31 for Haswell`; None if nothing is loaded or threadpoolctl is missing.
    """
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return None
    for each in threadpool_info():
        if library in each["filepath"] and each["user_api"] == "blas":
            return f"{_spelled(each['internal_api'])} {each['version']} for {each.get('architecture')}"
    return None


def _spelled(library: str) -> str:
    return {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS"}.get(library, library)
