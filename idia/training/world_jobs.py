"""The experiments on synthetic people that come with this project, by name."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from idia.errors import SettingError, TrainingError
from idia.training.recipe import Augmentation, Encoder, Optimisation, Recipe
from idia.training.workspace import RECIPE
from idia.training.world_training import WorldTraining
from idia.world.designs import PAPER_OCCURRENCES, WorldDesign
from idia.world.fingerprint import renderer_sha256

# Photos of a world are already turned, shifted and lit at random; the hair is parted on a side, so nothing is mirrored.
AUGMENTATION = Augmentation(
    flip=0.0, scale=0.1, rotation=0.1, shift=0.12, brightness=0.2, contrast=0.2, colour=0.06, grey=0.05, cut_out=0.0
)
_LEARNING_RATES: Mapping[Encoder, float] = {"vit": 1.5e-3, "resnet": 2e-3}


def world_recipe(encoder: Encoder, *, steps: int, seed: int, threads: int = 1, device: str = "cpu") -> Recipe:
    """Returns how models of synthetic people are fitted: every pair is seen equally often."""
    optimisation = Optimisation(filler_share=None, peak_lr=_LEARNING_RATES[encoder])
    return Recipe(steps, seed, device, threads, encoder, optimisation, AUGMENTATION)


_MIXED = WorldDesign(people=540)
_STEPS, _STEPS_PER_COUNT, _STEPS_RESNET = 2_000, 1_200, 1_400


def _shipped() -> dict[str, WorldTraining]:
    mixed = WorldTraining(_MIXED, world_recipe("vit", steps=_STEPS, seed=0))
    jobs = {
        "vit-mixed": mixed,
        "rn-mixed": replace(mixed, recipe=world_recipe("resnet", steps=_STEPS_RESNET, seed=0)),
        "vit-twin": replace(mixed, design=replace(_MIXED, roles="swapped")),
        "vit-clean": replace(mixed, design=replace(_MIXED, roles="absent"), control_of="vit-mixed"),
    }
    recipe = world_recipe("vit", steps=_STEPS_PER_COUNT, seed=0)
    for count in PAPER_OCCURRENCES:
        design = WorldDesign(people=200, occurrences=(count,), members_per_count=100)
        jobs[f"vit-{count}"] = WorldTraining(design, recipe)
    return {name: replace(job, order=order) for order, (name, job) in enumerate(jobs.items(), start=1)}


SHIPPED: Mapping[str, WorldTraining] = MappingProxyType(_shipped())
"""The models in ``fixtures/models``: one of all occurrences, its variants, and one model per count."""


def job_named(experiment: str) -> WorldTraining:
    """Returns the experiment of a name, or the one that the recipe of a trained model describes.

    Args:
        experiment: A name in `SHIPPED`, or the path of a ``recipe.json`` or of the folder that holds one.

    Raises:
        SettingError: There is no such experiment; the nearest are named.
        TrainingError: The recipe is not one of a model of synthetic people.
    """
    if experiment in SHIPPED:
        return SHIPPED[experiment]
    path = _recipe_path(experiment)
    if path is None:
        close = difflib.get_close_matches(experiment, SHIPPED, n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
        raise SettingError(
            f"there is no experiment {experiment!r}, and no recipe of that path.{hint} There are: {', '.join(SHIPPED)}."
        )
    return _job_of(path)


def altered(
    job: WorldTraining,
    *,
    name: str,
    design: Mapping[str, Any],
    seed: int | None = None,
    steps: int | None = None,
    encoder: Encoder | None = None,
    device: str = "cpu",
    threads: int = 1,
) -> WorldTraining:
    """Returns the experiment with other values; `None` leaves one as it is.

    Args:
        job: The experiment.
        name: What it is called.
        design: Other values of its design.
        seed: Another seed: other people.
        steps: Another number of optimiser steps.
        encoder: Another kind of image tower.
        device: Where to train.
        threads: Processor threads.

    Raises:
        SettingError: A value is out of range, or a control would be one of people that nobody else is trained on.
    """
    for option, value, least in (("--seed", seed, 0), ("--steps", steps, 1), ("--threads", threads, 1)):
        if value is not None and not least <= value < 2**63:
            raise SettingError(f"{option} must be a whole number from {least}, got {value}.")
    recipe = job.recipe
    if encoder is not None and encoder != recipe.encoder:
        recipe = replace(world_recipe(encoder, steps=recipe.steps, seed=recipe.seed), augmentation=recipe.augmentation)
    recipe = replace(
        recipe,
        seed=recipe.seed if seed is None else seed,
        steps=recipe.steps if steps is None else steps,
        device=device,
        threads=threads,
    )
    changed = replace(job.design, **{key: value for key, value in design.items() if value is not None})
    # A control says under whose table it stands: that table must be about the same people and the same lots.
    is_same_table = recipe.seed == job.recipe.seed and replace(changed, roles=job.design.roles) == job.design
    if changed.roles == "absent" and not is_same_table:
        raise SettingError(
            "a control with absent roles stands under the table of another experiment, and can change neither its "
            "people nor its seed. Train the changed experiment with drawn roles, then give its recipe.json as --world "
            "and add --roles absent."
        )
    control_of = (job.control_of or name) if changed.roles == "absent" else None
    is_itself = is_same_table and changed == job.design and recipe.encoder == job.recipe.encoder
    return WorldTraining(changed, recipe, control_of, job.order if is_itself else None)


def name_of(experiment: str) -> str:
    """Returns what an experiment is called: by its name in `SHIPPED`, or by its recipe."""
    path = None if experiment in SHIPPED else _recipe_path(experiment)
    return experiment if path is None else str(_document(path).get("name") or experiment)


def other_renderer(experiment: str) -> str | None:
    """Returns a warning if a recipe's pictures were drawn by another version of the renderer than this one."""
    path = None if experiment in SHIPPED else _recipe_path(experiment)
    if path is None or _document(path)["request"].get("renderer_sha256") == renderer_sha256():
        return None
    return f"{path} was made with another version of the renderer: the pictures, and so the weights, will differ."


def _recipe_path(experiment: str) -> Path | None:
    path = Path(experiment).expanduser()
    try:
        return next((each for each in (path, path / RECIPE) if each.is_file()), None)
    except OSError:  # a name too long for any file
        return None


def _document(path: Path) -> dict[str, Any]:
    """The recipe of a trained model; it holds the request."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("request"), dict):
        raise TrainingError(f"{str(path)!r} is no recipe of a trained model: expected the recipe.json of `idia train`.")
    return document


def _job_of(path: Path) -> WorldTraining:
    document = _document(path)
    request = document["request"]
    try:
        design, recipe = dict(request["design"]), dict(request["recipe"])
        design["occurrences"] = tuple(design["occurrences"])
        recipe["optimisation"] = Optimisation(**recipe["optimisation"])
        augmentation = dict(recipe["augmentation"])
        recipe["augmentation"] = Augmentation(**augmentation | {"cut_out_side": tuple(augmentation["cut_out_side"])})
        control = document.get("control") or {}
        return WorldTraining(WorldDesign(**design), Recipe(**recipe), control.get("of"), document.get("order"))
    except SettingError as error:
        raise TrainingError(f"the recipe {str(path)!r} cannot be repeated: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TrainingError(
            f"{str(path)!r} is no recipe of a model of synthetic people ({type(error).__name__}: {error}). Recipes of "
            "photographs are repeated with --people and --filler."
        ) from None
