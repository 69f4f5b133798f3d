"""How far a scan over names has come, on disk: whole or not there, and never another scan's."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import final

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save
from torch import Tensor

from idia.errors import SettingError
from idia.kernels import Standing
from idia.kernels.standing import Ties
from idia.models.locks import held
from idia.models.private_files import is_leftover, place, private_folder
from idia.models.shard_files import lock_path

_VERSION = 2
_SUFFIX = ".scan"
_DIGEST = 32  # bytes before the content
_LONG_AGO = 24 * 3600  # seconds; to write a state takes less than one


def scan_key(described: Sequence[str | int], images: Tensor) -> str:
    """Returns what tells a scan from others.

    Args:
        described: The model, the names, the prompts, and how they are divided.
        images: Embeddings of the photos.
    """
    digest = hashlib.sha256(json.dumps([_VERSION, list(described), list(images.shape)]).encode())
    digest.update(images.contiguous().numpy().tobytes())
    return digest.hexdigest()


@final
class ScanState:
    """The state of one scan, which belongs to the process that holds it, and outlives that.

    Args:
        folder: Where states are kept; created when one is written.
        key: What `scan_key` made.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._path = folder / f"{key}{_SUFFIX}"

    @contextmanager
    def held(self, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Lets one process at a time go on with the scan; the others wait, then read how far it came.

        While it is held, nobody removes it. A process that is killed lets go at once.

        Args:
            waiting: Called once, if this takes more than some seconds.

        Raises:
            SettingError: The folder cannot be written, or is a link.
            ModelError: This thread holds it already.
        """
        with ExitStack() as stack:
            try:
                private_folder(self._folder.parent)
                private_folder(self._folder)
                self._check_folder()
                stack.enter_context(held(lock_path(self._path), waiting))
                self._sweep()
            except OSError as error:
                raise self._unwritable(error) from None
            yield

    def read(self, at_start: Standing) -> tuple[int, Standing]:
        """Returns how many names are done and where the choice stands; nothing where there is no whole state.

        Args:
            at_start: The standing of no names.

        Raises:
            SettingError: The folder is a link.
        """
        self._check_folder()
        try:
            stored = self._path.read_bytes()
            if hashlib.sha256(stored[_DIGEST:]).digest() != stored[:_DIGEST]:
                raise ValueError
            arrays = load(stored[_DIGEST:])
            n_done, n_compared, n_rescored = (int(number) for number in arrays["numbers"])
            ties = Ties(arrays["tied_rows"], arrays["tied_names"], arrays["tied_similarities"])
            standing = Standing(
                arrays["indices"],
                arrays["similarities"],
                arrays["maxima"],
                arrays["runners_up"],
                ties,
                n_compared,
                n_rescored,
                arrays["backend"].tobytes().decode(),
            )
        except (OSError, ValueError, KeyError, SafetensorError):
            return 0, at_start  # not there, or cut short: to be done again
        with suppress(OSError):  # not ours to write
            os.utime(self._path)  # it was used
        return n_done, standing

    def write(self, n_done: int, standing: Standing) -> None:
        """Keeps the state in place of the one before.

        Raises:
            SettingError: It cannot be written.
        """
        content = save(
            {
                "numbers": np.array([n_done, standing.n_compared, standing.n_rescored]),
                "indices": np.ascontiguousarray(standing.indices),
                "similarities": np.ascontiguousarray(standing.similarities),
                "maxima": np.ascontiguousarray(standing.maxima),
                "runners_up": np.ascontiguousarray(standing.runners_up),
                "tied_rows": standing.ties.rows,
                "tied_names": standing.ties.names,
                "tied_similarities": standing.ties.similarities,
                "backend": np.frombuffer(standing.backend.encode(), dtype=np.uint8),
            }
        )
        try:
            private_folder(self._folder)
            place(hashlib.sha256(content).digest() + content, self._path, self._mark)
        except OSError as error:
            raise self._unwritable(error) from None

    @property
    def _folder(self) -> Path:
        return self._path.parent

    @property
    def _mark(self) -> str:
        return f"{self._path.stem}-"

    def _check_folder(self) -> None:
        if self._folder.is_symlink():
            raise SettingError(f"{self._folder} is a link, and scans are kept in a folder alone. Remove it.")

    def _sweep(self) -> None:
        """Removes what kills left over: of this scan, which nobody else writes now, and of others from long ago."""
        for path in filter(is_leftover, self._folder.iterdir()):
            with suppress(OSError):  # gone
                if is_leftover(path, self._mark) or time.time() - path.stat().st_mtime > _LONG_AGO:
                    path.unlink()

    def _unwritable(self, error: OSError) -> SettingError:
        return SettingError(
            f"the state of the scan over names cannot be written to {self._folder} ({error.strerror or error}). Choose "
            "another folder with --idia-cache-dir."
        )
