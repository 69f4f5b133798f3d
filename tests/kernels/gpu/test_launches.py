"""Every launch as it would be on an H100, with real arguments, up to the machine code: only the card is missing."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

pytest.importorskip("triton")

import triton
from triton.backends.compiler import GPUTarget
from triton.runtime import driver
from triton.runtime.jit import JITFunction

from idia.kernels.gpu import building, programs, rounding, screening, settling, support
from idia.kernels.gpu.rounding import RoundedNames
from idia.kernels.gpu.tiles import SHIPPED, Tiles

pytestmark = pytest.mark.skipif(support.is_interpreted(), reason="the interpreter compiles nothing")

_PROGRAMS = [each for each in vars(programs).values() if isinstance(each, JITFunction)]


class _AbsentCard:
    """All that Triton asks of a driver in order to compile for a card."""

    def get_current_target(self) -> GPUTarget:
        return GPUTarget("cuda", 90, 32)

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, device: int) -> int:
        return device


@pytest.fixture
def assembled() -> dict[str, str]:
    """The assembly of the last launch of every program."""
    return {}


@pytest.fixture(scope="module")
def machine_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Triton has compiled here; it is found by all that goes into it, so that only the same is not made again."""
    return tmp_path_factory.mktemp("triton")


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch, machine_code: Path, assembled: dict[str, str]) -> Iterator[Counter[str]]:
    """Counts launches, none of which runs: what should be computed is what lay in memory before."""
    names: Counter[str] = Counter()
    run = JITFunction.run

    def compiled(self: Any, *args: Any, grid: Any, warmup: bool, **kwargs: Any) -> Any:
        names[self.fn.__name__] += 1
        assert all(isinstance(size, int) and size > 0 for size in grid)
        made = run(self, *args, grid=grid, warmup=True, **kwargs)
        assembled[self.fn.__name__] = made.asm["ptx"]
        return made

    monkeypatch.setenv("TRITON_CACHE_DIR", str(machine_code))
    monkeypatch.setattr(JITFunction, "run", compiled)
    for module in (screening, settling):
        monkeypatch.setattr(module, "multiprocessors", lambda _: 132)
        monkeypatch.setattr(module, "tiles_of", lambda _: Tiles())
    monkeypatch.setattr(driver, "_active", _AbsentCard())
    yield names
    for program in _PROGRAMS:
        program.device_caches.clear()


@pytest.mark.parametrize(
    ("kind", "n_photos", "n_prompts", "n_names", "dim"),
    [
        (torch.float16, 300, 3, 1000, 512),
        (torch.bfloat16, 5, 1, 257, 100),
        (torch.float32, 1, 1, 2, 1),
        (torch.float64, 5, 1, 257, 100),
    ],
    ids=str,
)
def test_everything_compiles_for_real_arguments(
    launched: Counter[str],
    monkeypatch: pytest.MonkeyPatch,
    kind: torch.dtype,
    n_photos: int,
    n_prompts: int,
    n_names: int,
    dim: int,
) -> None:
    images, texts = torch.ones(n_photos, dim, dtype=kind), torch.ones(n_prompts, n_names, dim, dtype=kind)
    # Nothing runs, so nothing is found: zeros stand for it.
    monkeypatch.setattr(torch, "empty", torch.zeros)
    monkeypatch.setattr(screening.Screened, "unsettled", lambda self, margins: torch.ones_like(margins).bool())

    settling.compare(images, RoundedNames(texts))

    # Nobody reaches a floor, so that there is nothing to compare again.
    assert launched == {"round_vectors": 2, "offset_products": 1, "screen": 1, "similarities": 1, "collect": 1}


@pytest.mark.parametrize("n_splits", [1, 3])
def test_what_is_built_ahead_of_time_is_what_is_launched(
    launched: Counter[str], assembled: dict[str, str], monkeypatch: pytest.MonkeyPatch, n_splits: int
) -> None:
    with monkeypatch.context() as replaced:
        replaced.setattr(torch, "empty", torch.zeros)
        replaced.setattr(screening.Screened, "unsettled", lambda self, margins: torch.ones_like(margins).bool())
        settling.compare(torch.ones(300, 512), RoundedNames(torch.ones(3, 1000, 512)), n_splits=n_splits)
    built: dict[str, str] = {}
    compiled = triton.compile

    def noted(source: Any, **kwargs: Any) -> Any:
        made = compiled(source, **kwargs)
        built[source.fn.fn.__name__] = made.asm["ptx"]
        return made

    monkeypatch.setattr(triton, "compile", noted)
    building.build_screen(Tiles(), (9, 0))
    building.build_collect((9, 0))
    for name in ("round_vectors", "offset_products", "similarities"):
        building.build_vectors(name, torch.float32, (9, 0))

    assert built == assembled


@pytest.mark.parametrize("tiles", [SHIPPED[9, 0][1], SHIPPED[9, 0][-1]], ids=["two-at-once", "no-descriptors"])
def test_other_cuts_can_be_launched(launched: Counter[str], tiles: Tiles) -> None:
    photos, names = rounding.round_photos(torch.ones(300, 70)), RoundedNames(torch.ones(2, 700, 70), keeps_all=True)
    comparison, (block,) = screening.Comparison.of(photos, names), names

    screened = screening.screen(comparison, block, tiles=tiles)

    assert launched["screen"] == 1
    assert screened.tops.shape == (2, 300)
