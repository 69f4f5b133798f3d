"""What a cache remembers, and who shares it."""

import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import idia.models.cache
from idia.models import EmbeddingCache
from idia.photos import Photo

TEXTS = [f"a photo of person {number}" for number in range(9)]

NewModel = Callable[..., Any]


def test_embeddings_are_those_of_the_model(tmp_path: Path, counting_model: NewModel, photo_files: list[Path]) -> None:
    model = counting_model()
    cache = EmbeddingCache(tmp_path / "cache")
    expected = model.encode_images([Image.open(path) for path in photo_files])

    for _ in range(2):
        assert torch.equal(expected, cache.photos(model, photo_files))
        assert torch.equal(model.encode_texts(TEXTS), cache.texts(model, TEXTS))


@pytest.mark.parametrize("is_same_object", [True, False])
def test_what_is_known_is_neither_decoded_nor_encoded_again(
    tmp_path: Path,
    counting_model: NewModel,
    photo_files: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    is_same_object: bool,
) -> None:
    first = EmbeddingCache(tmp_path / "cache")
    expected = first.photos(counting_model(), photo_files), first.texts(counting_model(), TEXTS)

    monkeypatch.setattr("idia.models.pictures.open_photo", None)
    model = counting_model()
    cache = first if is_same_object else EmbeddingCache(tmp_path / "cache")
    assert torch.equal(expected[0], cache.photos(model, photo_files))
    assert torch.equal(expected[1], cache.texts(model, TEXTS))
    assert (model.images, model.texts) == ([], [])


def test_only_what_is_missing_is_encoded_and_only_once(tmp_path: Path, counting_model: NewModel) -> None:
    model, cache = counting_model(), EmbeddingCache(tmp_path)
    cache.texts(model, TEXTS[:4])
    wanted = [TEXTS[5], TEXTS[0], TEXTS[5], TEXTS[6], TEXTS[0]]
    embeddings = cache.texts(model, wanted)

    assert model.texts == [*TEXTS[:4], TEXTS[5], TEXTS[6]]
    assert torch.equal(counting_model().encode_texts(wanted), embeddings)


@given(st.lists(st.lists(st.sampled_from(TEXTS), max_size=12), max_size=4))
@settings(deadline=None, max_examples=20)
def test_any_series_of_requests_gives_what_the_model_gives(
    tmp_path_factory: pytest.TempPathFactory, counting_model: NewModel, requests: list[list[str]]
) -> None:
    model, cache = counting_model(), EmbeddingCache(tmp_path_factory.mktemp("cache"))
    for texts in requests:
        assert torch.equal(counting_model().encode_texts(texts), cache.texts(model, texts))

    assert len(model.texts) == len(set(model.texts))


def test_a_photo_is_known_by_its_content(tmp_path: Path, counting_model: NewModel, photo_files: list[Path]) -> None:
    model, cache = counting_model(), EmbeddingCache(tmp_path / "cache")
    cache.photos(model, photo_files[:1])
    moved = photo_files[0].rename(tmp_path / "moved.png")
    moved_embedding = cache.photos(model, [moved])
    photo_files[1].replace(moved)
    replaced_embedding = cache.photos(model, [moved])

    assert len(model.images) == 2
    assert not torch.equal(moved_embedding, replaced_embedding)


def test_pictures_in_memory_are_remembered_too(tmp_path: Path, counting_model: NewModel, pictures: list[Photo]) -> None:
    model, cache = counting_model(), EmbeddingCache(tmp_path)
    cache.photos(model, pictures)
    cache.photos(model, [*pictures, *pictures])

    assert len(model.images) == len(pictures)


def test_without_a_folder_nothing_is_kept_but_repeats_are_encoded_once(counting_model: NewModel) -> None:
    model, cache = counting_model(), EmbeddingCache(None)
    embeddings = cache.texts(model, [*TEXTS, *TEXTS])
    cache.texts(model, TEXTS)

    assert embeddings.shape == (18, 8)
    assert model.texts == [*TEXTS, *TEXTS]


def test_nothing_is_nothing(tmp_path: Path, counting_model: NewModel) -> None:
    for folder in (None, tmp_path / "cache"):
        assert EmbeddingCache(folder).photos(counting_model(), []).shape == (0, 8)
        assert EmbeddingCache(folder).texts(counting_model(), []).shape == (0, 8)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"weights_sha256": "99" * 32},
        {"architecture": "other heads"},
        {"activation": "quickgelu"},
        {"precision": "fp16"},
        {"library": "none 2"},
        {"tokenizer_sha256": "99" * 32},
        {"embedding_dim": 4},
    ],
)
def test_models_that_may_differ_do_not_share_embeddings(
    tmp_path: Path, counting_model: NewModel, change: dict[str, Any]
) -> None:
    cache = EmbeddingCache(tmp_path)
    cache.texts(counting_model(), TEXTS)
    other = counting_model(**change)
    cache.texts(other, TEXTS)

    assert other.texts == TEXTS


