"""faiss with the linear algebra that suits the processor: left to itself it may take kernels twenty years old.

The OpenBLAS inside the wheels of faiss-cpu does not know processors younger than it is, and runs them as the oldest it
knows. Which kernels it takes is settled when it is loaded, by an environment variable, so each choice is tried in a
process of its own before the best is loaded into this one.
"""

import os
import platform
import subprocess
import sys
import time
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from jaxtyping import Float32

from idia.speed.machine import blas_core

VARIABLE = "OPENBLAS_CORETYPE"
INSTALL = "pip install faiss-cpu"

_CORES = ("Haswell", "Zen", "SkylakeX")  # of processors with AVX2, and with AVX-512
_TRIALS = 5


@cache
def load_faiss() -> tuple[Any, str]:
    """Returns faiss, loaded with the fastest kernels it has for this processor, and which those are.

    Returns:
        The module, or None where it is not installed; and words for the table.
    """
    if find_spec("faiss") is None:
        return None, f"n/a: {INSTALL}"
    is_loaded = "faiss" in sys.modules
    core = None if is_loaded else _fastest_core()
    before = os.environ.get(VARIABLE)
    if core is not None:
        os.environ[VARIABLE] = core
    try:
        import faiss
    finally:
        if core is not None:
            os.environ.pop(VARIABLE) if before is None else os.environ.update({VARIABLE: before})
    kernels = blas_core("faiss") or f"OpenBLAS for {core or os.environ.get(VARIABLE) or 'what it takes itself for'}"
    return faiss, kernels if is_loaded else f"{kernels}, the fastest of those tried"


@cache
def _fastest_core() -> str | None:
    """The kernels that answer soonest; None for those it takes if nothing is changed."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return None
    seconds = {core: tried for core in (None, *_CORES) if (tried := _seconds_with(core)) is not None}
    return min(seconds, key=lambda core: (seconds[core], core or ""), default=None)


def _seconds_with(core: str | None) -> float | None:
    """CPU seconds of a small search in a process of its own; None where the processor lacks what it takes."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"} | ({} if core is None else {VARIABLE: core})
    command = [sys.executable, "-m", "idia.speed.faiss_loading"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None


def _small_search() -> float:
    import faiss

    rng = np.random.default_rng(0)
    photos: Float32[np.ndarray, "photos dim"] = rng.standard_normal((1024, 512), dtype=np.float32)
    names: Float32[np.ndarray, "names dim"] = rng.standard_normal((1000, 512), dtype=np.float32)
    index = faiss.IndexFlatIP(512)
    index.add(names)
    seconds = []
    for _ in range(_TRIALS):
        start = time.process_time()
        index.search(photos, 1)
        seconds.append(time.process_time() - start)
    return min(seconds)


if __name__ == "__main__":
    print(_small_search())  # noqa: T201  # the answer to the process that asked
