from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from idia.errors import SettingError
from idia.testing import clip_like_embeddings, clip_like_embeddings_on

Embeddings = Callable[..., tuple[Tensor, Tensor]]


def drawn_on_the_cpu(n_photos: int, n_prompts: int, n_names: int, dim: int, *, seed: int = 0) -> tuple[Tensor, Tensor]:
    return clip_like_embeddings_on(torch.device("cpu"), n_photos, n_prompts, n_names, dim, seed=seed)


EITHER = pytest.mark.parametrize("embeddings", [clip_like_embeddings, drawn_on_the_cpu])


@EITHER
@pytest.mark.parametrize("dim", [128, 512, 768])
def test_the_geometry_is_that_of_a_trained_clip(dim: int, embeddings: Embeddings) -> None:
    images, texts = embeddings(400, 2, 1000, dim)
    cosines = images @ texts[1].T

    assert images.norm(dim=1) == pytest.approx(1, abs=1e-5)
    assert texts.norm(dim=2).flatten() == pytest.approx(1, abs=1e-5)
    assert mean_of_others(texts[0]) == pytest.approx(0.75, abs=0.01)
    assert mean_of_others(images) == pytest.approx(0.59, abs=0.01)
    assert float(cosines.mean()) == pytest.approx(0.19, abs=0.005)
    assert float(cosines.std(dim=1).mean()) == pytest.approx(0.032, abs=0.003)
    assert float(cosines.amax(dim=1).mean()) == pytest.approx(0.29, abs=0.012)
    assert len(set(cosines.argmax(dim=1).tolist())) > 100  # no name is everybody's


def mean_of_others(embeddings: Tensor) -> float:
    cosines = embeddings @ embeddings.T
    n = len(embeddings)
    return float((cosines.sum() - cosines.trace()) / (n * (n - 1)))


@EITHER
def test_the_seed_alone_decides(embeddings: Embeddings) -> None:
    once, again, other = (embeddings(3, 2, 5, 128, seed=seed) for seed in (1, 1, 2))

    assert torch.equal(once[0], again[0])
    assert torch.equal(once[1], again[1])
    assert not torch.equal(once[1], other[1])


@EITHER
def test_names_of_another_seed_are_candidates_for_the_same_photos(embeddings: Embeddings) -> None:
    images, texts = embeddings(300, 1, 300, 256, seed=0)
    _, others = embeddings(0, 1, 300, 256, seed=1)

    assert float((images @ others[0].T).mean()) == pytest.approx(float((images @ texts[0].T).mean()), abs=0.01)
    assert float((texts[0] @ others[0].T).mean()) == pytest.approx(0.75, abs=0.01)


@EITHER
def test_few_dimensions_are_refused(embeddings: Embeddings) -> None:
    with pytest.raises(SettingError, match="at least 128 dimensions, got 64"):
        embeddings(1, 1, 1, 64)
