"""Which code, libraries and machine produced a record; host names, user names and times stay out of it."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import idia


def suite() -> dict[str, Any]:
    """Returns the version of this package and, from a git checkout, the commit and whether it was changed."""
    folder = Path(idia.__file__).resolve().parent
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top is None or not (Path(top) / "idia").samefile(folder):
        # Installed into somebody else's repository, whose commit says nothing about this package.
        return {"version": idia.__version__, "commit": None, "dirty": False}
    changes = _git(folder, "status", "--porcelain", "--", ":/idia", ":/benchmarks", ":/pyproject.toml")
    return {"version": idia.__version__, "commit": _git(folder, "rev-parse", "HEAD"), "dirty": bool(changes)}


def environment(device: str, similarity_backend: str = "", cpu_seconds: float | None = None) -> dict[str, Any]:
    """Returns the versions and the hardware a result depends on, if anything, in its last digits.

    Args:
        device: What the model ran on, such as `cpu` or the name of a graphics card.
        similarity_backend: Who compared photos with names, such as `cpu-int8`; left out if nobody did.
        cpu_seconds: How long it took; left out where it was not measured.
    """
    described: dict[str, Any] = {
        "python": platform.python_version(),
        "torch": _version("torch"),
        "open_clip": _version("open_clip_torch"),
        "numpy": _version("numpy"),
        "platform": f"{platform.system()} {platform.machine()}",
        "device": device,
        "cpu": _cpu(),
    }
    described |= {"similarity_backend": similarity_backend} if similarity_backend else {}
    return described | ({} if cpu_seconds is None else {"cpu_seconds": round(cpu_seconds, 3)})


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "n/a"


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or "n/a"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "n/a"


def _git(folder: Path, *command: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *command], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
