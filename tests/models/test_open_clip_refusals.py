"""Folders and weights of which no model of open_clip can be made, and what is said of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from idia.errors import ModelError

if TYPE_CHECKING:
    from tests.models.conftest import Load

pytestmark = pytest.mark.usefixtures("without_network")


def change(folder: Path, **changes: Any) -> None:
    """Changes the model configuration of a folder; a value of None removes the key."""
    path = folder / "open_clip_config.json"
    document = json.loads(path.read_text())
    for tower_and_key, value in changes.items():
        tower, _, key = tower_and_key.rpartition("__")
        place = document["model_cfg"][tower] if tower else document["model_cfg"]
        place[key] = value
        if value is None:
            del place[key]
    path.write_text(json.dumps(document))


def test_a_checkpoint_of_another_architecture_is_refused(listed: None, tiny_folder: Path, load: "Load") -> None:
    with pytest.raises(
        ModelError, match=r"does not hold the weights of Tiny-32: other shapes: \S+ \[\d+(, \d+)*\] instead"
    ):
        load(f"Tiny-32,{tiny_folder / 'open_clip_model.safetensors'}")


def test_a_folder_whose_configuration_was_changed_is_refused(tiny_folder: Path, load: "Load") -> None:
    change(tiny_folder, vision_cfg__layers=2)

    with pytest.raises(ModelError, match=r"missing: visual\.transformer\.resblocks\.1"):
        load(f"local-dir:{tiny_folder}")


@pytest.mark.parametrize(
    "changes",
    [
        {"vision_cfg__width": "wide"},
        {"vision_cfg__head_width": 0},
        {"vision_cfg__patch_size": 0},
        {"vision_cfg__patch_size": 99},
        {"vision_cfg__image_size": None, "vision_cfg__patch_size": -1},
        {"vision_cfg__colour": 3},
        {"vision_cfg__timm_model_name": "no_such_network"},
        {"text_cfg__heads": 7},
        {"text_cfg__vocab_size": -5},
        {"embed_dim": -1},
        {"depth": 3},
        {"multimodal_cfg": 3, "custom_text": True},
    ],
)
def test_a_configuration_of_no_network_is_our_error(tiny_folder: Path, changes: dict[str, Any], load: "Load") -> None:
    change(tiny_folder, **changes)

    with pytest.raises(ModelError, match=r"cannot build|fails on a first|does not hold") as caught:
        load(f"random:local-dir:{tiny_folder}")
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "preprocess",
    [
        {"mean": [0.5, 0.5]},
        {"std": [0, 0, 0]},
        {"mean": "grey"},
        {"interpolation": "guess"},
        {"resize_mode": "fold"},
        {"mode": "CMYK"},
    ],
)
def test_preprocessing_that_cannot_work_is_our_error(
    tmp_path: Path, write_folder: Callable[..., Path], preprocess: dict[str, Any], load: "Load"
) -> None:
    folder = write_folder(tmp_path / "x", preprocess_cfg=preprocess)

    with pytest.raises(ModelError, match=r"no usable preprocessing|fails on a first picture|without a direction"):
        load(f"local-dir:{folder}")


def test_a_tokenizer_with_more_words_than_the_model_is_our_error(tiny_folder: Path, load: "Load") -> None:
    change(tiny_folder, text_cfg__tokenizer_kwargs=None)

    with pytest.raises(ModelError, match="tokenizer, preprocessing and network do not belong together"):
        load(f"local-dir:{tiny_folder}")


@pytest.mark.parametrize("value", [0.0, float("nan"), float("inf")])
def test_weights_that_give_no_direction_are_our_error(tiny_folder: Path, value: float, load: "Load") -> None:
    path = tiny_folder / "open_clip_model.safetensors"
    weights = load_file(path)
    weights["text_projection"] = torch.full_like(weights["text_projection"], value)
    save_file(weights, path)

    with pytest.raises(ModelError, match="'tiny' gives text number 0 an embedding without a direction"):
        load(f"local-dir:{tiny_folder}")


def test_an_override_without_effect_is_refused(
    monkeypatch: pytest.MonkeyPatch, tiny_folder: Path, load: "Load"
) -> None:
    monkeypatch.setattr("idia.models.open_clip.QuickGELU", type("Absent", (torch.nn.Module,), {}))

    with pytest.raises(ModelError, match=r"\?activation=quickgelu changes nothing"):
        load(f"local-dir:{tiny_folder}?activation=quickgelu")


def test_a_text_tower_of_the_hub_is_asked_for_by_name(tiny_folder: Path, load: "Load") -> None:
    change(tiny_folder, text_cfg__hf_model_name="org/tower")

    with pytest.raises(ModelError, match=r"config\.json of .*/org/tower.*HF_HUB_OFFLINE"):
        load(f"local-dir:{tiny_folder}")
