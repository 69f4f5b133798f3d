"""How far a scan over names has come, on disk: whole or not there, and never another scan's."""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import final

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save
from torch import Tensor

from idia.errors import SettingError
from idia.kernels import Standing
from idia.kernels.standing import Ties

_VERSION = 1
_SUFFIX = ".scan"
_DIGEST = 32  # bytes before the content


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
    """The state of one scan.

    Args:
        folder: Where states are kept; created when one is written.
        key: What `scan_key` made.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._path = folder / f"{key}{_SUFFIX}"

    def read(self, at_start: Standing) -> tuple[int, Standing]:
        """Returns how many names are done and where the choice stands; nothing where there is no whole state.

        Args:
            at_start: The standing of no names.
        """
        try:
            stored = self._path.read_bytes()
            if hashlib.sha256(stored[_DIGEST:]).digest() != stored[:_DIGEST]:
                raise ValueError
            arrays = load(stored[_DIGEST:])
            n_done, n_compared, n_rescored = (int(number) for number in arrays["numbers"])
            ties = Ties(arrays["tied_rows"], arrays["tied_names"], arrays["tied_similarities"])
            standing = Standing(
                *(arrays[name] for name in ("indices", "similarities", "maxima", "runners_up")),
                ties=ties,
                n_compared=n_compared,
                n_rescored=n_rescored,
            )
        except (OSError, ValueError, KeyError, SafetensorError):
            return 0, at_start  # not there, or cut short: to be done again
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
            }
        )
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, unfinished = tempfile.mkstemp(prefix=self._path.stem[:16], suffix=".tmp", dir=self._path.parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(hashlib.sha256(content).digest() + content)
                Path(unfinished).replace(self._path)
            except BaseException:
                Path(unfinished).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise SettingError(
                f"the state of the scan over names cannot be written to {self._path.parent} "
                f"({error.strerror or error}). Choose another folder with --idia-cache-dir."
            ) from None
