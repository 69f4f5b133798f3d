import sys
from collections.abc import Iterator
from itertools import count
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from idia.speed import card_baselines
from idia.speed.card_baselines import bf16_argmax, faiss_gpu_argmax, fp32_argmax, gemm_alone, lengthened
from idia.speed.interleaved import Contestant
from idia.testing import clip_like_embeddings_on

CPU = torch.device("cpu")


@pytest.fixture
def embeddings() -> tuple[Tensor, Tensor]:
    return clip_like_embeddings_on(CPU, 7, 3, 50, 128)


def ran(contestant: Contestant[Any]) -> Any:
    assert contestant.run is not None
    return contestant.run()


@pytest.mark.parametrize("most", [1 << 30, 2 * 4 * 3 * 50, 1])
def test_the_obvious_way_finds_the_largest_in_any_slices(
    embeddings: tuple[Tensor, Tensor], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_baselines, "_MOST_SIMILARITIES", most)
    images, texts = embeddings
    exact = torch.einsum("md,pkd->mpk", images, texts).argmax(dim=-1)
    rounded = torch.einsum("md,pkd->mpk", images.bfloat16(), texts.bfloat16())

    assert torch.equal(ran(fp32_argmax(images, texts)), exact)
    chosen = ran(bf16_argmax(images, texts))
    # Sums of other slices end in other bits.
    assert (rounded.gather(2, chosen[:, :, None])[..., 0] >= rounded.amax(dim=-1) - 2**-8).all()


def test_float32_is_full_while_it_runs_and_only_then(
    embeddings: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    precisions: list[str] = []
    monkeypatch.setattr(card_baselines, "_argmax", lambda *_: precisions.append(torch.get_float32_matmul_precision()))
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        ran(fp32_argmax(*embeddings))
        assert (precisions, torch.get_float32_matmul_precision()) == (["highest"], "high")
    finally:
        torch.set_float32_matmul_precision(before)


@pytest.mark.parametrize(("most", "n_last"), [(1 << 30, 150), (2 * 7 * 140, 22), (2 * 7 * 100, 22)])
def test_the_product_alone_covers_all_names(
    embeddings: tuple[Tensor, Tensor], most: int, n_last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_baselines, "_MOST_PRODUCTS", most)
    shapes: list[tuple[int, ...]] = []
    really = torch.mm

    def counted(left: Tensor, right: Tensor, *, out: Tensor) -> Tensor:
        shapes.append(tuple(right.shape))
        return really(left, right, out=out)

    monkeypatch.setattr(torch, "mm", counted)
    images, texts = embeddings
    last = ran(gemm_alone(images, texts))

    assert last.shape == (7, n_last)
    assert sum(columns for _, columns in shapes) == 150
    expected = images.bfloat16().float() @ texts.reshape(-1, 128).bfloat16().float().T
    assert torch.allclose(last.float(), expected[:, -n_last:], atol=2**-8)


@pytest.fixture
def faiss(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What stands in for faiss with its kernels for a card."""

    def knn_gpu(resources: str, of: Tensor, among: Tensor, k: int, *, metric: int, device: int) -> Any:
        assert (resources, k, metric, device) == ("resources", 1, 0, 0)
        return (of @ among.T).topk(k, dim=1)

    library: Any = ModuleType("faiss")
    library.StandardGpuResources = lambda: "resources"
    library.METRIC_INNER_PRODUCT, library.knn_gpu = 0, knn_gpu
    for name, module in {
        "faiss": library,
        "faiss.contrib": ModuleType("faiss.contrib"),
        "faiss.contrib.torch_utils": ModuleType("faiss.contrib.torch_utils"),
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    stand_in: SimpleNamespace = library
    return stand_in


@pytest.mark.usefixtures("faiss")
def test_faiss_is_asked_prompt_by_prompt(embeddings: tuple[Tensor, Tensor]) -> None:
    assert torch.equal(ran(faiss_gpu_argmax(*embeddings)), ran(fp32_argmax(*embeddings)))


def test_a_faiss_that_fails_is_left_out(embeddings: tuple[Tensor, Tensor], faiss: Any) -> None:
    del faiss.knn_gpu
    contestant = faiss_gpu_argmax(*embeddings)
    assert (contestant.run, contestant.remark) == (None, "n/a: AttributeError of faiss")


@pytest.mark.parametrize("is_there", [False, True])
def test_without_faiss_for_cards_the_row_says_how_to_get_it(
    embeddings: tuple[Tensor, Tensor], faiss: Any, is_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_there:
        del faiss.StandardGpuResources  # that for the CPU
    else:
        monkeypatch.setitem(sys.modules, "faiss", None)
    contestant = faiss_gpu_argmax(*embeddings)
    assert (contestant.run, contestant.remark) == (None, "n/a: pip install faiss-gpu")


@pytest.mark.parametrize(("seconds", "n_calls"), [(0.5, 1), (0.021, 1), (0.0051, 4), (1e-7, 100), (0.0, 100)])
def test_short_calls_are_repeated_until_a_round_is_long_enough(seconds: float, n_calls: int) -> None:
    numbers: Iterator[int] = count(1)
    clock = iter([10.0, 10.0 + seconds])
    longer = lengthened(Contestant("ours", lambda: next(numbers)), lambda: next(clock))

    assert longer.n_items == n_calls
    assert ran(longer) == 2 + n_calls  # after two that warmed up


def test_what_cannot_be_run_is_not() -> None:
    absent: Contestant[int] = Contestant("absent", None)
    assert lengthened(absent, lambda: 0.0) is absent
