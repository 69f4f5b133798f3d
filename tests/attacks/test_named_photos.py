from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from idia import NamePool, Person, PromptTemplates
from idia.attacks.named_photos import NamedPhotos
from idia.errors import DatasetError, ShapeError, UnknownPersonError
from idia.models import EmbeddingCache
from idia.testing import ToyClip

NAMES = NamePool(("Zoe Example", "Ben Sample", "Cem Instance", "Dora Case", "Ann Specimen"))
PROMPTS = PromptTemplates(("{}", "a photo of {}"))


def person(name: str, n_photos: int = 2) -> Person:
    rng = np.random.default_rng(len(name))
    return Person(
        name, tuple(Image.fromarray(rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)) for _ in range(n_photos))
    )


PEOPLE = [person("Zoe Example", 3), person("Cem Instance", 1)]


def encoded(most_names: int = 100, cache: EmbeddingCache | None = None, names: NamePool = NAMES) -> NamedPhotos:
    return NamedPhotos.encoded(ToyClip(), PEOPLE, names, PROMPTS, most_names=most_names, cache=cache)


def test_a_name_is_the_mean_over_prompts_of_its_texts() -> None:
    seen, model = encoded(), ToyClip()
    texts = model.encode_texts([text for texts in PROMPTS.fill(NAMES.names) for text in texts]).reshape(2, 5, -1)
    photos = model.encode_images([photo for each in PEOPLE for photo in each.photos if isinstance(photo, Image.Image)])

    assert seen.targets.tolist() == [0, 2]
    assert seen.n_photos.tolist() == [3, 1]
    np.testing.assert_allclose(seen.names, texts.mean(dim=0), atol=1e-6)
    np.testing.assert_array_equal(np.concatenate(seen.photos), photos)
    np.testing.assert_allclose(seen.means[0], photos[:3].mean(dim=0), atol=1e-6)
    cosines = np.einsum("id,pnd->ipn", photos.numpy(), texts.numpy()).mean(axis=1)
    np.testing.assert_allclose(np.concatenate(seen.photos) @ seen.names.T, cosines, atol=1e-6)


def test_of_a_longer_list_everybodys_name_and_the_first_others_are_taken() -> None:
    seen, all_names = encoded(most_names=3), encoded().names

    assert seen.targets.tolist() == [0, 2]
    np.testing.assert_allclose(seen.names, all_names[[0, 1, 2]], atol=1e-6)
    np.testing.assert_allclose(encoded(most_names=1).names, all_names[[0, 2]], atol=1e-6)


def test_many_prompts_are_encoded_in_parts_and_not_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from idia.attacks import named_photos

    whole = encoded()
    monkeypatch.setattr(named_photos, "_CHUNK", 1)
    monkeypatch.setattr(named_photos, "_GROUP", 2)
    monkeypatch.setattr(named_photos, "MOST_TEXTS", 3)
    told: list[tuple[str, int, int]] = []
    parts = NamedPhotos.encoded(
        ToyClip(),
        PEOPLE,
        NAMES,
        PROMPTS,
        most_names=100,
        cache=EmbeddingCache(tmp_path),
        progress=lambda *done: told.append(done),
    )

    np.testing.assert_allclose(parts.names, whole.names, atol=1e-6)
    assert [each for each in told if each[0] == "names"] == [
        ("names", 0, 5),
        ("names", 2, 5),
        ("names", 4, 5),
        ("names", 5, 5),
    ]
    assert not [each for each in told if each[0] == "texts"]


def test_embeddings_are_kept_where_they_should_be(tmp_path: Path) -> None:
    class Blind(ToyClip):
        def encode_images(self, images: Iterable[Image.Image]) -> torch.Tensor:
            raise AssertionError("these photos are known")

        def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
            raise AssertionError("these texts are known")

    first = encoded(cache=EmbeddingCache(tmp_path))
    again = NamedPhotos.encoded(Blind(), PEOPLE, NAMES, PROMPTS, most_names=100, cache=EmbeddingCache(tmp_path))

    np.testing.assert_array_equal(again.names, first.names)


@pytest.mark.parametrize(
    ("people", "error", "message"),
    [
        ([], DatasetError, "at least one person to attack, got none"),
        ([Person("Zoe Example", ())], DatasetError, "'Zoe Example' has no photos"),
        ([person("Somebody New")], UnknownPersonError, "Somebody New"),
    ],
)
def test_people_who_cannot_be_attacked_are_refused(people: list[Person], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        NamedPhotos.encoded(ToyClip(), people, NAMES, PROMPTS, most_names=100)


def test_fewer_photos_can_be_taken() -> None:
    seen = encoded()
    fewer = seen.with_photos([np.array([2, 0]), np.array([0])])

    np.testing.assert_array_equal(fewer.photos[0], seen.photos[0][[2, 0]])
    assert fewer.n_photos.tolist() == [2, 1]
    with pytest.raises(ShapeError, match="chosen must be 2 arrays, one per person, got 1"):
        seen.with_photos([np.array([0])])
    with pytest.raises(ShapeError, match="at least one photo"):
        seen.with_photos([np.array([0]), np.array([], dtype=int)])


@pytest.mark.parametrize(
    ("photos", "names", "targets", "message"),
    [
        ([], (2, 4), [], "photos of at least one person"),
        ([(1, 4)], (2, 4), [0, 1], "one integer target per person"),
        ([(1, 4)], (2, 4), [0.0], "one integer target per person"),
        ([(1, 4)], (4,), [0], r"names must be finite numbers of shape \(names, dim\)"),
        ([(1, 4)], (0, 4), [0], r"got shape \(0, 4\)"),
        ([(1, 4), (2, 3)], (2, 4), [0, 1], r"photos\[1\] must be finite numbers of shape \(photos, 4\)"),
        ([(1, 4)], (2, 4), [2], r"targets must lie in \[0, 2\), got 2 to 2"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    photos: list[tuple[int, ...]], names: tuple[int, ...], targets: list[float], message: str
) -> None:
    with pytest.raises(ShapeError, match=message):
        NamedPhotos([np.ones(shape, dtype=np.float32) for shape in photos], np.ones(names), np.array(targets))


def test_embeddings_that_are_no_numbers_are_refused() -> None:
    numbers = np.ones((2, 4), dtype=np.float32)
    with pytest.raises(ShapeError, match="names must be finite"):
        NamedPhotos([numbers], numbers * np.nan, np.array([0]))
    with pytest.raises(ShapeError, match=r"photos\[0\] must be finite"):
        NamedPhotos([numbers * np.inf], numbers, np.array([0]))
