"""The attack photos of a world: drawn when first needed, on all cores, and kept on disk."""

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Int64, UInt8
from PIL import Image

from idia.models.locks import held, tell
from idia.models.private_files import is_leftover, place, private_folder
from idia.photos import rgb_sha256
from idia.world.designs import FIRST_ATTACK_PHOTO

SIDE = 32
"""Pixels a side."""

PEOPLE_PER_BLOCK = 20
"""How many people are drawn and kept together: a smaller world's photos are the first of a larger one's."""

Draw = Callable[[int, Int64[np.ndarray, " n"], Int64[np.ndarray, " n"], int], UInt8[np.ndarray, "n side side 3"]]
"""Draws photos of people: seed of the world, numbers of the people, numbers of their photos, pixels a side."""

_VERSION = 1  # of how a file is laid out
# Modules of this package that draw nothing: changing one of them leaves the pictures as they are.
_NOT_DRAWING = frozenset(
    {
        "__init__.py",
        "captions.py",
        "designs.py",
        "fingerprint.py",
        "gallery.py",
        "people.py",
        "sheet.py",
        "utility_tasks.py",
    }
)
_ROW = np.dtype([("sha256", np.uint8, (32,)), ("pixels", np.uint8, (SIDE, SIDE, 3))])


def rendered(
    seed: int, people: Int64[np.ndarray, " n"], photos: Int64[np.ndarray, " n"], side: int
) -> UInt8[np.ndarray, "n side side 3"]:
    """Returns photos as this package's renderer draws them."""
    from idia.world import render_people  # not needed where the photos are on disk

    return np.ascontiguousarray(render_people(seed, people, photos, side=side).permute(0, 2, 3, 1).numpy())


