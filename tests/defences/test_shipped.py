"""The shipped model that has forgotten names: whole, and what its recipe says."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from idia.defences.captions import SENTENCES
from idia.defences.names import drawn_members
from idia.defences.recipe import UnlearningRecipe
from idia.membership import Membership
from idia.models.checkpoints import read_checkpoint, state_sha256
from idia.models.folders import shipped_models, world_model

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "fixtures" / "models"
WEIGHTS = "open_clip_model.safetensors"


@pytest.fixture(scope="module")
def recipe() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((MODELS / "vit-forgot" / "recipe.json").read_text(encoding="utf-8"))
    return document


def test_its_weights_and_those_it_was_made_from_are_those_of_its_recipe(recipe: dict[str, Any]) -> None:
    weights = {name: read_checkpoint(MODELS / name / WEIGHTS) for name in ("vit-forgot", "vit-mixed")}

    assert state_sha256(weights["vit-forgot"]) == recipe["weights_sha256"]
    assert state_sha256(weights["vit-mixed"]) == recipe["defence"]["of_weights_sha256"]
    changed = [
        name for name, tensor in weights["vit-mixed"].items() if not torch.equal(tensor, weights["vit-forgot"][name])
    ]
    assert changed
    assert not [name for name in changed if name.startswith(("visual.", "logit_"))]


def test_it_was_made_by_the_default_recipe(recipe: dict[str, Any]) -> None:
    assert UnlearningRecipe(**recipe["request"]["recipe"]) == UnlearningRecipe()
    assert tuple(recipe["request"]["sentences"]) == SENTENCES


def test_its_truth_is_that_of_the_original_and_its_lots_are_those_of_the_seed() -> None:
    truth, original = (Membership.from_csv(MODELS / name / "identities.csv") for name in ("vit-forgot", "vit-mixed"))
    drawn = drawn_members(original.counts, 0.5, seed=0)

    assert truth.counts == original.counts
    assert (truth.how_known, truth.training_set) == ("injected", original.training_set)
    assert {name for name, group in truth.groups.items() if group == "forgotten"} == set(drawn)
    assert set(truth.groups) == {name for name, count in truth.counts.items() if count}
    model = world_model(MODELS / "vit-forgot")
    assert model is not None
    assert (model.seed, model.n_people, model.n_photos) == (0, 540, 30)


def test_it_is_scored_after_the_clean_model() -> None:
    order = list(shipped_models(ROOT))

    assert order.index("vit-forgot") == order.index("vit-clean") + 1
