"""Folders, photos and models with which a cache cannot work, and what it says of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

import idia.models.cache
from idia.errors import DatasetError, ModelError, SettingError
from idia.models import EmbeddingCache, load_model
from idia.models.embeddings import NoDirectionError
from idia.models.pictures import Pictures
from idia.photos import Photo, open_photo

NewModel = Callable[..., Any]


def test_a_folder_that_cannot_be_written_is_found_before_encoding(
    tmp_path: Path, counting_model: NewModel, photo_files: list[Path]
) -> None:
    (tmp_path / "file").touch()
    model, cache = counting_model(), EmbeddingCache(tmp_path / "file" / "cache")

    with pytest.raises(SettingError, match="--idia-cache-dir"):
        cache.photos(model, photo_files)
    with pytest.raises(SettingError, match="--idia-cache-dir"):
        cache.texts(model, ["a photo of Ada Example"])
    assert (model.images, model.texts) == ([], [])


def test_an_unreadable_photo_is_named_and_leaves_the_rest_known(
    tmp_path: Path, counting_model: NewModel, photo_files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(idia.models.cache._PER_SHARD, "photos", 2)
    photo_files[4].write_text("no photo")

    with pytest.raises(DatasetError, match=r"4\.png"):
        EmbeddingCache(tmp_path / "cache").photos(counting_model(), photo_files)
    model = counting_model()
    EmbeddingCache(tmp_path / "cache").photos(model, photo_files[:4])
    assert model.images == []


@pytest.mark.parametrize("is_file", [True, False])
def test_a_photo_without_direction_is_the_one_that_is_named(
    tmp_path: Path,
    counting_model: NewModel,
    photo_files: list[Path],
    pictures: list[Image.Image],
    monkeypatch: pytest.MonkeyPatch,
    is_file: bool,
) -> None:
    monkeypatch.setitem(idia.models.cache._PER_SHARD, "photos", 2)
    photos: list[Photo] = [*photo_files] if is_file else [*pictures]
    model, cache = counting_model(), EmbeddingCache(tmp_path / "cache")
    cache.photos(model, photos[:3])
    encode = model.encode_images

    def some_fail(images: Pictures) -> torch.Tensor:
        seen = list(images)
        for position, image in enumerate(seen):
            if image.tobytes() == pictures[6].tobytes():
                raise NoDirectionError("inner", f"photo number {position + 1}", position)
        embeddings: torch.Tensor = encode(seen)
        return embeddings

    model.encode_images = some_fail
    which = repr(str(photo_files[6])) if is_file else "number 8"
    with pytest.raises(NoDirectionError) as caught:
        cache.photos(model, [photos[0], *photos, photos[6]])
    assert str(caught.value).startswith(f"'inner' gives photo {which} an embedding without a direction")


def test_a_model_of_open_clip_tells_which_photo_it_was(
    tiny_folder: Path, photo_files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model: Any = load_model(f"local-dir:{tiny_folder}", device="cpu", image_batch=2)
    model = getattr(model, "model", model)
    encode, n_seen = model._network.encode_image, 0

    def one_fails(pixels: torch.Tensor, **options: Any) -> torch.Tensor:
        nonlocal n_seen
        raw: torch.Tensor = encode(pixels, **options).clone()
        if n_seen <= 4 < n_seen + len(raw):
            raw[4 - n_seen] = float("nan")
        n_seen += len(raw)
        return raw

    monkeypatch.setattr(model, "_n_workers", 1)
    monkeypatch.setattr(model._network, "encode_image", one_fails)
    with pytest.raises(ModelError, match=r"'tiny' gives photo '.*4\.png' an embedding without a direction"):
        EmbeddingCache(None).photos(model, photo_files)
    n_seen = 0
    with pytest.raises(ModelError, match="photo number 5"):
        model.encode_images([open_photo(path) for path in photo_files])


def test_a_model_must_not_use_the_part_of_the_cache_that_it_encodes_for(
    tmp_path: Path, counting_model: NewModel
) -> None:
    model, cache = counting_model(), EmbeddingCache(tmp_path)
    model.encode_texts = lambda texts: cache.texts(model, [*texts, "more"])

    with pytest.raises(ModelError, match="must not use the cache that it is encoding for"):
        cache.texts(model, ["a photo of Ada Example"])