@final
class Drawings:
    """The photos of all people of a world, as far as somebody has looked at them.

    What is on disk is checked before it is used, and drawn again if it was altered; a folder that cannot be written
    costs time only. Of several processes, one draws while the others wait and then read.

    Args:
        seed: Of the world.
        n_photos: Photos per person.
        folder: Where they are kept; `None` keeps them in memory alone.
        draw: What draws them.
    """

    def __init__(self, seed: int, n_photos: int, *, folder: Path | None, draw: Draw = rendered) -> None:
        self.n_photos = n_photos
        self._seed = seed
        self._folder = folder
        self._draw = draw
        self._blocks: dict[int, np.ndarray] = {}

    def row(self, n_people: int, number: int) -> Any:
        """Returns the fingerprint and the pixels of a photo: those of the first person first.

        Args:
            n_people: How many people to draw, if this photo was not drawn yet.
            number: Which one.
        """
        block, row = divmod(number, PEOPLE_PER_BLOCK * self.n_photos)
        if block not in self._blocks:
            self.draw(n_people)
        return self._blocks[block][row]

    def draw(self, n_people: int, progress: Callable[[str, int, int], None] | None = None) -> None:
        """Draws the photos of the first people of the world, as far as they are not there."""
        n_blocks = -(-n_people // PEOPLE_PER_BLOCK)
        missing = self._without_read(block for block in range(n_blocks) if block not in self._blocks)
        if not missing:
            return
        from idia.parallel import in_order  # imports torch: not needed where the photos are on disk

        total = n_people * self.n_photos

        def waiting() -> None:
            if progress is not None:
                tell(progress, total - len(missing) * self._per_block, total)

        with self._locked(waiting):
            # Another process may have drawn them while this one waited.
            missing = self._without_read(iter(missing))
            if not missing:
                return
            done = total - len(missing) * self._per_block
            with in_order(self._drawn, missing, os.cpu_count() or 1) as drawn:
                for block, pictures in zip(missing, drawn, strict=True):
                    self._blocks[block] = pictures
                    self._keep(block, pictures)
                    done += self._per_block
                    if progress is not None:
                        progress("drawing", max(done, 0), total)

    @property
    def _per_block(self) -> int:
        return PEOPLE_PER_BLOCK * self.n_photos

    def _drawn(self, block: int) -> np.ndarray:
        first = np.arange(PEOPLE_PER_BLOCK, dtype=np.int64) + PEOPLE_PER_BLOCK * block
        people = np.repeat(first, self.n_photos)
        photos = np.tile(
            np.arange(FIRST_ATTACK_PHOTO, FIRST_ATTACK_PHOTO + self.n_photos, dtype=np.int64), PEOPLE_PER_BLOCK
        )
        rows = np.empty(self._per_block, dtype=_ROW)
        rows["pixels"] = self._draw(self._seed, people, photos, SIDE)
        for row in rows:
            row["sha256"] = np.frombuffer(bytes.fromhex(rgb_sha256(SIDE, SIDE, row["pixels"].tobytes())), np.uint8)
        return rows

    def _without_read(self, blocks: Iterator[int]) -> list[int]:
        """Reads what is on disk and returns which blocks are not."""
        missing = []
        for block in blocks:
            pictures = self._read(block)
            if pictures is None:
                missing.append(block)
            else:
                self._blocks[block] = pictures
        return missing

    def _read(self, block: int) -> np.ndarray | None:
        if self._folder is None:
            return None
        for path in sorted(self._folder.glob(f"{self._key(block)}-*.npy")):
            with suppress(OSError, ValueError, EOFError):  # gone, or not ours to repair: it counts as missing
                content = path.read_bytes()
                if hashlib.sha256(content).hexdigest() == path.stem.rpartition("-")[2]:
                    rows: np.ndarray = np.load(io.BytesIO(content), allow_pickle=False)
                    if rows.dtype == _ROW and rows.shape == (self._per_block,):
                        return rows
                path.unlink()
        return None

    def _keep(self, block: int, pictures: np.ndarray) -> None:
        if self._folder is None:
            return
        file = io.BytesIO()
        np.save(file, pictures, allow_pickle=False)
        content = file.getvalue()
        path = self._folder / f"{self._key(block)}-{hashlib.sha256(content).hexdigest()}.npy"
        try:
            place(content, path)
        except OSError:
            self._folder = None  # a full disk is no reason to stop

    @contextmanager
    def _locked(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Lets one process at a time draw; where nothing can be kept, everybody draws."""
        with ExitStack() as stack:
            if self._folder is not None:
                try:
                    private_folder(self._folder.parent)
                    private_folder(self._folder)
                    stack.enter_context(held(self._folder / "drawing.lock", waiting))
                    for leftover in filter(is_leftover, self._folder.iterdir()):
                        leftover.unlink(missing_ok=True)  # nobody else is writing: left over from a kill
                except OSError:
                    self._folder = None
            yield

    def _key(self, block: int) -> str:
        facts = [
            _VERSION,
            _renderer_sha256(),
            self._seed,
            block,
            PEOPLE_PER_BLOCK,
            FIRST_ATTACK_PHOTO,
            self.n_photos,
            SIDE,
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


@final
@dataclass(frozen=True, eq=False, slots=True)
class WorldGallery:
    """The photos of the first people of a world.

    Attributes:
        drawings: The photos of the whole world.
        n_people: How many people.
    """

    drawings: Drawings
    n_people: int

    def picture(self, number: int) -> Image.Image:
        """Returns a photo; the first person's come first."""
        return Image.fromarray(self.drawings.row(self.n_people, number)["pixels"])

    def sha256(self, number: int) -> str:
        """Returns the fingerprint of a photo."""
        digest: str = self.drawings.row(self.n_people, number)["sha256"].tobytes().hex()
        return digest

    def draw(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        """Draws all photos that are not drawn yet."""
        self.drawings.draw(self.n_people, progress)


@cache
def _renderer_sha256() -> str:
    """Whatever decides on a pixel: the sources of the renderer, and the libraries that round."""
    digest = hashlib.sha256(f"torch {version('torch')}, numpy {version('numpy')}\n".encode())
    package = Path(__file__).parent
    for path in (package.parent / "randomness.py", *sorted(package.glob("*.py"))):
        if path.name not in _NOT_DRAWING:
            digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