def test_another_preprocessing_matters_to_photos_alone(
    tmp_path: Path, counting_model: NewModel, photo_files: list[Path]
) -> None:
    cache = EmbeddingCache(tmp_path / "cache")
    other = counting_model(preprocess_sha256="99" * 32)
    for model in (counting_model(), other):
        cache.texts(model, TEXTS)
        cache.photos(model, photo_files)

    assert (len(other.texts), len(other.images)) == (0, len(photo_files))


@pytest.mark.parametrize(
    ("library", "n_texts", "n_photos"), [("pillow", 0, 7), ("torchvision", 0, 7), ("ftfy", 9, 0), ("tokenizers", 9, 0)]
)
def test_other_libraries_matter_to_what_they_make(
    tmp_path: Path,
    counting_model: NewModel,
    photo_files: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    library: str,
    n_texts: int,
    n_photos: int,
) -> None:
    models = counting_model(), counting_model()
    for model in models:
        idia.models.cache._libraries.cache_clear()
        EmbeddingCache(tmp_path / "cache").texts(model, TEXTS)
        EmbeddingCache(tmp_path / "cache").photos(model, photo_files)
        monkeypatch.setattr(idia.models.cache, "version", lambda name: "99" if name == library else version(name))
    idia.models.cache._libraries.cache_clear()

    assert (len(models[1].texts), len(models[1].images)) == (n_texts, n_photos)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"weights_sha256": "my weights, version 1"}, {"weights_sha256": "my weights, version 2"}),
        ({"weights_sha256": "../../outside"}, {"weights_sha256": "a/b"}),
        ({"weights_sha256": "ü" * 500}, {"weights_sha256": "."}),
        ({"tokenizer_sha256": "x"}, {"tokenizer_sha256": "x "}),
    ],
)
def test_odd_fingerprints_are_kept_apart_inside_the_folder(
    tmp_path: Path, counting_model: NewModel, left: dict[str, str], right: dict[str, str]
) -> None:
    cache = EmbeddingCache(tmp_path / "cache")
    models = [counting_model(**left), counting_model(**right)]
    for model in models:
        cache.texts(model, TEXTS)
        cache.texts(model, TEXTS)

    assert [len(model.texts) for model in models] == [9, 9]
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
    assert len(list((tmp_path / "cache").glob("*/*.safetensors"))) == 2


@pytest.mark.parametrize("unknown", [{"weights_sha256": ""}, {"tokenizer_sha256": ""}])
def test_a_model_that_does_not_say_what_it_is_is_never_remembered(
    tmp_path: Path, counting_model: NewModel, unknown: dict[str, str]
) -> None:
    model, cache = counting_model(**unknown), EmbeddingCache(tmp_path)
    cache.texts(model, TEXTS)
    cache.texts(model, TEXTS)

    assert len(model.texts) == 18
    assert not list(tmp_path.iterdir())


def test_a_flood_of_texts_is_not_kept(
    tmp_path: Path, counting_model: NewModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idia.models.cache.MOST_TEXTS", 8)
    model, cache = counting_model(), EmbeddingCache(tmp_path)
    cache.texts(model, TEXTS)
    assert not list(tmp_path.iterdir())
    cache.texts(model, TEXTS[:8])

    assert list(tmp_path.iterdir())


def test_a_kill_loses_at_most_one_shard(
    tmp_path: Path, counting_model: NewModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(idia.models.cache._PER_SHARD, "texts", 4)
    model = counting_model()
    encode = model.encode_texts

    def killed(texts: list[str]) -> torch.Tensor:
        if TEXTS[8] in texts:
            raise KeyboardInterrupt
        embeddings: torch.Tensor = encode(texts)
        return embeddings

    model.encode_texts = killed
    with pytest.raises(KeyboardInterrupt):
        EmbeddingCache(tmp_path).texts(model, TEXTS)
    again = counting_model()
    EmbeddingCache(tmp_path).texts(again, TEXTS)

    assert again.texts == [TEXTS[8]]


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign"])
def test_a_damaged_file_is_replaced(tmp_path: Path, counting_model: NewModel, damage: str) -> None:
    expected = EmbeddingCache(tmp_path).texts(counting_model(), TEXTS)
    (file,) = tmp_path.glob("*/*.safetensors")
    whole = file.read_bytes()
    flipped = bytes([*whole[:200], whole[200] ^ 1, *whole[201:]])  # in an embedding
    file.write_bytes({"cut": whole[:-3], "flipped": flipped, "empty": b"", "foreign": b"a letter"}[damage])
    (file.parent / "idia-half.tmp").write_bytes(whole[:9])
    model = counting_model()

    assert torch.equal(expected, EmbeddingCache(tmp_path).texts(model, TEXTS))
    assert model.texts == TEXTS
    assert [file.read_bytes()] == [path.read_bytes() for path in file.parent.iterdir() if path.suffix != ".json"]
    assert file.read_bytes() == whole


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_a_read_only_folder_still_serves_what_it_holds(tmp_path: Path, counting_model: NewModel) -> None:
    EmbeddingCache(tmp_path).texts(counting_model(), TEXTS)
    folders = [tmp_path, *(path for path in tmp_path.iterdir() if path.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    try:
        model = counting_model()
        EmbeddingCache(tmp_path).texts(model, TEXTS)
        assert model.texts == []
    finally:
        for folder in folders:
            folder.chmod(0o700)
