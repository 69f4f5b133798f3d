"""From what was measured to a record: everything a stranger needs to recheck it, and nothing that names anybody."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from idia.attacks.predictions import NamePredictions
from idia.attacks.voting import Votes
from idia.errors import ModelError, RecordError
from idia.evaluation import AttackResult
from idia.experiments import Experiment
from idia.models import ModelInfo
from idia.models.devices import device_name
from idia.models.specs import public_spec
from idia.plan import Plan, Target
from idia.provenance import environment, suite
from idia.records import Record, cell_document, check_model, rounded, trend_document
from idia.records.votes import MOST_DRAWS

PROTOCOL = "idia/1"
TIE_RULE = "a tie for first place counts as wrong"

_HASHES = ("weights_sha256", "preprocess_sha256", "tokenizer_sha256")


def published(
    plan: Plan, target: Target, info: ModelInfo, predictions: NamePredictions, votes: Votes, result: AttackResult
) -> Record:
    """Returns the record of one model.

    Args:
        plan: Whom was attacked, and how.
        target: The model, and whether it is a control.
        info: What the model says about itself.
        predictions: The anonymised predictions.
        votes: What they voted.
        result: What was measured.
    """
    experiment = plan.experiment(target)
    return Record(_document(plan, target, info, predictions, result), _votes(experiment, predictions, votes))


def _votes(experiment: Experiment, predictions: NamePredictions, votes: Votes) -> dict[str, np.ndarray]:
    """Everything needed to recompute the result, under pseudonyms.

    People are put in an order that depends on nothing but the published numbers themselves: no secret is needed to
    keep it the same, and none can be leaked that would undo it.
    """
    codes = [table.astype(np.uint16) for table in predictions.predicted]
    scores = votes.scores[:, :, :MOST_DRAWS].astype(np.uint16)
    rows = sorted(
        range(predictions.n_people),
        key=lambda row: (
            int(experiment.occurrences[row]),
            len(codes[row]),
            codes[row].tobytes(),
            scores[row].tobytes(),
        ),
    )
    return {
        "pseudonyms": np.array([f"p{number:04d}" for number in range(len(rows))]),
        "occurrences": experiment.occurrences[rows].astype(np.int64),
        "n_photos": predictions.n_photos[rows],
        "photo_offsets": np.concatenate([[0], np.cumsum(predictions.n_photos[rows])]),
        "codes": np.concatenate([codes[row] for row in rows]),
        "sizes": np.array([str(size) for size in votes.sizes]),
        "scores": scores[rows],
    }


def _document(
    plan: Plan, target: Target, info: ModelInfo, predictions: NamePredictions, result: AttackResult
) -> dict[str, Any]:
    settings, photos, experiment = plan.settings, predictions.n_photos, plan.experiment(target)
    protocol: dict[str, Any] = {
        "id": PROTOCOL,
        "prompts": list(plan.prompts.templates),
        "prompts_sha256": plan.prompts.sha256,
        "n_prompts": len(plan.prompts),
        "n_names": len(experiment.names),
        "names_sha256": experiment.names.sha256,
        "names_source": experiment.names.source,
        "tau": settings.tau,
        "tie_rule": TIE_RULE,
        "sizes": list(experiment.sizes),
        "bins": [str(each) for each in experiment.bins],
        "draws": settings.draws,
        "seed": settings.seed,
    }
    if settings.max_occurrences is not None:
        protocol["max_occurrences"] = settings.max_occurrences
    control = None if target.control is None else {"kind": target.control, "of": public_spec(target.of or target.spec)}
    # The same people under another ground truth are another measurement, and get a file of their own.
    keyed = protocol | {"membership_sha256": experiment.membership.sha256}
    return {
        "schema_version": 1,
        "status": "ok",
        "control": control,
        "attack": "idia",
        "suite": suite(),
        "protocol": {"id": PROTOCOL, "sha256": _sha256_of(keyed)} | protocol,
        "model": published_model(info),
        "people": {
            "id": experiment.people.id,
            "manifest_sha256": experiment.people.manifest_sha256,
            "membership_sha256": experiment.membership.sha256,
            "n_people": len(experiment.people),
            "members": int((experiment.occurrences > 0).sum()),
            "non_members": int((experiment.occurrences == 0).sum()),
            "n_photos": int(photos.sum()),
            "photos_per_person": {
                "min": int(photos.min()),
                "median": float(np.median(photos)),
                "max": int(photos.max()),
            },
            "unreadable_dropped": experiment.people.unreadable,
            "training_set": experiment.membership.training_set,
            "how_known": experiment.membership.how_known,
            "consent_basis": settings.consent_basis,
        },
        "cells": [cell_document(cell) for cell in result.cells],
        "threshold_sweep": [cell_document(cell) for cell in result.threshold_sweep],
        "trend": trend_document(result),
        "near_tie_rate": rounded(predictions.near_tie_rate),
        "environment": environment(device_name(settings.device), predictions.backend),
    }


def published_model(info: ModelInfo) -> dict[str, Any]:
    """Returns what a record says about a model: worth asking for before anything is measured.

    Raises:
        ModelError: The model says something about itself that no record can hold.
    """
    if not info.weights_sha256:
        raise ModelError(
            f"{info.name} does not say which weights it has: info.weights_sha256 is empty. Give the sha256 of the "
            "weights, or any text that changes with them."
        )
    hashes = {name: _as_sha256(getattr(info, name)) for name in _HASHES}
    model = asdict(info) | hashes | {"spec": public_spec(info.spec)}
    try:
        check_model(model)
    except RecordError as error:
        raise ModelError(f"the model's info cannot be recorded: {error}") from None
    return model


def _as_sha256(text: str) -> str | None:
    """The hash itself, or the hash of whatever else, such as a revision, tells one state from another."""
    if not text or re.fullmatch("[0-9a-f]{64}", text):
        return text or None
    return hashlib.sha256(text.encode()).hexdigest()


def _sha256_of(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
