"""Embeddings on disk: immutable files that carry the hash of their content in their name.

Nothing is ever overwritten, so readers need no lock; a file that was cut short or altered gives itself away and is
dropped.
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import final

import numpy as np
import torch
from filelock import FileLock
from jaxtyping import Float32, Int64
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from idia.errors import SettingError

_SUFFIX = ".safetensors"
_UNFINISHED = ".tmp"
_LOCK_POLL = 0.2  # seconds
_KEY_BYTES = 32


@final
class ShardStore:
    """The embeddings that one model gave to one kind of thing.

    Args:
        folder: Where its files are; created when something is written.
        dim: Length of an embedding.
    """

    def __init__(self, folder: Path, dim: int) -> None:
        self._folder = folder
        self._dim = dim
        self._shard_of: dict[bytes, Path] = {}
        self._indexed: set[Path] = set()

    def read(self, wanted: Mapping[bytes, int], into: Float32[Tensor, "items dim"]) -> set[bytes]:
        """Copies the embeddings that are on disk and returns whose they are.

        Args:
            wanted: The row of each key, a SHA-256 digest.
            into: Where to copy them.
        """
        self._index()
        shards = {self._shard_of[key] for key in wanted if key in self._shard_of}
        found: set[bytes] = set()
        for path in sorted(shards):
            content = self._load(path)
            if content is None:
                self._shard_of = {key: shard for key, shard in self._shard_of.items() if shard != path}
                continue
            keys, vectors = content
            rows = [(row, wanted[key]) for row, key in enumerate(keys) if key in wanted]
            into[_column(rows, 1)] = vectors[_column(rows, 0)]
            found.update(key for key in keys if key in wanted)
        return found

    def write(self, keys: Sequence[bytes], vectors: Float32[Tensor, "items dim"]) -> None:
        """Keeps embeddings, all of them or (after a kill) none.

        Args:
            keys: SHA-256 digests of what was encoded.
            vectors: The embeddings, in the same order.

        Raises:
            SettingError: They cannot be written.
        """
        digests = torch.from_numpy(np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, _KEY_BYTES).copy())
        content = save({"keys": digests, "vectors": vectors.contiguous()})
        path = self._folder / f"{hashlib.sha256(content).hexdigest()}{_SUFFIX}"
        try:
            descriptor, unfinished = tempfile.mkstemp(suffix=_UNFINISHED, dir=self._folder)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(unfinished).replace(path)
        except OSError as error:
            raise self._unwritable(error) from None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Lets one process at a time encode and write; the others wait, then read what it wrote.

        Raises:
            SettingError: The folder cannot be written.
        """
        lock = FileLock(self._folder.with_name(f"{self._folder.name}.lock"))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(poll_interval=_LOCK_POLL)
        except (OSError, NotImplementedError) as error:
            raise self._unwritable(error) from None
        try:
            try:
                # Nobody else is writing: these are left over from a kill.
                for leftover in self._folder.glob(f"*{_UNFINISHED}"):
                    leftover.unlink(missing_ok=True)
                # Found out now, not after an hour of encoding.
                tempfile.TemporaryFile(dir=self._folder).close()
            except OSError as error:
                raise self._unwritable(error) from None
            yield
        finally:
            lock.release()

    def _index(self) -> None:
        try:
            present = {path for path in self._folder.iterdir() if path.suffix == _SUFFIX}
        except OSError:
            present = set()
        for path in sorted(present - self._indexed):
            if (content := self._load(path)) is not None:
                self._shard_of.update(dict.fromkeys(content[0], path))
        self._indexed = present

    def _load(self, path: Path) -> tuple[list[bytes], Float32[Tensor, "items dim"]] | None:
        """Keys and embeddings of a file; `None`, and no more file, if it is not as it was written."""
        try:
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() == path.stem:
                tensors = load(content)
                keys, vectors = tensors["keys"].numpy(), tensors["vectors"]
                if keys.shape == (len(vectors), _KEY_BYTES) and vectors.shape[1:] == (self._dim,):
                    return [key.tobytes() for key in keys], vectors
            path.unlink()
        except (OSError, SafetensorError, KeyError):
            pass  # gone, or not ours to repair: its entries count as missing
        return None

    def _unwritable(self, error: Exception) -> SettingError:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        return SettingError(
            f"the embedding cache {self._folder.parent} cannot be written ({reason}). Choose another folder with "
            "--idia-cache-dir."
        )


def _column(rows: list[tuple[int, int]], column: int) -> Int64[Tensor, " rows"]:
    return torch.tensor([row[column] for row in rows], dtype=torch.int64)
