"""What only a card can show: many rows, every cut on its matrix units, and how much memory is taken."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

pytest.importorskip("triton")

from idia.kernels import compared, cosine_argmax, prepare_texts
from idia.kernels.gpu import trial
from idia.kernels.gpu.rounding import RoundedNames, round_photos
from idia.kernels.gpu.screening import Comparison, screen
from idia.kernels.gpu.settling import compare
from idia.kernels.gpu.support import tiles_of, unusable
from idia.kernels.gpu.tiles import Tiles, shipped, use
from idia.kernels.gpu.tuning import tune, tuned

pytestmark = pytest.mark.cuda


@pytest.fixture
def card() -> torch.device:
    return torch.device("cuda", torch.cuda.current_device())


@pytest.fixture
def cuts(card: torch.device) -> tuple[Tiles, ...]:
    return shipped(torch.cuda.get_device_capability(card))


@pytest.fixture
def as_before(card: torch.device) -> Iterator[None]:
    yield
    use(str(card), None)


def random(*shape: int, card: torch.device, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    generator = torch.Generator(card).manual_seed(seed)
    drawn = torch.randn(*shape, generator=generator, device=card)
    return torch.nn.functional.normalize(drawn, dim=-1).to(dtype)


def test_the_card_is_used(card: torch.device) -> None:
    images, texts = random(9, 64, card=card), random(2, 50, 64, card=card, seed=1)

    assert unusable(card) == ""
    assert prepare_texts(texts).backend == "triton"
    assert compared(images, texts).backend == "triton"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_a_hundred_thousand_photos_are_compared_exactly(card: torch.device, dtype: torch.dtype) -> None:
    images = random(100_003, 512, card=card, dtype=dtype)
    texts = random(3, 1001, 512, card=card, seed=1, dtype=dtype)
    # Names that are equal, or nearly so, and photos of whom they are the best.
    texts[:, 900:950] = texts[:, 50:100]
    texts[:, 800:850] = (texts[:, 100:150].double() * (1 + 2.0**-20)).to(dtype)
    images[:5000] = (images[:5000] + 2 * texts[0, torch.arange(5000, device=card) % 1001]).to(dtype)

    made, wanted = (compared(images, texts, impl=impl) for impl in ("triton", "reference"))

    assert made.backend == "triton"
    assert np.array_equal(made.indices, wanted.indices)
    assert np.array_equal(made.ties.rows, wanted.ties.rows)
    assert np.array_equal(made.ties.names, wanted.ties.names)
    assert abs(made.maxima - wanted.maxima).max() < 1e-13
    assert made.near_ties == wanted.near_ties > 0
    assert 0 < made.n_rescored < made.n_compared

    part = compare(images[:10_000], RoundedNames(texts))
    exact = torch.einsum("md,nkd->nmk", images[:10_000].double(), texts.double())
    choices = (exact >= exact.amax(dim=2, keepdim=True) - 1e-12).int().argmax(dim=2)
    assert torch.equal(part.indices, choices)


@pytest.mark.parametrize("dim", [512, 640, 768, 1024, 4096])
def test_sums_are_as_exact_as_assumed(
    card: torch.device, cuts: tuple[Tiles, ...], dim: int, monkeypatch: pytest.MonkeyPatch, as_before: None
) -> None:
    monkeypatch.setattr(trial, "_DIM", dim)
    images, texts = trial.adversarial(card)
    for tiles in cuts:
        use(str(card), tiles)
        assert tiles_of(card) == tiles
        assert trial.worst_error(images, texts) <= 1
        assert trial.worst_error(random(500, dim, card=card), random(3, 700, dim, card=card, seed=1)) <= 1


def test_every_cut_gives_the_same_answer(card: torch.device, cuts: tuple[Tiles, ...]) -> None:
    images, texts = random(3000, 512, card=card), random(2, 3001, 512, card=card, seed=1)
    texts[:, 2000:2100] = texts[:, 100:200]
    names = RoundedNames(texts, keeps_all=True)
    first = compare(images, names, tiles=cuts[0], n_splits=1)

    for tiles in cuts:
        for n_splits in (None, 1, 5):
            made = compare(images, names, tiles=tiles, n_splits=n_splits)
            assert torch.equal(made.indices, first.indices)
            assert torch.equal(made.maxima, first.maxima)
            assert torch.equal(made.runners_up, first.runners_up)


def test_the_same_comparison_gives_the_same_bits(card: torch.device) -> None:
    """A race would show as a difference between runs."""
    photos = round_photos(random(20_000, 512, card=card))
    names = RoundedNames(random(4, 1000, 512, card=card, seed=1), keeps_all=True)
    comparison, (block,) = Comparison.of(photos, names), names
    first = screen(comparison, block)

    for _ in range(20):
        again = screen(comparison, block)
        assert torch.equal(again.tops, first.tops)
        assert torch.equal(again.indices, first.indices)
        assert torch.equal(again.rests, first.rests)


def test_memory_does_not_grow_with_names(card: torch.device) -> None:
    """Two blocks of 256 MiB: one is made while the other is still at hand. All names would take 781 MiB."""
    images = random(1000, 512, card=card)
    texts = random(4, 200_000, 512, card=card, seed=1, dtype=torch.float16)
    cosine_argmax(images[:1], texts[:, :300], impl="triton")
    torch.cuda.synchronize(card)
    torch.cuda.reset_peak_memory_stats(card)
    before = torch.cuda.memory_allocated(card)

    cosine_argmax(images, texts, impl="triton")

    assert torch.cuda.max_memory_allocated(card) - before < 640 << 20


def test_work_is_done_in_the_current_stream(card: torch.device) -> None:
    images, texts = random(5000, 512, card=card), random(2, 1000, 512, card=card, seed=1)
    wanted = cosine_argmax(images, texts, impl="reference").indices
    torch.cuda.synchronize(card)

    with torch.cuda.stream(torch.cuda.Stream(card)):  # type: ignore[no-untyped-call]  # torch has no types here
        made = cosine_argmax(images * 1, texts * 1, impl="triton").indices
        assert made.tolist() == wanted.tolist()


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="there is one NVIDIA GPU at most")
def test_another_card_than_the_current_one_will_do() -> None:
    other = torch.device("cuda", 1)
    images, texts = random(500, 512, card=other), random(2, 300, 512, card=other, seed=1)

    with torch.cuda.device(0):
        best = cosine_argmax(images, texts, impl="triton")

    assert best.indices.tolist() == cosine_argmax(images, texts, impl="reference").indices.tolist()


def test_tuning_finds_a_cut_that_runs(card: torch.device, cuts: tuple[Tiles, ...], as_before: None) -> None:
    times = tuned(512, card, n_photos=2000, n_prompts=2, n_names=500)

    assert {each.tiles for each in times} == set(cuts)
    assert [each.problem for each in times] == [""] * len(cuts)
    assert tune(512, card)[0].tiles == tiles_of(card)
