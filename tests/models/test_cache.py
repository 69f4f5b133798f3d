import os
import threading
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import torch
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import idia.models.cache
from idia.errors import DatasetError, ModelError, SettingError
from idia.models import EmbeddingCache, load_model
from idia.models.embeddings import NoDirectionError
from idia.models.pictures import Pictures
from idia.models.shard_files import lock_path
from idia.photos import Photo, open_photo

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


@pytest.mark.parametrize("folder", [None, "cache"])
def test_progress_counts_all_that_was_asked_for(
    tmp_path: Path, counting_model: NewModel, photo_files: list[Path], folder: str | None
) -> None:
    calls: list[tuple[str, int, int]] = []
    cache = EmbeddingCache(tmp_path / folder if folder else None)
    asked = [*photo_files, *photo_files[:2]]
    cache.photos(counting_model(), asked, lambda *call: calls.append(call))

    assert calls[0] == ("photos", 0, 9)
    assert calls[-1] == ("photos", 9, 9)
    assert sorted(calls) == calls
    assert len(calls) == 8
    calls.clear()
    cache.texts(counting_model(), TEXTS, lambda *call: calls.append(call))
    assert (calls[0], calls[-1]) == (("texts", 0, 9), ("texts", 9, 9))


def test_known_ones_are_counted_at_once(tmp_path: Path, counting_model: NewModel) -> None:
    calls: list[tuple[str, int, int]] = []
    cache = EmbeddingCache(tmp_path)
    cache.texts(counting_model(), TEXTS[:5])
    cache.texts(counting_model(), TEXTS, lambda *call: calls.append(call))

    assert calls == [("texts", 0, 9), ("texts", 5, 9), ("texts", 9, 9)]


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


def test_a_folder_that_cannot_be_written_is_found_before_encoding(
    tmp_path: Path, counting_model: NewModel, photo_files: list[Path]
) -> None:
    (tmp_path / "file").touch()
    model, cache = counting_model(), EmbeddingCache(tmp_path / "file" / "cache")

    with pytest.raises(SettingError, match="--idia-cache-dir"):
        cache.photos(model, photo_files)
    with pytest.raises(SettingError, match="--idia-cache-dir"):
        cache.texts(model, TEXTS)
    assert (model.images, model.texts) == ([], [])


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
        cache.texts(model, TEXTS)


@pytest.mark.parametrize("is_followed", [True, False])
def test_whoever_waits_for_another_process_says_so(
    tmp_path: Path, counting_model: NewModel, monkeypatch: pytest.MonkeyPatch, is_followed: bool
) -> None:
    monkeypatch.setattr("idia.models.locks.PATIENCE", 0.01)
    monkeypatch.setattr("idia.models.locks._POLL", 0.005)
    EmbeddingCache(tmp_path).texts(counting_model(), TEXTS[:2])
    (store,) = (path for path in tmp_path.iterdir() if path.is_dir())
    said: list[tuple[str, int, int]] = []

    def wait() -> None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            EmbeddingCache(tmp_path).texts(
                counting_model(), TEXTS, (lambda *call: said.append(call)) if is_followed else None
            )
        said.extend((str(warning.message), 0, 0) for warning in caught)

    thread = threading.Thread(target=wait)
    with FileLock(lock_path(store)):
        thread.start()
        thread.join(timeout=0.5)
    thread.join()

    if is_followed:
        assert said[2:4] == [("waiting for another process", 2, 9), ("texts", 2, 9)]
    else:
        assert [text for text, *_ in said] == [
            "waiting for another process, which does the same work; what it finds is used"
        ]
