"""What features of texts are not computed for: found out before any step."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from idia.attacks.inversion import Inversion
from idia.attacks.local_faces import Eigenfaces
from idia.attacks.text_features import text_features
from idia.errors import ModelError, SettingError
from idia.models import EmbeddingCache
from idia.testing import ToyClip

HOW = Inversion("pixels", n_restarts=16, n_steps=2, learning_rate=0.5)


class Untouched(ToyClip):
    def encode_pixels(self, pixels: Tensor) -> Tensor:
        raise AssertionError("a step was taken")


class Full(ToyClip):
    def encode_pixels(self, pixels: Tensor) -> Tensor:
        raise torch.OutOfMemoryError("allocator's own words")


class BlackBox:
    """Embeddings, and nothing else."""

    info = ToyClip().info
    encode_images, encode_texts = ToyClip().encode_images, ToyClip().encode_texts


@pytest.fixture(scope="module")
def starts() -> Tensor:
    return torch.rand(20, 3, 16, 16, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def targets() -> Tensor:
    return torch.nn.functional.normalize(torch.randn(5, 64, generator=torch.Generator().manual_seed(1)))


def test_starts_that_do_not_fit(targets: Tensor, starts: Tensor) -> None:
    for wrong, said in (
        (starts[:, :, :8, :8], r"expected starts of \['pictures', 3, 16, 16\].* got \[20, 3, 8, 8\].*pixels_of"),
        (starts[0], r"got \[3, 16, 16\]"),
        (starts[:, :1], r"got \[20, 1, 16, 16\]"),
        (starts[:15], "pictures to start from: expected at least 16, got 15"),
    ):
        with pytest.raises(SettingError, match=said):
            text_features(Untouched(), targets, wrong, HOW)
    with pytest.raises(SettingError, match="pictures to start from: expected at least 1, got 0"):
        text_features(Untouched(), targets, starts[:0], replace(HOW, has_one_start=True))


def test_a_model_without_gradients_is_told_which_access_is_missing(targets: Tensor, starts: Tensor) -> None:
    with pytest.raises(ModelError, match="no gradients with respect to the image"):
        text_features(BlackBox(), targets, starts, HOW)


def test_too_little_memory_is_said_in_our_own_words(targets: Tensor, starts: Tensor) -> None:
    with pytest.raises(
        ModelError, match=r"64 images at once.* more memory than cpu has left.*what was finished is kept"
    ):
        text_features(Full(), targets, starts, HOW, cache=EmbeddingCache(None))


def test_of_no_texts_there_are_no_features(targets: Tensor, starts: Tensor, tmp_path: Path) -> None:
    """A kind of never-trained texts may have none."""
    faces = Eigenfaces.fitted(starts, 5)
    for kept in (None, EmbeddingCache(tmp_path)):
        found = text_features(ToyClip(), targets[:0], starts, HOW, cache=kept, representation=faces)

        assert found.matrix.shape == (0, 2)
        assert found.pictures is not None
        assert found.pictures.shape == (0, 16, 5)
        assert (found.gradient_steps, found.queries, found.cpu_seconds) == (0, 0, 0)
