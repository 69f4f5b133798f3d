"""A record on its way from one process to another, as JSON values: workers measure, one process writes."""

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from idia.records.storage import Record
from idia.records.votes import encoded_votes


def packed(record: Record) -> dict[str, Any]:
    """Returns a record as JSON values."""
    votes = base64.b64encode(encoded_votes(record.votes)).decode("ascii") if record.votes else None
    return {"document": dict(record.document), "votes": votes}


def unpacked(content: Mapping[str, Any]) -> Record:
    """Returns the record that `packed` packed."""
    if content["votes"] is None:
        return Record(content["document"], {})
    with np.load(io.BytesIO(base64.b64decode(content["votes"])), allow_pickle=False) as arrays:
        return Record(content["document"], {name: arrays[name] for name in arrays.files})
