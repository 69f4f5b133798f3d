"""What a cache tells of its progress, and that it waits for another process."""

import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from idia.models import EmbeddingCache
from idia.models.shard_files import lock_path

TEXTS = [f"a photo of person {number}" for number in range(9)]

NewModel = Callable[..., Any]


@pytest.mark.parametrize("folder", [None, "cache"])
def test_progress_counts_all_that_was_asked_for(
    tmp_path: Path, counting_model: NewModel, photo_files: list[Path], folder: str | None
) -> None:
    calls: list[tuple[str, int, int]] = []
    cache = EmbeddingCache(tmp_path / folder if folder else None)
    asked = [*photo_files, *photo_files[:2]]
    cache.photos(counting_model(), asked, lambda *call: calls.append(call))

    assert calls[0] == ("photos", 0, 9)
    assert calls[-1] == ("photos", 9, 9)
    assert sorted(calls) == calls
    assert len(calls) == 8
    calls.clear()
    cache.texts(counting_model(), TEXTS, lambda *call: calls.append(call))
    assert (calls[0], calls[-1]) == (("texts", 0, 9), ("texts", 9, 9))


def test_known_ones_are_counted_at_once(tmp_path: Path, counting_model: NewModel) -> None:
    calls: list[tuple[str, int, int]] = []
    cache = EmbeddingCache(tmp_path)
    cache.texts(counting_model(), TEXTS[:5])
    cache.texts(counting_model(), TEXTS, lambda *call: calls.append(call))

    assert calls == [("texts", 0, 9), ("texts", 5, 9), ("texts", 9, 9)]


@pytest.mark.parametrize("is_followed", [True, False])
def test_whoever_waits_for_another_process_says_so(
    tmp_path: Path, counting_model: NewModel, monkeypatch: pytest.MonkeyPatch, is_followed: bool
) -> None:
    monkeypatch.setattr("idia.models.locks.PATIENCE", 0.01)
    monkeypatch.setattr("idia.models.locks._POLL", 0.005)
    EmbeddingCache(tmp_path).texts(counting_model(), TEXTS[:2])
    (store,) = (path for path in tmp_path.iterdir() if path.is_dir())
    said: list[tuple[str, int, int]] = []

    def wait() -> None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            EmbeddingCache(tmp_path).texts(
                counting_model(), TEXTS, (lambda *call: said.append(call)) if is_followed else None
            )
        said.extend((str(warning.message), 0, 0) for warning in caught)

    thread = threading.Thread(target=wait)
    with FileLock(lock_path(store)):
        thread.start()
        thread.join(timeout=0.5)
    thread.join()

    if is_followed:
        assert said[2:4] == [("waiting for another process", 2, 9), ("texts", 2, 9)]
    else:
        assert [text for text, *_ in said] == [
            "waiting for another process, which does the same work; what it finds is used"
        ]
