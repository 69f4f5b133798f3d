"""In which rows people stand in published arrays: the same in every record of theirs, and nobody can tell whose."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from jaxtyping import Int

from idia.errors import RecordError

_KEY_FILE = "pseudonyms.key"
_KEY_BYTES = 32


def synthetic_key() -> bytes:
    """Returns the key of people who do not exist, whom nobody has to protect: everybody gets the same order."""
    return b"\0" * _KEY_BYTES


def secret_key(cache_dir: Path) -> bytes:
    """Returns the key of real people: secret, made once, and kept where nothing is published from.

    Without it, whoever has the names could put them in the order of the rows. Records made with one key can be compared
    person by person.

    Raises:
        RecordError: It can be neither read nor written, or is damaged.
    """
    path = cache_dir / _KEY_FILE
    try:
        if not path.exists():
            _write_once(path, secrets.token_bytes(_KEY_BYTES))
        key = path.read_bytes()
    except OSError as error:
        raise RecordError(
            f"the key that puts people in an order, {path}, cannot be kept: {error.strerror or error}. Choose another "
            "--idia-cache-dir, or correct its permissions."
        ) from error
    if len(key) != _KEY_BYTES:
        raise RecordError(
            f"{path} is damaged: expected {_KEY_BYTES} bytes, got {len(key)}. Remove it; records made with another key "
            "can no longer be compared person by person with earlier ones."
        )
    return key


def row_order(names: Sequence[str], key: bytes) -> Int[np.ndarray, " people"]:
    """Returns which person stands in each row `[people]`, whatever order they come in."""
    digests = [hmac.digest(key, name.encode(), "sha256") for name in names]
    return np.array(sorted(range(len(names)), key=digests.__getitem__), dtype=np.int64)


def order_sha256(manifest_sha256: str, key: bytes) -> str:
    """Returns what tells two orders of the same people apart."""
    return hashlib.sha256(manifest_sha256.encode() + hmac.digest(key, b"order of rows", "sha256")).hexdigest()


def _write_once(path: Path, key: bytes) -> None:
    """Writes the file whole and private; where another process was faster, its key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{secrets.token_hex(8)}.{_KEY_FILE}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
