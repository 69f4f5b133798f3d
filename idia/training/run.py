"""Controlled training from start to finish: folders of photos in, a model with known members out."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, final

import torch
from open_clip.model import CLIP

import idia
from idia.errors import DatasetError, SettingError
from idia.models.devices import resolve_device
from idia.models.protocol import Progress
from idia.people import load_people
from idia.training import workspace as layout
from idia.training.dataset import Dataset, build_dataset
from idia.training.export import (
    export_attack_photos,
    export_identities,
    export_log,
    export_model,
)
from idia.training.filler import filler_photos
from idia.training.loop import LogEntry, TrainingPairs, fit
from idia.training.network import context_length, new_model, tokens_of
from idia.training.recipe import Augmentation, Optimisation, model_config
from idia.training.request import request_of
from idia.training.settings import TrainingSettings
from idia.training.tokenizer import load_tokenizer, write_vocabulary
from idia.training.verification import check_same, fingerprints, verify_finished
from idia.training.workspace import Workspace, write_json

_LIBRARIES = {"torch": "torch", "open_clip": "open_clip_torch", "numpy": "numpy", "pillow": "pillow"}


@final
@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training run left behind.

    Attributes:
        recipe: The content of ``recipe.json``.
        was_complete: Whether an earlier run had finished it already.
    """

    recipe: dict[str, Any]
    was_complete: bool


def train(
    people: Path,
    filler: Path,
    out: Path,
    settings: TrainingSettings,
    *,
    name: str | None = None,
    progress: Progress | None = None,
) -> TrainingResult:
    """Trains a CLIP model on a chosen part of some people, and writes everything an attack on it needs.

    An interrupted run is resumed by the same call, with the same result bit for bit on the same machine; after the
    end the same call only verifies the files.

    Args:
        people: A folder per person.
        filler: Photos of other people.
        out: The folder to write: ``model/``, ``attack/``, ``identities.csv``, ``training_log.csv``, ``recipe.json``.
        settings: The options.
        name: What the model is called on the leaderboard; by default the name of ``out``.
        progress: Called with (stage, done, total).

    Raises:
        DatasetError: People or photos cannot be used as they are.
        SettingError: An option does not fit the data or this machine.
        TrainingError: ``out`` cannot be written, is in use, was changed, or holds another run.
    """
    device = resolve_device(settings.device)
    settings = replace(settings, device=str(device))
    name = _checked_name(out.absolute().name if name is None else name)
    people_set = load_people(people)
    if len(people_set) < 2:
        raise DatasetError(f"{str(people)!r} holds 1 person; a member and a non-member are needed.")
    strangers = filler_photos(
        filler, [person.name for person in people_set], n_photos=settings.n_filler, seed=settings.seed
    )
    for source in (people, filler):
        if out.resolve().is_relative_to(source.resolve()):
            raise SettingError(f"--out {str(out)!r} lies within {str(source)!r}. Choose a folder elsewhere.")

    workspace = Workspace(out)
    with workspace.locked(), _threads(settings.threads):
        optimisation, augmentation = Optimisation(), Augmentation()
        request = request_of(name, settings, optimisation, augmentation, people_set, strangers)
        finished = workspace.recipe()
        if finished is not None:
            check_same({"request": finished.get("request")}, {"request": request}, out)
            verify_finished(finished, workspace)
            return TrainingResult(finished, was_complete=True)
        resumable = {"request": request, "versions": _versions()}
        begun = workspace.begun()
        if begun is not None:
            check_same(begun, resumable, out)

        dataset = build_dataset(people_set, strangers, settings, progress=_during("reading photos", progress))
        tokenizer = load_tokenizer(write_vocabulary(workspace.work))
        n_tokens = context_length([person.name for person in dataset.split], tokenizer)
        pairs = TrainingPairs(
            dataset.pictures,
            dataset.people,
            dataset.captions,
            tokens_of(dataset.captions.texts, tokenizer, n_tokens),
        )
        workspace.begin(resumable)
        model = new_model(n_tokens, seed=settings.seed).to(device)
        log = fit(
            model,
            pairs,
            optimisation,
            augmentation,
            steps=settings.steps,
            seed=settings.seed,
            checkpoints=workspace,
            progress=_during("training", progress),
        )
        recipe = _stage(workspace, model, log, dataset, n_tokens, settings, resumable)
        workspace.publish()
    return TrainingResult(recipe, was_complete=False)


def _stage(
    workspace: Workspace,
    model: CLIP,
    log: tuple[LogEntry, ...],
    dataset: Dataset,
    n_tokens: int,
    settings: TrainingSettings,
    resumable: dict[str, Any],
) -> dict[str, Any]:
    """Puts all results together beside their place; returns the recipe."""
    staging, config = workspace.staging, model_config(n_tokens)
    shutil.rmtree(staging, ignore_errors=True)  # half-filled by a run that was killed here
    staging.mkdir()
    export_model(staging / layout.MODEL, model, config)
    export_attack_photos(staging / layout.ATTACK, dataset.photos, dataset.split, settings.crop)
    export_identities(staging / layout.IDENTITIES, dataset.split)
    export_log(staging / layout.LOG, log)
    name = resumable["request"]["name"]
    recipe = {
        "name": name,
        "people": name,
        "training_set": f"{name}-training",
        "how_known": "injected",
        **fingerprints(staging),
        "counts": dataset.counts,
        "final_loss": log[-1].loss,
        "model": {"parameters": sum(parameter.numel() for parameter in model.parameters()), **config},
        **resumable,
    }
    write_json(staging / layout.RECIPE, recipe)
    return recipe


def _during(stage: str, progress: Progress | None) -> Callable[[int, int], None] | None:
    return None if progress is None else partial(progress, stage)


def _checked_name(name: str) -> str:
    if not name.strip() or not name.isprintable() or any(mark in name for mark in "/\\"):
        raise SettingError(f"--name must be printable text without slashes, got {name!r}.")
    return name.strip()


def _versions() -> dict[str, str]:
    return {"idia": idia.__version__, **{name: version(package) for name, package in _LIBRARIES.items()}}


@contextmanager
def _threads(n_threads: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
