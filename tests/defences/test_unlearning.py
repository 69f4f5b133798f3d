from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from idia.defences import UnlearningRecipe, unlearn_names
from idia.defences.text_tower import fits_half, text_parameters
from idia.errors import DatasetError, ModelError
from idia.models import load_model
from idia.models.open_clip_model import OpenClipModel
from idia.testing import toy_clip

FORGET, KEEP = ("Ada Example", "Bo Sample"), ("Cy Specimen", "Di Instance")
CAPTIONS = ("a red star", "a person with red hair", "a photo of a square", "portrait of Ada Example")


@pytest.fixture(scope="module")
def losses() -> list[float]:
    return []


@pytest.fixture(scope="module")
def defended(model: OpenClipModel, recipe: UnlearningRecipe, losses: list[float]) -> OpenClipModel:
    return unlearn_names(model, forget=FORGET, keep=KEEP, captions=CAPTIONS, recipe=recipe, losses=losses)


def moved(before: OpenClipModel, after: OpenClipModel, texts: tuple[str, ...]) -> float:
    return float((before.encode_texts(texts) - after.encode_texts(texts)).norm(dim=-1).mean())


def test_the_loss_falls(defended: OpenClipModel, losses: list[float], recipe: UnlearningRecipe) -> None:
    assert len(losses) == recipe.steps
    assert losses[-1] < losses[0] / 2


def test_forgotten_names_come_close_to_the_target_and_kept_ones_stay(
    model: OpenClipModel, defended: OpenClipModel
) -> None:
    target = model.encode_texts(["a photo of a person"])
    far, near = (
        float((each.encode_texts([f"a photo of {name}" for name in FORGET]) - target).norm(dim=-1).mean())
        for each in (model, defended)
    )

    assert near < far / 2
    assert moved(model, defended, KEEP) < moved(model, defended, FORGET)
    assert moved(model, defended, CAPTIONS[:3]) < moved(model, defended, FORGET)


def test_the_image_encoder_stays_to_the_last_bit(model: OpenClipModel, defended: OpenClipModel) -> None:
    trained = text_parameters(model, model.network)
    before, after = model.network.state_dict(), defended.network.state_dict()

    assert {name for name in before if not torch.equal(before[name], after[name])} == set(trained)
    assert not [name for name in trained if name.startswith(("visual", "logit"))]
    picture = Image.linear_gradient("L").convert("RGB")
    assert torch.equal(model.encode_images([picture]), defended.encode_images([picture]))


def test_the_original_is_not_touched(model: OpenClipModel, defended: OpenClipModel, folder: Path) -> None:
    assert load_model(f"local-dir:{folder}", device="cpu").info.weights_sha256 == model.info.weights_sha256
    assert defended.info.weights_sha256 != model.info.weights_sha256
    assert not any(parameter.requires_grad for parameter in defended.network.parameters())


def test_weights_of_16_bits_stay_such(defended: OpenClipModel) -> None:
    assert fits_half(defended.network)


def test_the_same_seed_gives_the_same_weights_and_another_one_others(
    model: OpenClipModel, brief: UnlearningRecipe
) -> None:
    first, again, other = (
        unlearn_names(model, forget=FORGET, keep=KEEP, captions=CAPTIONS, recipe=replace(brief, seed=seed))
        for seed in (0, 0, 1)
    )

    assert first.info.weights_sha256 == again.info.weights_sha256 != other.info.weights_sha256


@pytest.mark.parametrize("kind", ["custom text tower", "residual network"])
def test_other_architectures_forget_too(
    kind: str, tmp_path: Path, tiny: dict[str, Any], write_model: Callable[..., Path], brief: UnlearningRecipe
) -> None:
    config = deepcopy(tiny)
    if kind == "custom text tower":
        config["custom_text"] = True
    else:
        config["vision_cfg"] = {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "head_width": 16}
    other = load_model(f"local-dir:{write_model(tmp_path / 'other', config=config)}", device="cpu")
    losses: list[float] = []

    defended = unlearn_names(other, forget=FORGET, captions=CAPTIONS, recipe=replace(brief, steps=8), losses=losses)

    assert losses[-1] < losses[0]
    assert isinstance(other, OpenClipModel)
    before, after = other.network.state_dict(), defended.network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before if name.startswith("visual."))
    assert not fits_half(defended.network)


def test_what_answers_photos_as_well_is_not_changed(model: OpenClipModel) -> None:
    shared: Any = deepcopy(model.network)
    projection = shared.text_projection
    shared.visual.register_parameter("also", projection)

    assert set(text_parameters(model, model.network)) - set(text_parameters(model, shared)) == {"text_projection"}


def test_a_network_without_a_text_tower_of_its_own_is_refused(model: OpenClipModel) -> None:
    shared: Any = deepcopy(model.network)
    for number, parameter in enumerate(text_parameters(model, shared).values()):
        shared.visual.register_parameter(f"shared_{number}", parameter)

    with pytest.raises(ModelError, match="no text tower of its own that could forget"):
        text_parameters(model, shared)


def test_only_trained_models_of_open_clip_can_forget(model: OpenClipModel) -> None:
    drawn = model.with_network(model.network, replace(model.info, is_random=True))

    with pytest.raises(ModelError, match="expected a trained model of open_clip"):
        unlearn_names(toy_clip(), forget=FORGET, captions=CAPTIONS)
    with pytest.raises(ModelError, match="random weights, which remember nobody"):
        unlearn_names(drawn, forget=FORGET, captions=CAPTIONS)


def test_captions_that_all_name_somebody_forgotten_are_refused(model: OpenClipModel) -> None:
    with pytest.raises(DatasetError, match="all 1 captions hold a name that is to be forgotten"):
        unlearn_names(model, forget=FORGET, captions=CAPTIONS[3:])
