"""Embeddings on disk: immutable files that carry the hash of their content in their name.

Nothing is ever overwritten, so readers need no lock; a file that was cut short or altered gives itself away and is
dropped.
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import final

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from idia.errors import SettingError
from idia.models.locks import held
from idia.models.private_files import is_leftover, place, private_folder
from idia.models.shard_files import (
    KEY_BYTES,
    SUFFIX,
    description_path,
    encoded_description,
    is_shard,
    lock_path,
    read_keys,
)


@final
class ShardStore:
    """The embeddings that one model gave to one kind of thing.

    Args:
        folder: Where its files are; created when something is written.
        dim: Length of an embedding.
        description: What it is, for whoever lists the cache.
    """

    def __init__(self, folder: Path, dim: int, description: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._dim = dim
        self._description = encoded_description(description or {})
        self._shard_of: dict[bytes, Path] = {}
        self._indexed: set[Path] = set()
        self._was_used = False

    def read(self, wanted: Mapping[bytes, int], into: Float32[Tensor, "items dim"]) -> set[bytes]:
        """Copies the embeddings that are on disk and returns whose they are.

        Args:
            wanted: The row of each key, a SHA-256 digest.
            into: Where to copy them.

        Raises:
            SettingError: The folder is a link.
        """
        self._index()
        shards = {self._shard_of[key] for key in wanted if key in self._shard_of}
        found: set[bytes] = set()
        for path in sorted(shards):
            content = self._load(path)
            if content is None:
                self._shard_of = {key: shard for key, shard in self._shard_of.items() if shard != path}
                self._indexed.discard(path)
                continue
            keys, vectors = content
            rows = [(row, wanted[key]) for row, key in enumerate(keys) if key in wanted]
            source, target = torch.tensor(rows, dtype=torch.int64).reshape(-1, 2).unbind(1)
            into.index_copy_(0, target, vectors.index_select(0, source))
            found.update(key for key in keys if key in wanted)
        if found and not self._was_used:
            self._was_used = True
            with contextlib.suppress(OSError):  # not described, or not ours to write
                os.utime(description_path(self._folder))
        return found

    def write(self, keys: Sequence[bytes], vectors: Float32[Tensor, "items dim"]) -> None:
        """Keeps embeddings, all of them or (after a kill) none.

        Args:
            keys: SHA-256 digests of what was encoded.
            vectors: The embeddings, in the same order.

        Raises:
            SettingError: They cannot be written.
        """
        digests = torch.from_numpy(np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, KEY_BYTES).copy())
        content = save({"keys": digests, "vectors": vectors.contiguous()})
        try:
            place(content, self._folder / f"{hashlib.sha256(content).hexdigest()}{SUFFIX}")
        except OSError as error:
            raise self._unwritable(error) from None

    @contextlib.contextmanager
    def locked(self, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Lets one process at a time encode and write; the others wait, then read what it wrote.

        Args:
            waiting: Called once, if this takes more than some seconds.

        Raises:
            SettingError: The folder cannot be written, or is a link.
            ModelError: This thread is writing already.
        """
        with contextlib.ExitStack() as stack:
            try:
                private_folder(self._folder.parent)
                stack.enter_context(held(lock_path(self._folder), waiting))
                # Only now: while this process waited, the folder may have been pruned.
                private_folder(self._folder)
                self._check_no_link()
                # Nobody else is writing: these are left over from a kill.
                for leftover in filter(is_leftover, self._folder.iterdir()):
                    leftover.unlink(missing_ok=True)
                # Found out now, not after an hour of encoding.
                tempfile.TemporaryFile(dir=self._folder).close()
                self._describe()
            except OSError as error:
                raise self._unwritable(error) from None
            yield

    def _describe(self) -> None:
        path = description_path(self._folder)
        if not path.is_file() or path.read_bytes() != self._description:
            place(self._description, path)

    def _check_no_link(self) -> None:
        """Whatever is damaged or left over is removed from this folder: it must not be somebody else's."""
        if self._folder.is_symlink():
            raise SettingError(
                f"{self._folder} is a link, and embeddings are kept in folders alone. Remove the link, or make one of "
                "the whole cache folder."
            )

    def _index(self) -> None:
        self._check_no_link()
        try:
            present = {path for path in self._folder.iterdir() if is_shard(path)}
        except OSError:
            present = set()
        for path in sorted(present - self._indexed):
            keys = read_keys(path)
            if keys is None:
                self._load(path)  # which drops what is damaged
                present.discard(path)  # it may be written again, under the same name
            else:
                # Not checked yet: a shard is, whenever one of its embeddings is asked for.
                self._shard_of.update(dict.fromkeys(keys, path))
        self._indexed = present

    def _load(self, path: Path) -> tuple[list[bytes], Float32[Tensor, "items dim"]] | None:
        """Keys and embeddings of a file; `None`, and no more file, if it is not as it was written."""
        try:
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() == path.stem:
                tensors = load(content)
                keys, vectors = tensors["keys"], tensors["vectors"]
                if self._are_embeddings(keys, vectors):
                    raw = keys.numpy().tobytes()
                    return [raw[at : at + KEY_BYTES] for at in range(0, len(raw), KEY_BYTES)], vectors
            path.unlink()
        except (OSError, SafetensorError, KeyError):
            pass  # gone, or not ours to repair: its entries count as missing
        return None

    def _are_embeddings(self, keys: UInt8[Tensor, "items bytes"], vectors: Float32[Tensor, "items dim"]) -> bool:
        are_vectors = vectors.dtype == torch.float32 and vectors.ndim == 2 and vectors.shape[1] == self._dim
        return are_vectors and keys.dtype == torch.uint8 and keys.shape == (len(vectors), KEY_BYTES)

    def _unwritable(self, error: OSError) -> SettingError:
        return SettingError(
            f"the embedding cache {self._folder.parent} cannot be written ({error.strerror or error}). Choose "
            "another folder with --idia-cache-dir."
        )
