from typing import Any

import pytest

from idia.speed import faiss_loading
from idia.speed.baselines import faiss_argmax
from idia.testing import clip_like_embeddings


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    faiss_loading.load_faiss.cache_clear()
    faiss_loading._fastest_core.cache_clear()


def test_without_faiss_there_is_a_baseline_that_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("idia.speed.faiss_loading.find_spec", lambda name: None)
    images, texts = clip_like_embeddings(2, 1, 3, 128)
    contestant = faiss_argmax(images, texts)

    assert (contestant.run, contestant.remark) == (None, "n/a: pip install faiss-cpu")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ({None: 5.0, "Haswell": 2.0, "Zen": 2.1, "SkylakeX": 1.0}, "SkylakeX"),
        ({None: 5.0, "Haswell": 2.0, "Zen": 2.1, "SkylakeX": None}, "Haswell"),  # the processor cannot run them
        ({None: 1.0, "Haswell": 2.0, "Zen": 2.0, "SkylakeX": None}, None),
        ({None: None, "Haswell": None, "Zen": None, "SkylakeX": None}, None),
    ],
)
def test_the_fastest_kernels_that_run_are_chosen(
    seconds: dict[Any, Any], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("idia.speed.faiss_loading._seconds_with", seconds.__getitem__)

    assert faiss_loading._fastest_core() == expected


def test_faiss_finds_the_names_that_torch_finds() -> None:
    pytest.importorskip("faiss")
    from idia.speed.baselines import torch_argmax

    images, texts = clip_like_embeddings(20, 3, 50, 128)
    obvious = torch_argmax(images, texts).run
    for is_prepared in (False, True):
        search = faiss_argmax(images, texts, is_prepared=is_prepared).run
        assert obvious is not None
        assert search is not None
        assert (search() == obvious()).all()
