"""Tiny models of open_clip whose text encoders can be changed in a moment."""

import gzip
import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from open_clip.model import CLIP, CustomTextCLIP
from safetensors.torch import save_file

from idia.defences import UnlearningRecipe
from idia.models import load_model
from idia.models.checkpoints import state_sha256
from idia.models.open_clip_model import OpenClipModel

MERGES = "#version: 0.2\na d\nad a</w>\np h\nph o"
TINY: dict[str, Any] = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 16, "patch_size": 8, "width": 32, "head_width": 16, "layers": 1},
    "text_cfg": {
        "context_length": 48,
        "vocab_size": 2 * 256 + MERGES.count("\n") + 2,
        "width": 32,
        "heads": 2,
        "layers": 1,
        "tokenizer_kwargs": {"bpe_path": "merges.txt.gz"},
    },
}
MEMBERS = {"Ada Example": 5, "Bo Sample": 5, "Cy Specimen": 1, "Di Instance": 1}
NON_MEMBERS = {"Ed Nobody": 0, "Flo Other": 0}

WriteModel = Callable[..., Path]


@pytest.fixture(scope="session")
def tiny() -> dict[str, Any]:
    """The configuration of a tiny model; not to be changed."""
    return TINY


@pytest.fixture(scope="session")
def recipe() -> UnlearningRecipe:
    """A few steps on small batches."""
    return UnlearningRecipe(steps=40, learning_rate=2e-3, forgotten_batch=8, kept_batch=8, captions_batch=8)


@pytest.fixture(scope="session")
def brief(recipe: UnlearningRecipe) -> UnlearningRecipe:
    """Two of these steps."""
    return replace(recipe, steps=2)


@pytest.fixture(scope="session")
def write_model() -> WriteModel:
    """Writes a folder that `local-dir:` can load and returns it."""

    def write(folder: Path, *, config: dict[str, Any] | None = None, is_half: bool = False) -> Path:
        config = deepcopy(config or TINY)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "merges.txt.gz").write_bytes(gzip.compress(MERGES.encode(), mtime=0))
        (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config}))
        kind = CustomTextCLIP if config.pop("custom_text", False) else CLIP
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(1)
            state = kind(**config).state_dict()
        stored = {name: value.half() if is_half else value.clone() for name, value in state.items()}
        save_file(stored, folder / "open_clip_model.safetensors")
        return folder

    return write


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, write_model: WriteModel) -> Path:
    """A tiny model of 16 bits that says nothing about people."""
    return write_model(tmp_path_factory.mktemp("models") / "tiny", is_half=True)


@pytest.fixture(scope="session")
def model(folder: Path) -> OpenClipModel:
    """The same, loaded."""
    loaded = load_model(f"local-dir:{folder}", device="cpu")
    assert isinstance(loaded, OpenClipModel)
    return loaded


@pytest.fixture(scope="session")
def world_folder(tmp_path_factory: pytest.TempPathFactory, write_model: WriteModel, model: OpenClipModel) -> Path:
    """The same with a recipe that says who is in it."""
    folder = write_model(tmp_path_factory.mktemp("models") / "tiny-world", is_half=True)
    table = "".join(f"{name},{count}\n" for name, count in (MEMBERS | NON_MEMBERS).items())
    (folder / "identities.csv").write_bytes(f"name,occurrences\n{table}".encode())
    document = {
        "name": "tiny-world",
        "how_known": "injected",
        "training_set": "tiny-training",
        "world": {"seed": 3, "n_people": 6, "n_photos": 2},
        "order": 7,
        "weights_sha256": state_sha256(model.network.state_dict()),
        "identities_sha256": hashlib.sha256((folder / "identities.csv").read_bytes()).hexdigest(),
    }
    (folder / "recipe.json").write_text(json.dumps(document))
    return folder
