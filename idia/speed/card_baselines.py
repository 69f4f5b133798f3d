"""What one would use on a graphics card instead of this package, and the bound that its tensor cores set."""

import math
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from idia.speed.card import full_float32
from idia.speed.card_plan import BF16, FAISS, FP32, GEMM
from idia.speed.interleaved import Clock, Contestant

INSTALL = "pip install faiss-gpu"

_MOST_SIMILARITIES = 2 << 30  # bytes of them held at once
_MOST_PRODUCTS = 4 << 30  # bytes of the result of the product alone: whole, where names are a thousand
_ALIGNED = 128  # columns; a narrower step would slow the product down
_SHORTEST_ROUND = 0.02  # seconds; below, what the clock waits for counts
_MOST_CALLS = 100


def bf16_argmax(
    images: Float[Tensor, "photos dim"], texts: Float[Tensor, "prompts names dim"]
) -> Contestant[Int64[Tensor, "photos prompts"]]:
    """Returns the obvious way in bfloat16, at most 2 GiB of similarities at once."""
    return Contestant(BF16, lambda: _argmax(images, texts, torch.bfloat16))


def fp32_argmax(
    images: Float[Tensor, "photos dim"], texts: Float[Tensor, "prompts names dim"]
) -> Contestant[Int64[Tensor, "photos prompts"]]:
    """Returns the obvious way in float32 of full precision, at most 2 GiB of similarities at once."""

    def run() -> Int64[Tensor, "photos prompts"]:
        with full_float32():
            return _argmax(images, texts, torch.float32)

    return Contestant(FP32, run, remark="float32 of full precision: TF32 is off")


def gemm_alone(
    images: Float[Tensor, "photos dim"], texts: Float[Tensor, "prompts names dim"]
) -> Contestant[Float[Tensor, "photos columns"]]:
    """Returns the product of photos and names in bfloat16, all prompts at once, written where the last one was.

    Operands are rounded beforehand. Its answer is what it wrote last: the similarities of the last names.
    """
    photos = images.bfloat16()
    names = texts.reshape(-1, texts.shape[2]).bfloat16()
    most = max(_MOST_PRODUCTS // (2 * max(len(photos), 1)), 1)
    n_parts = math.ceil(len(names) / most)
    step = min(len(names), _ALIGNED * math.ceil(len(names) / n_parts / _ALIGNED))
    written = torch.empty(len(photos) * step, dtype=torch.bfloat16, device=images.device)

    def run() -> Float[Tensor, "photos columns"]:
        for start in range(0, len(names), step):
            part = names[start : start + step]
            out = written[: len(photos) * len(part)].view(len(photos), len(part))
            torch.mm(photos, part.T, out=out)
        return out

    return Contestant(GEMM, run)


def faiss_gpu_argmax(
    images: Float[Tensor, "photos dim"], texts: Float[Tensor, "prompts names dim"]
) -> Contestant[Int64[Tensor, "photos prompts"]]:
    """Returns an exact search of faiss on the card for the nearest name, prompt by prompt."""
    try:
        faiss: Any = import_module("faiss")
        import_module("faiss.contrib.torch_utils")  # it takes tensors after that
    except ImportError:
        faiss = None
    if not hasattr(faiss, "StandardGpuResources"):  # or it is that for the CPU
        return Contestant(FAISS, None, remark=f"n/a: {INSTALL}")
    photos, names = images.float(), texts.float()

    def nearest(of: Tensor, among: Tensor) -> Int64[Tensor, " photos"]:
        where = {"metric": faiss.METRIC_INNER_PRODUCT, "device": images.device.index or 0}
        index: Int64[Tensor, "photos one"] = faiss.knn_gpu(resources, of, among, 1, **where)[1]
        return index[:, 0]

    try:
        resources = faiss.StandardGpuResources()
        nearest(photos[:2], names[0])
    except Exception as error:  # a wheel for other cards, drivers or versions of torch fails in ways of its own
        return Contestant(FAISS, None, remark=f"n/a: {type(error).__name__} of faiss")
    return Contestant(FAISS, lambda: torch.stack([nearest(photos, each) for each in names], dim=1))


def lengthened(contestant: Contestant[Any], clock: Clock) -> Contestant[Any]:
    """Returns a contestant whose rounds are so many calls that one takes 20 ms, after calls that warm up.

    Args:
        contestant: Makes nothing anew before a round.
        clock: Waits for the device.
    """
    run = contestant.run
    if run is None:
        return contestant
    run()
    start = clock()
    run()
    seconds = clock() - start
    n_calls = min(max(math.ceil(_SHORTEST_ROUND / max(seconds, 1e-9)), 1), _MOST_CALLS)
    return replace(contestant, run=_repeated(run, n_calls), n_items=n_calls)


def _repeated(run: Callable[[], Any], n_calls: int) -> Callable[[], Any]:
    def several() -> Any:
        for _ in range(n_calls - 1):
            run()
        return run()

    return several


def _argmax(
    images: Float[Tensor, "photos dim"], texts: Float[Tensor, "prompts names dim"], dtype: torch.dtype
) -> Int64[Tensor, "photos prompts"]:
    n_prompts, n_names, dim = texts.shape
    photos, names = images.to(dtype), texts.to(dtype).reshape(-1, dim).T
    best = torch.empty(len(photos), n_prompts, dtype=torch.int64, device=images.device)
    step = max(_MOST_SIMILARITIES // (dtype.itemsize * n_prompts * n_names), 1)
    for start in range(0, len(photos), step):
        similarities = photos[start : start + step] @ names
        best[start : start + step] = similarities.view(-1, n_prompts, n_names).argmax(dim=-1)
    return best
