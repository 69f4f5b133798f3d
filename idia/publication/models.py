"""What a record says about a model."""

import hashlib
import re
from dataclasses import asdict
from typing import Any

from idia.errors import ModelError, RecordError
from idia.models import ModelInfo
from idia.models.specs import public_spec
from idia.records import check_model

_HASHES = ("weights_sha256", "preprocess_sha256", "tokenizer_sha256")


def published_model(info: ModelInfo) -> dict[str, Any]:
    """Returns what a record says about a model: worth asking for before anything is measured.

    Raises:
        ModelError: The model says something about itself that no record can hold.
    """
    if not info.weights_sha256:
        raise ModelError(
            f"{info.name} does not say which weights it has: info.weights_sha256 is empty. Give the sha256 of the "
            "weights, or any text that changes with them."
        )
    hashes = {name: _as_sha256(getattr(info, name)) for name in _HASHES}
    model = asdict(info) | hashes | {"spec": public_spec(info.spec)}
    try:
        check_model(model)
    except RecordError as error:
        raise ModelError(f"the model's info cannot be recorded: {error}") from None
    return model


def _as_sha256(text: str) -> str | None:
    """The hash itself, or the hash of whatever else, such as a revision, tells one state from another."""
    if not text or re.fullmatch("[0-9a-f]{64}", text):
        return text or None
    return hashlib.sha256(text.encode()).hexdigest()
