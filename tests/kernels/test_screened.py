import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from idia import cosine_argmax
from idia.errors import SettingError
from idia.kernels import reference, screened


def unit(n: int, dim: int, seed: int) -> torch.Tensor:
    drawn = torch.from_numpy(np.random.default_rng(seed).normal(size=(n, dim)))
    return torch.nn.functional.normalize(drawn, dim=1)


def assert_equal(images: torch.Tensor, texts: torch.Tensor) -> None:
    quick, exact = screened.cosine_argmax(images, texts), reference.cosine_argmax(images, texts)

    assert quick[0].tolist() == exact[0].tolist()
    assert torch.allclose(quick[1], exact[1], rtol=0, atol=1e-12)
    assert quick[2] == exact[2]


@settings(deadline=None, max_examples=60)
@given(st.data(), st.integers(1, 6), st.integers(1, 4), st.integers(2, 9), st.integers(1, 5))
def test_equals_the_reference_where_ties_are_common(
    data: st.DataObject, photos: int, prompts: int, names: int, dim: int
) -> None:
    values = st.sampled_from([-1.0, -0.5, 0.0, 0.1, 0.5, 1.0])
    images = data.draw(arrays(np.float64, (photos, dim), elements=values))
    texts = data.draw(arrays(np.float64, (prompts, names, dim), elements=values))

    assert_equal(torch.from_numpy(images), torch.from_numpy(texts))


@pytest.mark.parametrize("kind", [torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize(("photos", "names", "dim"), [(1, 2, 1), (40, 300, 64), (40, 300, 512)])
def test_equals_the_reference_on_directions_at_random(kind: torch.dtype, photos: int, names: int, dim: int) -> None:
    texts = torch.stack([unit(names, dim, seed) for seed in (1, 2)])

    assert_equal(unit(photos, dim, 0).to(kind), texts.to(kind))


@pytest.mark.parametrize("gap", [0.0, 1e-13, 1e-9, 5e-8, 9e-7, 1.1e-6, 3e-6, 1e-5])
def test_names_that_float32_cannot_tell_apart_are_told_apart(gap: float) -> None:
    """The second of two names is better by a gap that float32 may lose, whatever stands before it."""
    images = unit(30, 64, 0)
    texts = unit(50, 64, 1)[None].repeat(30, 1, 1)
    for photo in range(30):
        texts[photo, 7], texts[photo, 9] = images[photo] * (1 - gap), images[photo]

    assert_equal(images, texts)
    assert screened.cosine_argmax(images, texts)[0].diagonal().tolist() == [7 if gap < 1e-12 else 9] * 30


def test_most_of_what_is_clear_is_not_computed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    images, texts = unit(500, 64, 0).float(), unit(300, 64, 1).float()[None]
    again: list[int] = []
    exact = reference.cosine_argmax

    def counting(images: torch.Tensor, texts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, int]:
        again.append(len(images))
        return exact(images, texts)

    monkeypatch.setattr(reference, "cosine_argmax", counting)
    screened.cosine_argmax(images, texts)

    assert sum(again) <= 25


def test_slices_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    images, texts = unit(20, 8, 0), torch.stack([unit(5, 8, 1), unit(5, 8, 2)])
    whole = screened.cosine_argmax(images, texts)
    monkeypatch.setattr(screened, "_SLICE", 10)

    assert screened.cosine_argmax(images, texts)[0].tolist() == whole[0].tolist()


def test_numbers_that_float32_cannot_hold_are_left_to_float64() -> None:
    images = torch.tensor([[1e30, 0.0], [1e-30, 0.0]], dtype=torch.float64)
    texts = torch.tensor([[[1e30, 0.0], [2e30, 0.0]], [[1e-30, 0.0], [2e-30, 0.0]]], dtype=torch.float64)

    assert_equal(images, texts)


def test_vectors_too_long_for_any_bound_are_left_to_float64(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screened, "_ROUNDING", 1.0)

    assert_equal(unit(5, 8, 0), unit(4, 8, 1)[None])


def test_it_is_used_where_float32_has_all_its_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    images, texts = np.eye(3), np.eye(3)[None]
    assert cosine_argmax(images, texts, impl="screened").indices.tolist() == [[0], [1], [2]]

    monkeypatch.setattr(torch, "get_float32_matmul_precision", lambda: "medium")
    with pytest.raises(SettingError, match="impl 'screened' needs"):
        cosine_argmax(images, texts, impl="screened")
    with pytest.raises(SettingError, match="at least two names"):
        cosine_argmax(np.eye(3), np.eye(3)[None, :1], impl="screened")
    monkeypatch.setattr(screened, "cosine_argmax", lambda *_: pytest.fail("float32 was used"))
    assert cosine_argmax(images, texts).indices.tolist() == [[0], [1], [2]]
