"""Compiled code is kept where it can be, and nothing depends on it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FUNCTION = """
from idia.compiled import compiled

@compiled
def twice(number):
    return 2 * number
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One with a compiled function in a module of its own."""
    (tmp_path / "doubling.py").write_text(FUNCTION)
    return tmp_path


def run(folder: Path, before: str = "") -> int:
    """Calls the function in a new process and returns how often machine code was read from disk."""
    code = f"from doubling import twice\n{before}\nassert twice(21) == 42\nprint(sum(twice.stats.cache_hits.values()))"
    there = os.environ | {"NUMBA_CACHE_DIR": str(folder / "kept")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=there, check=True, capture_output=True, text=True
    )
    assert done.stderr == ""
    return int(done.stdout)


def test_what_was_compiled_is_kept(folder: Path) -> None:
    assert [run(folder), run(folder)] == [0, 1]


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("n_bytes", [0, 40])
def test_what_was_cut_short_is_compiled_again(folder: Path, kind: str, n_bytes: int) -> None:
    run(folder)
    (kept,) = (folder / "kept").glob(f"*/*.{kind}")
    kept.write_bytes(kept.read_bytes()[:n_bytes])

    assert [run(folder), run(folder)] == [0, 1]


def test_a_disk_that_fills_up_costs_time_only(folder: Path) -> None:
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))"

    assert [run(folder, full), run(folder, full)] == [0, 0]


def test_where_nothing_can_be_kept_everything_is_compiled(folder: Path) -> None:
    code = (
        "import numba.core.caching as caching\n"
        "caching._CacheLocator.ensure_cache_path = lambda self: (_ for _ in ()).throw(OSError('read-only'))\n"
        "from doubling import twice\n"
        "assert twice(21) == 42\n"
    )

    subprocess.run(
        [sys.executable, "-c", code], cwd=folder, check=True, env=os.environ | {"NUMBA_CACHE_DIR": str(folder / "kept")}
    )
    assert not (folder / "kept").exists()
