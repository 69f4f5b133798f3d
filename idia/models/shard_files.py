"""What lies in a folder of embeddings: immutable files named after their content, and a few words on what they are.

Looking at a cache needs no torch. Nothing is told in clear: photos and prompts appear as hashes. But whoever guesses a
prompt, or has a photo, can check whether it is there.
"""

import json
import re
import struct
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

SUFFIX = ".safetensors"
KEY_BYTES = 32

_DESCRIPTION = "store.json"
_FORMAT = "idia embeddings"
_STORE = re.compile("[0-9a-f]{16}-[0-9a-f]{16}")
_SHARD = re.compile(rf"[0-9a-f]{{64}}{re.escape(SUFFIX)}")
_LONGEST_HEADER = 1 << 16  # bytes; two tensors take a hundred


def is_store(folder: Path) -> bool:
    """Whether a folder is called as those are that embeddings lie in; a link to one is not."""
    return bool(_STORE.fullmatch(folder.name)) and folder.is_dir() and not folder.is_symlink()


def is_shard(path: Path) -> bool:
    """Whether a file is called as those are that hold embeddings."""
    return bool(_SHARD.fullmatch(path.name))


def lock_path(folder: Path) -> Path:
    """Returns the file that is locked by whoever writes to a folder, or removes it; it is never removed itself."""
    return folder.with_name(f"{folder.name}.lock")


def description_path(folder: Path) -> Path:
    """Returns the file that says what a folder holds; its time of change is when the folder was last used."""
    return folder / _DESCRIPTION


def read_description(folder: Path) -> dict[str, str]:
    """Returns what a folder says about itself: `model`, `kind` and so on; nothing if it says nothing that is ours."""
    with suppress(OSError, ValueError):
        described = json.loads(description_path(folder).read_bytes())
        if isinstance(described, dict) and described.get("format") == _FORMAT:
            return {str(key): str(value) for key, value in described.items()}
    return {}


def encoded_description(description: Mapping[str, str]) -> bytes:
    """Returns the content of the file that says what a folder holds."""
    return json.dumps({"format": _FORMAT, **description}, indent=2, ensure_ascii=False).encode() + b"\n"


def read_keys(path: Path) -> list[bytes] | None:
    """Returns the keys of a file of embeddings, in their order; `None` if it holds none. Nothing else is read of it."""
    with suppress(OSError, ValueError, KeyError, TypeError, struct.error), path.open("rb") as file:
        (n_header,) = struct.unpack("<Q", file.read(8))
        if n_header > _LONGEST_HEADER:
            return None
        keys = json.loads(file.read(n_header))["keys"]
        n_keys, n_bytes = keys["shape"]
        if keys["dtype"] != "U8" or n_bytes != KEY_BYTES:
            return None
        file.seek(keys["data_offsets"][0] + 8 + n_header)
        raw = file.read(n_keys * KEY_BYTES)
        if len(raw) == n_keys * KEY_BYTES:
            return [raw[at : at + KEY_BYTES] for at in range(0, len(raw), KEY_BYTES)]
    return None
