"""Programs compiled for a kind of GPU that need not be here, and what their machine code takes there.

Signatures are as Triton specialises them at a launch: what is a multiple of 16 (sizes that are padded, memory that
torch allocates) is known to be one.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, final

import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from idia.errors import SettingError
from idia.kernels.gpu import programs, rounding, settling
from idia.kernels.gpu.support import is_interpreted
from idia.kernels.gpu.tiles import Tiles

Capability: TypeAlias = tuple[int, int]

KINDS: Final = {torch.float16: "fp16", torch.bfloat16: "bf16", torch.float32: "fp32", torch.float64: "fp64"}
"""Which kinds of embeddings there are, and what Triton calls them."""

MATRIX_INSTRUCTIONS: Final = ("wgmma", "tcgen05", "mma.sync")

_LIMITS: Final = {  # of a multiprocessor: KiB of shared memory, threads
    (8, 0): (164, 2048),
    (8, 6): (100, 1536),
    (8, 9): (100, 1536),
    (9, 0): (228, 2048),
    (10, 0): (228, 2048),
    (12, 0): (100, 1536),
}
_REGISTERS, _RESERVED = 65_536, 1024  # of a multiprocessor; bytes of shared memory that no program can use
_FETCH = r"async_tma_copy_global_to_local|async_copy_global_to_local"  # as Triton's own language has it
_COLUMNS = 512  # of the memory beside the matrix units of capability 10.0


@final
@dataclass(frozen=True, slots=True)
class Built:
    """What a program takes on a kind of GPU.

    Attributes:
        registers: Of a thread.
        stack_bytes: Memory of a thread: what did not fit into registers.
        shared_bytes: Memory that the threads of a program share.
        matrix_columns: Of the memory beside the matrix units, where there is such memory.
        threads: Of a program.
        instructions: Which of `MATRIX_INSTRUCTIONS` multiply.
        fetched_ahead: How many pieces of tiles are asked for before the first product.
    """

    registers: int
    stack_bytes: int
    shared_bytes: int
    matrix_columns: int
    threads: int
    instructions: tuple[str, ...]
    fetched_ahead: int = 0

    def n_at_once(self, capability: Capability) -> int:
        """Returns how many programs find room on a multiprocessor."""
        shared, threads = _LIMITS[capability]
        registers = -(-self.registers // 8) * 8 * self.threads  # they are given out by the eight
        return min(
            _REGISTERS // registers,
            (shared << 10) // (self.shared_bytes + _RESERVED),
            threads // self.threads,
            _COLUMNS // max(self.matrix_columns, 1),
        )


def build_screen(tiles: Tiles, capability: Capability) -> Built:
    """Returns what the quick comparison takes.

    Args:
        tiles: How the work is cut.
        capability: The compute capability, such as `(9, 0)`.

    Raises:
        SettingError: Nothing can be compiled, or the machine code cannot be read.
    """
    left = right = "*fp16"
    if tiles.has_descriptors:
        left, right = (f"tensordesc<fp16[{size}, {tiles.dims}]>" for size in (tiles.photos, tiles.names))
    signature = {
        "photos": left,
        "names": right,
        "offsets gain tops rests": "*fp32",
        "indices": "*i32",
        "n_photos n_names n_splits n_jobs dim": "i32",
    }
    sizes = {"tile_photos": tiles.photos, "tile_names": tiles.names, "tile_dims": tiles.dims}
    constants = {**sizes, "has_descriptors": tiles.has_descriptors}
    return _built(programs.screen, signature, constants, ("n_splits", "n_jobs"), capability, tiles.warps, tiles.stages)


def build_collect(capability: Capability) -> Built:
    """Returns what noting down the remaining names takes; arguments and errors as for `build_screen`."""
    signature = {
        "photos names": "*fp16",
        "offsets gain floors": "*fp32",
        "rows starts stops prompts found counts": "*i32",
        "first_name n_rows n_names n_splits capacity dim": "i32",
    }
    tiles = settling.COLLECTED
    constants = {"tile_photos": tiles.photos, "tile_names": tiles.names, "tile_dims": tiles.dims}
    loose = ("first_name", "n_rows", "n_splits")
    return _built(programs.collect, signature, constants, loose, capability, tiles.warps, tiles.stages)


def build_vectors(
    program: Literal["round_vectors", "offset_products", "similarities"],
    kind: torch.dtype,
    capability: Capability,
    *,
    is_aligned: bool = True,
) -> Built:
    """Returns what a program takes that reads embeddings as they were given.

    Args:
        program: Its name.
        kind: Of the embeddings, one of `KINDS`.
        capability: The compute capability.
        is_aligned: Whether their length is a multiple of 16, and where they begin.

    Raises:
        SettingError: Nothing can be compiled, or the machine code cannot be read.
    """
    given = f"*{KINDS[kind]}"
    signatures = {
        "round_vectors": {
            "vectors": given,
            "halves": "*fp16",
            "centres squares": "*fp32",
            "scale": "fp32",
            "first n n_all n_padded dim padded_dim": "i32",
        },
        "offset_products": {
            "vectors": given,
            "centres direction products": "*fp32",
            "scale": "fp32",
            "first n n_all dim": "i32",
        },
        "similarities": {
            "photos texts": given,
            "photo_rows text_rows": "*i64",
            "exact": "*fp64",
            "n_pairs dim": "i32",
        },
    }
    height, width = rounding.TILE_VECTORS, rounding.TILE_DIMS
    constants = {"tile_vectors": height, "tile_dims": width}
    if program == "similarities":
        constants = {"tile_pairs": settling.TILE_PAIRS, "tile_dims": settling.TILE_DIMS}
    loose = ("first", "n", "n_all", "n_pairs", *(() if is_aligned else ("vectors", "photos", "texts", "dim")))
    return _built(getattr(programs, program), signatures[program], constants, loose, capability, 4, 3)


def _built(
    program: Any,
    signature: Mapping[str, str],  # by names of arguments, separated by spaces
    constants: Mapping[str, int],
    loose: tuple[str, ...],  # which need not be multiples of 16
    capability: Capability,
    warps: int,
    stages: int,
) -> Built:
    if is_interpreted():
        raise SettingError("nothing is compiled while Triton interprets programs: unset TRITON_INTERPRET.")
    given = {name: kind for names, kind in signature.items() for name in names.split()}
    types = {name: "constexpr" if name in constants else given[name] for name in program.arg_names}
    multiples = [
        (place,)
        for place, (name, kind) in enumerate(types.items())
        if name not in loose and (kind.startswith("*") or kind == "i32")
    ]
    source = ASTSource(
        program, types, constexprs=dict(constants), attrs={place: [["tt.divisibility", 16]] for place in multiples}
    )
    target = GPUTarget("cuda", capability[0] * 10 + capability[1], 32)
    options = {"num_warps": warps, "num_stages": stages, **programs.FUSED}
    made = triton.compile(source, target=target, options=options)
    usage = _usage(made.asm["cubin"])
    return Built(
        registers=int(usage["REG"]),
        stack_bytes=int(usage["STACK"]),
        shared_bytes=made.metadata.shared,
        matrix_columns=getattr(made.metadata, "tmem_size", None) or 0,
        threads=32 * warps,
        instructions=tuple(name for name in MATRIX_INSTRUCTIONS if name in made.asm["ptx"]),
        fetched_ahead=len(re.findall(_FETCH, made.asm["ttgir"].rpartition("scf.for")[0])),
    )


def _usage(machine_code: bytes) -> dict[str, str]:
    """What is written down about a program in its machine code."""
    beside = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    tool = beside if beside.exists() else shutil.which("cuobjdump")
    if tool is None:
        raise SettingError(f"machine code is read with cuobjdump: neither {beside} nor one on PATH is there.")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "program.cubin"
        file.write_bytes(machine_code)
        said = subprocess.run([tool, "-res-usage", file], capture_output=True, text=True, check=False)
    usage = dict(re.findall(r"\b([A-Z]+):(\d+)", said.stdout))
    if not {"REG", "STACK"} <= usage.keys():
        raise SettingError(f"{tool} said nothing of registers: {(said.stderr or said.stdout).strip()[:200]!r}.")
    return usage
