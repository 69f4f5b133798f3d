from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from idia.attacks.local_faces import Eigenfaces, FaceRepresentation, ModelFaces, thumbnails
from idia.errors import DatasetError, ModelError, ShapeError
from idia.models import ModelInfo
from idia.photos import UnreadablePhotoError
from idia.testing.model import ToyClip
from idia.testing.people import toy_people


class Named(ToyClip):
    """A toy whose weights have another fingerprint."""

    def __init__(self, weights_sha256: str = "") -> None:
        super().__init__()
        self._weights = weights_sha256
        self.seen: list[tuple[str, tuple[int, int]]] = []

    @property
    def info(self) -> ModelInfo:
        fields = {name: getattr(super(Named, self).info, name) for name in ModelInfo.__slots__}
        return ModelInfo(**{**fields, "weights_sha256": self._weights})

    def encode_images(self, images: Iterable[Image.Image]) -> Tensor:
        pictures = list(images)
        self.seen += [(picture.mode, picture.size) for picture in pictures]
        return super().encode_images(pictures)


@pytest.fixture(scope="module")
def pictures() -> Tensor:
    """Five photos of each of eight people."""
    people = toy_people()[0].people[:8]
    return thumbnails([photo for person in people for photo in person.photos[:5]])


def within_and_between(faces: FaceRepresentation, pictures: Tensor) -> tuple[float, float]:
    numbers = faces.represented(pictures)
    distances = np.linalg.norm(numbers[:, None] - numbers, axis=2)
    same = np.arange(40)[:, None] // 5 == np.arange(40) // 5
    return distances[same & ~np.eye(40, dtype=bool)].mean(), distances[~same].mean()


def test_thumbnails_are_the_middle_of_upright_photos(tmp_path: Path) -> None:
    wide = Image.new("RGB", (300, 100), "black")
    wide.paste("red", (100, 0, 200, 100))
    wide.save(tmp_path / "wide.png")
    small = thumbnails([tmp_path / "wide.png", wide, Image.new("L", (5, 5), 255)], side=8)

    assert (small.shape, small.dtype) == ((3, 3, 8, 8), torch.float32)
    assert small[:2, 0].min() == 1
    assert small[:2, 1:].max() == 0
    assert small[2].min() == 1
    with pytest.raises(UnreadablePhotoError, match="no such file"):
        thumbnails([tmp_path / "nothing.jpg"])


def test_eigenfaces_give_back_what_matters(pictures: Tensor) -> None:
    faces = Eigenfaces.fitted(pictures)
    numbers = faces.represented(pictures)

    assert numbers.shape == (40, 32)
    assert numbers.dtype == np.float64
    np.testing.assert_allclose(faces.components @ faces.components.T, np.eye(32), atol=1e-9)
    np.testing.assert_allclose(numbers.mean(axis=0), 0, atol=1e-9)
    assert (np.diff(numbers.var(axis=0)) <= 1e-9).all()
    assert faces.id == "eigenfaces-32-of-40"
    restored = numbers @ faces.components + faces.mean
    colours = pictures.flatten(1).numpy()
    assert np.abs(restored - colours).mean() < 0.5 * np.abs(faces.mean - colours).mean()


def test_pictures_of_the_same_person_are_closer(pictures: Tensor) -> None:
    for faces in (Eigenfaces.fitted(pictures, 7), ModelFaces(Named("ab" * 32), Named("cd" * 32).info)):
        within, between = within_and_between(faces, pictures)
        assert within < between


def test_eigenfaces_are_the_same_in_every_run(pictures: Tensor) -> None:
    one, other = Eigenfaces.fitted(pictures), Eigenfaces.fitted(pictures.clone())
    largest = np.abs(one.components).argmax(axis=1)

    assert one.represented(pictures).tobytes() == other.represented(pictures).tobytes()
    assert (one.components[np.arange(32), largest] > 0).all()


def test_pictures_of_any_size_are_represented(pictures: Tensor) -> None:
    faces = Eigenfaces.fitted(pictures)
    large = pictures[:3].repeat_interleave(4, dim=2).repeat_interleave(4, dim=3)

    scale = np.linalg.norm(faces.represented(pictures[:3]), axis=1)
    moved = np.linalg.norm(faces.represented(large) - faces.represented(pictures[:3]), axis=1)
    assert (moved < 0.2 * scale).all()
    assert faces.represented(pictures[:0]).shape == (0, 32)


def test_fewer_pictures_have_fewer_directions(pictures: Tensor) -> None:
    assert Eigenfaces.fitted(pictures[:4]).represented(pictures).shape == (40, 3)
    with pytest.raises(DatasetError, match="two or more different pictures, got 1 in all"):
        Eigenfaces.fitted(pictures[:1])
    with pytest.raises(DatasetError, match="two or more different pictures, got 3 alike"):
        Eigenfaces.fitted(pictures[:1].expand(3, -1, -1, -1))
    with pytest.raises(ShapeError, match="one or more components, got 0"):
        Eigenfaces.fitted(pictures, 0)


def test_a_model_sees_pictures_of_mode_rgb_in_their_size(pictures: Tensor) -> None:
    model = Named("ab" * 32)
    faces = ModelFaces(model, ToyClip().info)
    numbers = faces.represented(pictures[:2, :, :20])

    assert model.seen == [("RGB", (32, 20))] * 2
    assert numbers.shape == (2, 64)
    assert numbers.dtype == np.float64
    np.testing.assert_allclose(np.linalg.norm(numbers, axis=1), 1, rtol=1e-6)
    assert faces.id == "ToyClip-abababab"


def test_the_target_never_sees_a_photo() -> None:
    with pytest.raises(ModelError, match="'ToyClip' is the model under audit, which must not see photos"):
        ModelFaces(ToyClip(), ToyClip().info)
    for model, target in ((Named(""), ToyClip()), (ToyClip(), Named(""))):
        with pytest.raises(ModelError, match="'ToyClip' has no fingerprint of its weights"):
            ModelFaces(model, target.info)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (torch.zeros(3, 32, 32), r"in \[0, 1\], got \[3, 32, 32\]"),
        (torch.zeros(2, 1, 32, 32), r"got \[2, 1, 32, 32\]"),
        (torch.zeros(2, 3, 32, 32, dtype=torch.uint8), "expected colours"),
        (torch.full((2, 3, 32, 32), 1.5), "Undo the model's normalisation"),
        (torch.full((2, 3, 32, 32), float("nan")), r"must be in \[0, 1\]"),
    ],
    ids=["no-batch", "grey", "bytes", "normalised", "nan"],
)
def test_what_is_no_picture_is_refused(pictures: Tensor, wrong: Tensor, message: str) -> None:
    for faces in (Eigenfaces.fitted(pictures, 2), ModelFaces(Named("ab" * 32), ToyClip().info)):
        with pytest.raises(ShapeError, match=message):
            faces.represented(wrong)
