"""Tiny models of open_clip, built on the spot, a model that counts what it encodes, and a cache folder."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import open_clip.factory
import open_clip.pretrained
import pytest
import torch
from open_clip.model import CLIP
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor

from idia.models import EmbeddingCache, ModelInfo
from idia.models.open_clip import OpenClipModel, load_open_clip
from idia.models.specs import parse_spec
from idia.world.gallery import PEOPLE_PER_BLOCK, Drawings

MERGES = "#version: 0.2\na d\nad a</w>\np h\nph o"
TINY: dict[str, Any] = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "patch_size": 16, "width": 32, "head_width": 16, "layers": 1},
    "text_cfg": {
        "context_length": 12,
        "vocab_size": 2 * 256 + MERGES.count("\n") + 2,
        "width": 32,
        "heads": 2,
        "layers": 1,
        "tokenizer_kwargs": {"bpe_path": "merges.txt.gz"},
    },
}
TINY_LISTED: dict[str, Any] = {
    **TINY,
    "text_cfg": {"context_length": 12, "vocab_size": 49408, "width": 8, "heads": 1, "layers": 1},
}

Load = Callable[..., OpenClipModel]
WriteFolder = Callable[..., Path]


def _network(config: dict[str, Any], seed: int) -> CLIP:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return CLIP(**deepcopy(config))


@pytest.fixture
def tiny_config() -> dict[str, Any]:
    """A copy of the tiny configuration, to be changed at will."""
    return deepcopy(TINY)


@pytest.fixture
def write_folder() -> WriteFolder:
    """Writes a folder that `local-dir:` can load and returns it."""

    def write(folder: Path, *, config: dict[str, Any] | None = None, seed: int = 1, **document: Any) -> Path:
        config = config or deepcopy(TINY)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "merges.txt.gz").write_bytes(gzip.compress(MERGES.encode(), mtime=0))
        (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, **document}))
        save_file(_network(config, seed).state_dict(), folder / "open_clip_model.safetensors")
        return folder

    return write


@pytest.fixture
def tiny_folder(tmp_path: Path, write_folder: WriteFolder) -> Path:
    """A folder that `local-dir:` can load."""
    return write_folder(tmp_path / "tiny")


@pytest.fixture(scope="session")
def load() -> Load:
    """Loads a model of open_clip, on the CPU."""

    def load(text: str, **options: Any) -> OpenClipModel:
        return load_open_clip(parse_spec(text), device=torch.device("cpu"), **options)

    return load


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two architectures that open_clip lists for the time of a test, `Tiny-32` and `Tiny-32-quickgelu`."""
    configs = open_clip.factory._MODEL_CONFIGS
    monkeypatch.setitem(configs, "Tiny-32", deepcopy(TINY_LISTED))
    monkeypatch.setitem(configs, "Tiny-32-quickgelu", {**deepcopy(TINY_LISTED), "quick_gelu": True})


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """The state dict of `Tiny-32` as a bare PyTorch file."""
    path = tmp_path / "epoch_3.pt"
    torch.save(_network(TINY_LISTED, 0).state_dict(), path)
    return path


@pytest.fixture
def tagged(listed: None, checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tags of these architectures: `quick_data`, trained with quickgelu, and `plain_data`, trained with gelu."""
    quick = {"file": str(checkpoint), "quick_gelu": True, "mean": [0.5] * 3, "std": [0.5] * 3}
    plain = {"file": str(checkpoint)}
    tags = open_clip.pretrained._PRETRAINED
    monkeypatch.setitem(tags, "Tiny-32", {"quick_data": quick, "plain_data": plain})
    monkeypatch.setitem(tags, "Tiny-32-quickgelu", {"quick_data": quick})


@pytest.fixture
def without_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No hub, an empty cache, and a failure of the test if anything tries to connect."""
    import socket

    from huggingface_hub import constants

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a test touched the network")

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


class CountingModel:
    """A model whose embeddings are hashes; remembers what it was asked for."""

    def __init__(self, **changes: Any) -> None:
        facts: dict[str, Any] = {
            "spec": "python:tests:counting",
            "name": "counting",
            "library": "none",
            "architecture": "hash",
            "weights_sha256": "ab" * 32,
            "parameters": 0,
            "preprocess_sha256": "cd" * 32,
            "tokenizer_sha256": "ef" * 32,
            "activation": "gelu",
            "activation_source": "config",
            "precision": "fp32",
            "embedding_dim": 8,
            "training_data": None,
            "licence": None,
        }
        self.info = ModelInfo(**{**facts, **changes})
        self.images: list[bytes] = []
        self.texts: list[str] = []

    def encode_images(self, images: Iterable[Image.Image]) -> Tensor:
        seen = [image.tobytes() for image in images]
        self.images += seen
        return self._hashed(seen)

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        self.texts += texts
        return self._hashed([text.encode() for text in texts])

    def _hashed(self, contents: Sequence[bytes]) -> Tensor:
        rows = [list(hashlib.sha256(content).digest()[: self.info.embedding_dim]) for content in contents]
        raw = torch.tensor(rows, dtype=torch.float32).reshape(-1, self.info.embedding_dim) - 100
        return torch.nn.functional.normalize(raw, dim=1)


@pytest.fixture(scope="session")
def counting_model() -> type[CountingModel]:
    """The class of models that count."""
    return CountingModel


@pytest.fixture
def pictures() -> list[Image.Image]:
    """Seven pictures of several sizes, all different."""
    return [Image.linear_gradient("L").rotate(40 * n).resize((40 + n, 60)).convert("RGB") for n in range(7)]


@pytest.fixture
def photo_files(tmp_path: Path, pictures: list[Image.Image]) -> list[Path]:
    """The pictures as files."""
    folder = tmp_path / "photos"
    folder.mkdir()
    paths = [folder / f"{number}.png" for number in range(len(pictures))]
    for path, picture in zip(paths, pictures, strict=True):
        picture.save(path)
    return paths


@pytest.fixture
def kept_folder(tmp_path: Path, counting_model: type[CountingModel], photo_files: list[Path]) -> Path:
    """A cache folder with photos and texts of `one`, texts of `two`, and an unfinished scan."""
    folder = tmp_path / "cache"
    cache = EmbeddingCache(folder, "cpu (abacus)")
    one = counting_model(name="one")
    cache.photos(one, photo_files)
    cache.texts(one, ["a", "b", "c"])
    cache.texts(counting_model(name="two", weights_sha256="99" * 32), ["a"])
    (folder / "scans").mkdir()
    (folder / "scans" / f"{'5c' * 32}.scan").write_bytes(b"state")
    return folder


@pytest.fixture
def drawn_photos(kept_folder: Path) -> Path:
    """The folder of drawn photos, two of each of forty people."""

    def black(seed: int, people: Any, photos: Any, side: int) -> np.ndarray:
        return np.zeros((len(people), side, side, 3), np.uint8)

    Drawings(0, 2, folder=kept_folder / "world", draw=black).draw(2 * PEOPLE_PER_BLOCK)
    return kept_folder / "world"
