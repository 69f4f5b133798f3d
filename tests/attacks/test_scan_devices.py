"""Names are compared on the CUDA device of the model, in other chunks than on the CPU and to the same answer."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor

from idia import NamePool, PromptTemplates
from idia.attacks import scan
from idia.attacks.scan import NameScan
from idia.errors import SettingError
from idia.kernels import Standing, compared
from idia.models import EmbeddingCache
from idia.testing import ToyClip

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
PROMPTS = PromptTemplates(("{}", "a photo of {}", "{} at a gala"))
NAMES = NamePool(tuple(f"{number} Sample" for number in range(120)))
IMAGES = torch.nn.functional.normalize(torch.from_numpy(np.random.default_rng(0).normal(size=(9, 64))), dim=1).float()
_PER_NAME = len(PROMPTS) * 64 * 4


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "_GROUP", 4)
    monkeypatch.setattr(scan, "_CHUNK", 12 * _PER_NAME)
    monkeypatch.setattr(scan, "_CUDA_CHUNK", 44 * _PER_NAME)
    monkeypatch.setattr(scan, "MOST_TEXTS", 0)


def all_at_once() -> Standing:
    texts = torch.stack([ToyClip().encode_texts(texts) for texts in PROMPTS.fill(NAMES.names)])
    return compared(IMAGES, texts, impl="reference")


@pytest.mark.parametrize(
    ("said", "has_cuda", "expected"),
    [
        (None, True, "cpu"),
        ("cpu", True, "cpu"),
        ("mps", True, "cpu"),
        ("cuda", True, "cuda"),
        ("cuda:1", True, "cuda:1"),
        ("cuda:1", False, "cpu"),
    ],
)
def test_names_are_compared_where_a_model_on_cuda_runs(
    said: str | None, has_cuda: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "unusable", lambda device: "" if has_cuda else "there is none")
    model = SimpleNamespace() if said is None else SimpleNamespace(device=torch.device(said))

    assert torch.device(expected) == scan._compared_on(model)


def test_photos_go_to_the_device_once_and_names_chunk_by_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that holds no numbers stands in for the card."""
    given: list[tuple[Tensor, Tensor]] = []

    def answer(images: Tensor, texts: Tensor) -> Standing:
        given.append((images, texts))
        zeros = np.zeros((len(images), len(texts)))
        return Standing(zeros.astype(np.int64), zeros, zeros, zeros - np.inf)

    monkeypatch.setattr(scan, "_compared_on", lambda model: torch.device("meta"))
    monkeypatch.setattr(scan, "compared", answer)
    NameScan(ToyClip(), NAMES, PROMPTS, EmbeddingCache(None)).best(IMAGES)

    assert len(given) == 10
    assert all(images is given[0][0] and images.is_meta for images, _ in given)
    assert all(texts.is_meta and texts.shape == (3, 12, 64) for _, texts in given)


def test_chunks_on_a_card_are_larger_and_begin_where_groups_do() -> None:
    names = NameScan(ToyClip(), NAMES, PROMPTS, EmbeddingCache(None))

    def sizes(n_done: int, device: torch.device) -> list[int]:
        return [len(chunk) for chunk in names._chunks(n_done, len(IMAGES), device)]

    assert sizes(0, CPU) == [12] * 10
    assert sizes(0, CUDA) == [44, 44, 32]
    assert sizes(12, CUDA) == [44, 44, 20]
    assert np.concatenate([*names._chunks(0, 9, CUDA)]).tolist() == np.concatenate([*names._chunks(0, 9, CPU)]).tolist()


def test_too_little_memory_is_our_error_and_the_scan_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def give_up(images: Tensor, texts: Tensor) -> Standing:
        if asked:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
        asked.append(texts.shape[1])
        return compared(images, texts)

    names = NameScan(ToyClip(), NAMES, PROMPTS, EmbeddingCache(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(scan, "compared", give_up)
        with pytest.raises(
            SettingError,
            match=r"cpu has too little memory left to compare 9 photos with 12 names in 3 prompts at a time\. .* "
            "--idia-device, such as cpu",
        ):
            names.best(IMAGES)
    told: list[int] = []
    standing = names.best(IMAGES, progress=lambda stage, done, total: told.append(done))

    assert told[0] == 12
    assert standing.indices.tolist() == all_at_once().indices.tolist()


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_card_gives_the_answer_of_the_cpu_and_goes_on_where_that_was(tmp_path: Path) -> None:
    class OnCard(ToyClip):
        device = CUDA

    def stop(stage: str, done: int, total: int) -> None:
        if done == 24:
            raise KeyboardInterrupt

    expected = all_at_once()
    cache = EmbeddingCache(tmp_path)
    whole = NameScan(OnCard(), NAMES, PROMPTS, EmbeddingCache(None)).best(IMAGES)
    with pytest.raises(KeyboardInterrupt):
        NameScan(ToyClip(), NAMES, PROMPTS, cache).best(IMAGES, progress=stop)
    told: list[int] = []
    rest = NameScan(OnCard(), NAMES, PROMPTS, cache).best(IMAGES, progress=lambda stage, done, total: told.append(done))

    assert told == [24, 68, 112, 120]
    for standing in (whole, rest):
        assert standing.indices.tolist() == expected.indices.tolist()
        assert np.allclose(standing.similarities, expected.similarities, rtol=0, atol=1e-12)
        assert standing.near_ties == expected.near_ties
    assert "cpu" not in whole.backend
    assert "cpu" in rest.backend
