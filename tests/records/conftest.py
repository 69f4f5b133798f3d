"""A small record: two members, two non-members, three prompts, two draws."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from idia.records import Record


@pytest.fixture
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name("example.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def votes() -> dict[str, np.ndarray]:
    scores = np.zeros((4, 2, 2), dtype=np.uint16)
    scores[0] = [[1, 0], [1, 1]]
    scores[1] = [[2, 2], [2, 2]]
    return {
        "pseudonyms": np.array(["p000", "p001", "p002", "p003"]),
        "occurrences": np.array([75, 10, 0, 0]),
        "n_photos": np.array([2, 3, 2, 2]),
        "photo_offsets": np.array([0, 2, 5, 7, 9]),
        "codes": np.ones((9, 3), dtype=np.uint16),
        "sizes": np.array(["1", "all"]),
        "scores": scores,
    }


@pytest.fixture
def record(document: dict[str, Any], votes: dict[str, np.ndarray]) -> Record:
    return Record(document, votes)
