"""What the quick comparisons choose: always what the reference chooses."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from idia import cosine_argmax
from idia.errors import SettingError
from idia.kernels import compared, cpu, loops, prepare_texts, quantised, reference
from idia.kernels.comparison import Backend

NEEDS_INT8 = pytest.mark.skipif(not quantised.is_exact(), reason="no exact products of 8-bit numbers on this processor")
SCREENS = [pytest.param("cpu", id="float32"), pytest.param("cpu-int8", id="int8", marks=NEEDS_INT8)]


def unit(n: int, dim: int, seed: int) -> torch.Tensor:
    drawn = torch.from_numpy(np.random.default_rng(seed).normal(size=(n, dim)))
    return torch.nn.functional.normalize(drawn, dim=1)


def assert_equal(images: torch.Tensor, texts: torch.Tensor, impl: Backend) -> None:
    quick, exact = compared(images, texts, impl=impl), compared(images, texts, impl="reference")

    assert quick.indices.tolist() == exact.indices.tolist()
    assert np.allclose(quick.similarities, exact.similarities, rtol=1e-14, atol=1e-12)
    assert quick.near_ties == exact.near_ties


@pytest.mark.parametrize("impl", SCREENS)
@settings(deadline=None, max_examples=60)
@given(st.data(), st.integers(1, 6), st.integers(1, 4), st.integers(1, 9), st.integers(1, 5))
def test_equals_the_reference_where_ties_are_common(
    impl: Backend, data: st.DataObject, photos: int, prompts: int, names: int, dim: int
) -> None:
    values = st.sampled_from([-1.0, -0.5, 0.0, 0.1, 0.5, 1.0])
    images = data.draw(arrays(np.float64, (photos, dim), elements=values))
    texts = data.draw(arrays(np.float64, (prompts, names, dim), elements=values))

    assert_equal(torch.from_numpy(images), torch.from_numpy(texts), impl)


@pytest.mark.parametrize("impl", SCREENS)
@settings(deadline=None, max_examples=60)
@given(st.data(), st.integers(1, 40), st.integers(1, 200), st.integers(1, 70), st.sampled_from(["f2", "f4", "f8"]))
def test_equals_the_reference_among_near_ties_made_on_purpose(
    impl: Backend, data: st.DataObject, photos: int, names: int, dim: int, kind: str
) -> None:
    """Names are copies of few, moved by less than any screen can see, in any order, some of them exactly equal."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    step = data.draw(st.sampled_from([0.0, 1e-13, 1e-10, 1e-7, 1e-6, 1e-4]))
    few = unit(max(1, names // 5), dim, int(rng.integers(2**32))).numpy()
    texts = few[rng.integers(len(few), size=names)] + step * rng.normal(size=(names, dim))
    images = few[rng.integers(len(few), size=photos)] + step * rng.normal(size=(photos, dim))

    assert_equal(torch.from_numpy(images.astype(kind)), torch.from_numpy(texts[None].astype(kind)), impl)


@pytest.mark.parametrize("impl", SCREENS)
@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize(("photos", "names", "dim"), [(1, 1, 1), (1, 2, 1), (40, 300, 64), (9, 300, 1700)])
def test_equals_the_reference_on_directions_at_random(
    kind: torch.dtype, photos: int, names: int, dim: int, impl: Backend
) -> None:
    texts = torch.stack([unit(names, dim, seed) for seed in (1, 2)])

    assert_equal(unit(photos, dim, 0).to(kind), texts.to(kind), impl)


@pytest.mark.parametrize("impl", SCREENS)
@pytest.mark.parametrize("kinds", [(torch.float32, torch.float64), (torch.float64, torch.float16)])
def test_photos_and_names_may_be_of_different_kinds(kinds: tuple[torch.dtype, torch.dtype], impl: Backend) -> None:
    assert_equal(unit(20, 48, 0).to(kinds[0]), unit(90, 48, 1)[None].to(kinds[1]), impl)


@pytest.mark.parametrize("impl", SCREENS)
@pytest.mark.parametrize("gap", [0.0, 1e-13, 1e-9, 5e-8, 1e-7, 9e-7, 1.1e-6, 3e-6, 1e-5])
def test_names_that_float32_cannot_tell_apart_are_told_apart(gap: float, impl: Backend) -> None:
    """The last of two names is better by a gap that a screen may lose, whatever stands before it."""
    images = unit(30, 64, 0)
    texts = unit(50, 64, 1)[None].repeat(30, 1, 1)
    for photo in range(30):
        texts[photo, 7], texts[photo, 49] = images[photo] * (1 - gap), images[photo]

    assert_equal(images, texts, impl)
    assert compared(images, texts, impl=impl).indices.diagonal().tolist() == [7 if gap < 1e-12 else 49] * 30


@pytest.mark.parametrize("impl", SCREENS)
@pytest.mark.parametrize("copies", [2, loops.CAPACITY, loops.CAPACITY + 1, 300])
def test_of_many_equal_names_the_first_is_chosen(copies: int, impl: Backend) -> None:
    texts = torch.cat([unit(20, 48, 0), unit(1, 48, 1).repeat(copies, 1)])[None].float()

    best = cosine_argmax(unit(1, 48, 1).float().repeat(5, 1), texts, impl=impl)

    assert best.indices.tolist() == [[20]] * 5
    assert best.near_tie_rate == best.rescored_rate == 1


@pytest.mark.parametrize("impl", SCREENS)
def test_dimensions_that_dwarf_the_others_change_nothing(impl: Backend) -> None:
    """Trained towers have a few of them; what tells names apart is then a thousandth of what is rounded."""
    images, texts = unit(50, 64, 0).float(), unit(400, 64, 1).float()
    images[:, 3], texts[:, 3] = 40.0, -30.0
    texts[:, 9] += 5.0

    assert_equal(images, texts[None], impl)


@pytest.mark.parametrize("impl", SCREENS)
@pytest.mark.parametrize("common", [2.0**10, 2.0**22, 2.0**26])
def test_what_all_have_in_common_may_be_large(common: float, impl: Backend) -> None:
    """Whole numbers, whose float64 dot products are exact in any order."""
    rng = np.random.default_rng(0)
    images, texts = rng.integers(-3, 4, size=(15, 2048)), rng.integers(-3, 4, size=(32, 2048))
    images[:, 0] = texts[:, 0] = common

    assert_equal(torch.from_numpy(images).double(), torch.from_numpy(texts)[None].double(), impl)


def test_sums_of_products_do_not_overflow() -> None:
    dim = 140_000
    signs = torch.tensor([1.0, -1.0])
    images = signs[:, None].repeat(1, dim) / dim**0.5
    texts = signs.repeat(16)[:, None].repeat(1, dim) / dim**0.5

    assert cosine_argmax(images, texts[None]).indices.tolist() == [[0], [1]]
    with pytest.raises(SettingError, match="at most 65,536 dimensions"):
        cosine_argmax(images, texts[None], impl="cpu-int8")


@pytest.mark.parametrize("impl", SCREENS)
def test_numbers_of_any_size_change_nothing(impl: Backend) -> None:
    images, texts = unit(8, 32, 0), unit(40, 32, 1)
    for images_size, texts_size in [(1e-30, 1e-30), (1e-300, 1.0), (1e12, 1e12), (0.0, 1.0), (1.0, 0.0)]:
        assert_equal(images * images_size, texts[None] * texts_size, impl)


def test_numbers_that_float32_cannot_hold_are_left_to_float64() -> None:
    images, texts = unit(5, 8, 0) * 1e30, unit(4, 8, 1)[None] * 1e30

    assert cosine_argmax(images, texts).rescored_rate == 1
    with pytest.raises(SettingError, match="no longer than 1e15"):
        cosine_argmax(images, texts, impl="cpu")


@pytest.mark.parametrize(("dim", "backend"), [(64, "cpu"), (256, "reference")])
def test_what_counts_is_the_length_of_all_dimensions(dim: int, backend: str) -> None:
    assert prepare_texts(torch.full((1, 2, dim), 1e14)).backend == backend


@pytest.mark.parametrize("impl", SCREENS)
def test_tiles_of_any_size_and_any_number_of_threads_change_nothing(
    impl: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, texts = unit(37, 40, 0).float(), torch.stack([unit(61, 40, seed) for seed in (1, 2, 3)]).float()
    texts[1, 50] = texts[1, 7]
    images[3] = texts[1, 7]
    whole = compared(images, texts, impl=impl)
    threads = torch.get_num_threads()
    for tile, names, n_threads in [(64, 7, 1), (200, 61, 2), (50, 1, 3)]:
        monkeypatch.setattr(cpu, "_TILE", tile)
        monkeypatch.setattr(cpu, "_MOST_NAMES", names)
        torch.set_num_threads(n_threads)
        try:
            other = compared(images, texts, impl=impl)
        finally:
            torch.set_num_threads(threads)
        assert other.indices.tolist() == whole.indices.tolist()
        assert other.similarities.tolist() == whole.similarities.tolist()
        assert other.near_ties == whole.near_ties == 1


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 50), st.integers(1, 70))
def test_what_rounding_takes_is_never_underestimated(seed: int, n: int, dim: int) -> None:
    """The bound of the screen on 8-bit numbers, computed the long way."""
    rng = np.random.default_rng(seed)
    images = rng.normal(size=(n, dim)) * rng.choice([1e-3, 1.0, 50.0], size=dim)
    texts = rng.normal(size=(n + 3, dim)) + rng.normal(size=dim)
    photos, names = quantised.rounded(images), quantised.rounded(texts)
    offsets = (texts - names.centre) @ photos.centre

    rounded = [
        each.numbers.numpy()[:, :dim].astype(float) * each.scales[:, None].astype(float) for each in (photos, names)
    ]
    similarities = rounded[0] @ rounded[1].T + offsets
    wrong = images @ texts.T - similarities
    spread = wrong.max(axis=1) - wrong.min(axis=1)

    assert (spread <= quantised.margins(photos, names, offsets)).all()
    assert (photos.numbers.numpy()[:, dim:] == 0).all()


@pytest.mark.parametrize("impl", SCREENS)
def test_most_of_what_is_clear_is_compared_once(impl: Backend) -> None:
    images, texts = unit(500, 512, 0).float(), unit(300, 512, 1).float()[None]
    best = cosine_argmax(images, texts, impl=impl)

    assert best.rescored_rate < (0.1 if impl == "cpu" else 1)
    assert best.near_tie_rate < 0.01


def test_texts_are_prepared_once_for_many_photos(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = torch.stack([unit(90, 64, seed) for seed in (1, 2)])
    ready = prepare_texts(texts)
    monkeypatch.setattr(cpu, "prepared", lambda *_: pytest.fail("prepared again"))

    assert "tensor" not in repr(ready)
    with pytest.raises(SettingError, match="were prepared for impl"):
        compared(unit(1, 64, 0), ready, impl="reference")
    for seed in (0, 5):
        images = unit(12, 64, seed)
        assert compared(images, ready).indices.tolist() == reference.compare(images, texts).indices.tolist()


def test_texts_that_are_prepared_are_nobody_elses() -> None:
    images, texts = unit(12, 64, 0), unit(90, 64, 1)[None]
    ready, before = prepare_texts(texts), compared(images, texts).indices.tolist()
    texts.copy_(texts.flip(1))

    assert compared(images, ready).indices.tolist() == before


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 90), st.sampled_from(["f4", "f8"]), st.sampled_from(["f4", "f8"]))
def test_a_similarity_is_the_same_wherever_it_is_computed(seed: int, dim: int, left: str, right: str) -> None:
    rng = np.random.default_rng(seed)
    image, texts = rng.normal(size=(1, dim)).astype(left), rng.normal(size=(7, dim)).astype(right)
    texts[1:] = texts[0] * (1 + 1e-14 * np.arange(1, 7)[:, None])
    counts, places = np.array([loops.TOO_MANY]), np.zeros((1, loops.CAPACITY), np.int32)
    index, n_open = np.empty(1, np.int64), np.empty(1, np.int64)
    value, best, second = np.empty(1), np.empty(1), np.empty(1)
    loops.settle(image, texts, places, counts, index, value, best, second, n_open, 1e-12, 1e-6)
    names, values = np.empty(int(n_open[0]), np.int64), np.empty(int(n_open[0]))

    assert loops.open_names(image[0], texts, best[0] - 1e-12, names, values) == n_open[0]
    assert value[0] == values[0] == loops.similarity(image[0], texts[index[0]])
    assert best[0] == values[-1]
    assert loops.open_names(image[0], texts, -np.inf, names[:0], values[:0]) == 0


def test_an_error_in_every_tile_ends_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(loops, "settle", fail)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(MemoryError):
            cosine_argmax(unit(100, 64, seed=0), torch.stack([unit(300, 64, seed=1)] * 4), impl="cpu")
    finally:
        torch.set_num_threads(before)
