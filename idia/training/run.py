"""Controlled training from start to finish: a job in, a model with known members out."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, final

import idia
from idia.errors import SettingError
from idia.models.devices import torch_threads
from idia.models.protocol import Progress
from idia.training.job import Job
from idia.training.loop import TrainedModel, TrainingPairs, fit
from idia.training.network import context_length, new_model, tokens_of
from idia.training.recipe import model_config
from idia.training.tokenizer import load_tokenizer, write_vocabulary
from idia.training.verification import check_same, verify_finished
from idia.training.workspace import RECIPE, Workspace, write_json

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


def train(job: Job, out: Path, *, name: str | None = None, progress: Progress | None = None) -> TrainingResult:
    """Trains a CLIP model of which it is known who is in it, and writes everything an attack on it needs.

    An interrupted run is resumed by the same call, with the same result bit for bit on the same machine; after the
    end the same call only verifies the files.

    Args:
        job: What to train.
        out: The folder to write: the job's parts, and ``recipe.json``.
        name: What the model is called on the leaderboard; by default the name of ``out``.
        progress: Called with (stage, done, total).

    Raises:
        DatasetError: People or photos cannot be used as they are.
        SettingError: An option does not fit the data or this machine.
        TrainingError: ``out`` cannot be written, is in use, was changed, or holds another run.
    """
    name = _checked_name(out.absolute().name if name is None else name)
    recipe = job.recipe
    workspace = Workspace(out, job.parts)
    with workspace.locked(), torch_threads(recipe.threads):
        request = job.request(name)
        finished = workspace.recipe()
        if finished is not None:
            check_same({"request": finished.get("request")}, {"request": request}, out)
            verify_finished(finished, job.fingerprints, out)
            return TrainingResult(finished, was_complete=True)
        resumable = {"request": request, "versions": _versions()}
        begun = workspace.begun()
        if begun is not None:
            check_same(begun, resumable, out)

        material = job.prepare(_during("preparing pictures", progress))
        tokenizer = load_tokenizer(write_vocabulary(workspace.work))
        n_tokens = context_length(material.tested, tokenizer)
        tokens = tokens_of(material.captions.texts, tokenizer, n_tokens)
        pairs = TrainingPairs(material.pictures, material.captions, tokens)
        workspace.begin(resumable)
        model = new_model(n_tokens, seed=recipe.seed, encoder=recipe.encoder).to(recipe.device)
        log = fit(model, pairs, recipe, checkpoints=workspace, progress=_during("training", progress))

        trained = TrainedModel(model, model_config(n_tokens, recipe.encoder), log)
        staging = workspace.staging
        shutil.rmtree(staging, ignore_errors=True)  # half-filled by a run that was killed here
        staging.mkdir()
        about = job.export(staging, trained, material, name)
        document = {
            "name": name,
            "how_known": "injected",
            **about,
            **job.fingerprints(staging),
            "counts": material.counts,
            "final_loss": log[-1].loss,
            "model": {"parameters": sum(parameter.numel() for parameter in model.parameters()), **trained.config},
            **resumable,
        }
        write_json(staging / RECIPE, document)
        workspace.publish()
    return TrainingResult(document, was_complete=False)


def _during(stage: str, progress: Progress | None) -> Callable[[int, int], None] | None:
    return None if progress is None else partial(progress, stage)


def _checked_name(name: str) -> str:
    if not name.strip() or not name.isprintable() or any(mark in name for mark in "/\\"):
        raise SettingError(f"--name must be printable text without slashes, got {name!r}.")
    return name.strip()


def _versions() -> dict[str, str]:
    return {"idia": idia.__version__, **{name: version(package) for name, package in _LIBRARIES.items()}}
