"""What is shipped is compiled for the kinds of GPU that it is shipped for, and finds room there."""

from pathlib import Path
from typing import Any

import pytest
import torch

pytest.importorskip("triton")

import triton

from idia.errors import SettingError
from idia.kernels.gpu import building
from idia.kernels.gpu.building import Built, build_collect, build_screen, build_vectors
from idia.kernels.gpu.tiles import SHIPPED, Tiles

_INSTRUCTIONS = {(9, 0): ("wgmma",), (10, 0): ("tcgen05",)}


@pytest.fixture(autouse=True)
def _nothing_is_left_from_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))


def named(capability: Any) -> str:
    return ".".join(map(str, capability)) if isinstance(capability, tuple) else str(capability).removeprefix("torch.")


@pytest.mark.parametrize(
    ("capability", "tiles"), [(each, tiles) for each, cuts in SHIPPED.items() for tiles in cuts], ids=named
)
def test_every_shipped_cut_keeps_everything_in_registers_and_fetches_ahead(
    capability: tuple[int, int], tiles: Tiles
) -> None:
    built = build_screen(tiles, capability)

    assert built.instructions == _INSTRUCTIONS.get(capability, ("mma.sync",))
    assert built.stack_bytes == 0
    assert built.n_at_once(capability) >= tiles.per_multiprocessor
    assert built.fetched_ahead >= 2 * (tiles.stages - 1)


@pytest.mark.parametrize("capability", SHIPPED, ids=named)
def test_names_are_collected_in_registers(capability: tuple[int, int]) -> None:
    built = build_collect(capability)

    assert built.instructions == _INSTRUCTIONS.get(capability, ("mma.sync",))
    assert built.stack_bytes == 0
    assert built.n_at_once(capability) >= 1


@pytest.mark.parametrize("kind", building.KINDS, ids=named)
@pytest.mark.parametrize("program", ["round_vectors", "offset_products", "similarities"])
@pytest.mark.parametrize(("capability", "is_aligned"), [((8, 0), False), ((9, 0), True)], ids=["8.0-loose", "9.0"])
def test_embeddings_of_every_kind_are_read_without_a_stack(
    capability: tuple[int, int], program: Any, kind: torch.dtype, is_aligned: bool
) -> None:
    built = build_vectors(program, kind, capability, is_aligned=is_aligned)

    assert built.stack_bytes == 0
    assert built.n_at_once(capability) >= 4


def test_a_cut_too_large_for_registers_is_noticed() -> None:
    built = build_screen(Tiles(names=256, stages=3, has_descriptors=False), (8, 0))

    assert built.stack_bytes > 0


@pytest.mark.parametrize(
    ("built", "n_at_once"),
    [
        (Built(128, 0, 100 << 10, 0, 256, ()), 2),
        (Built(129, 0, 1024, 0, 256, ()), 1),
        (Built(64, 0, 114 << 10, 0, 256, ()), 1),
        (Built(16, 0, 0, 0, 512, ()), 4),
        (Built(16, 0, 0, 256, 32, ()), 2),
    ],
    ids=["two", "registers", "shared", "threads", "columns"],
)
def test_whatever_is_scarcest_limits_how_many_programs_run_at_once(built: Built, n_at_once: int) -> None:
    assert built.n_at_once((9, 0)) == n_at_once


def test_a_missing_reader_of_machine_code_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(triton, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setattr("shutil.which", lambda _: None)

    with pytest.raises(SettingError, match=r"read with cuobjdump: neither .*cuobjdump nor one on PATH is there"):
        building._usage(b"")


def test_unreadable_machine_code_is_reported() -> None:
    with pytest.raises(SettingError, match="said nothing of registers: "):
        building._usage(b"no machine code")


def test_nothing_is_compiled_while_programs_are_interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_INTERPRET", "1")

    with pytest.raises(SettingError, match="unset TRITON_INTERPRET"):
        build_collect((9, 0))
