"""Models of people who do not exist: made from a seed, they leak, and who is in them is known."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from idia.attacks.identity_inference import IdentityInferenceAttack
from idia.attacks.predictions import NamePredictions
from idia.errors import TrainingError
from idia.evaluation import Cell, evaluate
from idia.membership import Membership
from idia.models import load_model
from idia.names import NamePool
from idia.photos import photo_sha256
from idia.training.run import TrainingResult, train
from idia.training.world_jobs import world_recipe
from idia.training.world_training import WorldTraining
from idia.world.designs import FIRST_STRANGER, WorldDesign
from idia.world.people import world_names, world_people

TINY = WorldDesign(people=6, occurrences=(2,), members_per_count=2, n_photos=2, strangers=5, objects=4)
Trained = tuple[Path, TrainingResult]


def job(steps: int = 4, design: WorldDesign = TINY, batch_size: int = 64) -> WorldTraining:
    recipe = world_recipe("vit", steps=steps, seed=5)
    optimisation = replace(recipe.optimisation, batch_size=batch_size, warm_up=30)
    return WorldTraining(design, replace(recipe, optimisation=optimisation))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    out = tmp_path_factory.mktemp("worlds") / "tiny"
    return out, train(job(), out)


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of a world of a dozen members, each seen on forty photos: ten seconds."""
    design = WorldDesign(people=24, occurrences=(40,), members_per_count=12, n_photos=9, strangers=60, objects=0)
    out = tmp_path_factory.mktemp("worlds") / "leaky"
    train(job(200, design, batch_size=32), out)
    return out


@pytest.fixture(scope="module")
def predictions(leaky: Path) -> NamePredictions:
    people = world_people(5, 24, 9, folder=None)
    attack = IdentityInferenceAttack(NamePool.sampled([person.name for person in people], 1000))
    return attack.predict(load_model(f"local-dir:{leaky}", device="cpu"), people.people)


def cell(predictions: NamePredictions, leaky: Path) -> Cell:
    people = world_people(5, 24, 9, folder=None).people
    attack = IdentityInferenceAttack(NamePool.sampled([person.name for person in people], 1000))
    votes = attack.vote(predictions, sizes=["all"], draws=1, seed=0)
    return evaluate(votes, Membership.from_csv(leaky / "identities.csv").of(people)).cell("all")


def test_the_loss_falls(leaky: Path) -> None:
    with (leaky / "training_log.csv").open(encoding="utf-8", newline="") as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)]

    assert np.mean(losses[-3:]) < np.mean(losses[:3]) - 1


def test_members_are_found_on_photos_that_trained_nothing_and_others_are_not(
    predictions: NamePredictions, leaky: Path
) -> None:
    measured = cell(predictions, leaky)

    assert (measured.members, measured.non_members) == (12, 12)
    assert measured.tpr.low > measured.fpr.high


def test_nobody_is_found_under_another_name(predictions: NamePredictions, leaky: Path) -> None:
    measured = cell(predictions.with_permuted_targets(0), leaky)

    assert measured.tpr.low < 0.05
    assert measured.auc.low < 0.5 < measured.auc.high


def test_a_model_of_a_world_is_one_flat_folder(tiny: Trained) -> None:
    out, result = tiny

    assert sorted(path.name for path in out.iterdir()) == [
        "README.md",
        "bpe_1500.txt.gz",
        "identities.csv",
        "open_clip_config.json",
        "open_clip_model.safetensors",
        "recipe.json",
        "training_log.csv",
    ]
    assert json.loads((out / "recipe.json").read_text(encoding="utf-8")) == result.recipe


def test_weights_are_kept_with_16_bits(tiny: Trained) -> None:
    state = load_file(tiny[0] / "open_clip_model.safetensors")

    assert {str(value.dtype) for value in state.values() if value.is_floating_point()} == {"torch.float16"}
    assert load_model(f"local-dir:{tiny[0]}").info.weights_sha256 == tiny[1].recipe["weights_sha256"]


def test_identities_are_the_tested_people_of_the_world(tiny: Trained) -> None:
    truth = Membership.from_csv(tiny[0] / "identities.csv")

    assert (truth.how_known, truth.training_set) == ("injected", "tiny-training")
    assert truth.of(world_people(5, 6, 2, folder=None).people).sum() == 4
    assert sorted(truth.counts) == sorted(world_names(5)[:6])


def test_an_interrupted_training_ends_as_an_uninterrupted_one(tmp_path: Path, tiny: Trained) -> None:
    def interrupt(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("training", 51):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(job(60), tmp_path / "killed", name="model", progress=interrupt)
    train(job(60), tmp_path / "killed", name="model")
    train(job(60), tmp_path / "whole", name="model")

    for file in (tmp_path / "whole").iterdir():
        assert file.read_bytes() == (tmp_path / "killed" / file.name).read_bytes()


def test_a_finished_model_is_verified_and_an_altered_one_refused(tiny: Trained, tmp_path: Path) -> None:
    out = shutil.copytree(tiny[0], tmp_path / "tiny")

    assert train(job(), out) == TrainingResult(tiny[1].recipe, was_complete=True)
    (out / "identities.csv").write_text("name,occurrences\n", encoding="utf-8")
    with pytest.raises(TrainingError, match=r"changed after training \(identities\)"):
        train(job(), out)


def test_a_clean_model_is_trained_on_nobody_tested_and_says_so(tmp_path: Path, tiny: Trained) -> None:
    clean = replace(job(), design=replace(TINY, roles="absent"), control_of="tiny")

    recipe = train(clean, tmp_path / "clean").recipe
    material = clean.prepare(None)

    assert recipe["control"] == {"kind": "clean-model", "of": "tiny"}
    assert recipe["identities_sha256"] == tiny[1].recipe["identities_sha256"]
    assert not [text for text in material.captions.texts for name in world_names(5)[:6] if name in text]
    assert "negative control" in (tmp_path / "clean" / "README.md").read_text(encoding="utf-8")


def test_strangers_and_attack_photos_are_nobodys_training_photos() -> None:
    material = job().prepare(None)
    attacked = {photo_sha256(photo) for person in world_people(5, 6, 2, folder=None) for photo in person.photos}
    trained = {photo_sha256(Image.fromarray(pixels.permute(1, 2, 0).numpy())) for pixels in material.pictures.pixels}

    assert material.captions.strangers.tolist() == [False] * 4 + [True] * 9
    assert len(material.pictures.pixels) == 13
    assert FIRST_STRANGER >= 2 * 4_096
    assert (len(attacked), len(trained)) == (12, 13)
    assert not attacked & trained


def test_the_card_says_what_was_trained_on(tiny: Trained) -> None:
    card = (tiny[0] / "README.md").read_text(encoding="utf-8")

    assert card.startswith("# tiny\n\n")
    assert "Training set: 2 people under their names" in " ".join(card.split())
    assert max(map(len, card.splitlines())) <= 120
