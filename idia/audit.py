"""One model scored from end to end: load, predict, vote, evaluate, and write down what a stranger needs to recheck."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from idia.attacks.anonymity import anonymised
from idia.attacks.identity_inference import IdentityInferenceAttack
from idia.attacks.predictions import NamePredictions
from idia.attacks.voting import Votes
from idia.errors import ModelError, RecordError
from idia.evaluation import AttackResult, Cell, evaluate
from idia.models import EmbeddingCache, Model, ModelInfo, Progress, load_model
from idia.models.devices import device_name
from idia.models.specs import public_spec
from idia.plan import Plan, Target
from idia.provenance import environment, suite
from idia.records import Record, check_model, check_nobody_named
from idia.statistics import Estimate

PROTOCOL = "idia/1"
_HASHES = ("weights_sha256", "preprocess_sha256", "tokenizer_sha256")

TIE_RULE = "a tie for first place counts as wrong"


@dataclass(frozen=True, eq=False)
class Audit:
    """What was measured on one model.

    Attributes:
        target: The model, and whether it is a control.
        record: The record to publish; names nobody.
        result: The measured cells.
    """

    target: Target
    record: Record
    result: AttackResult


class Auditor:
    """Scores the models of a plan, one after the other, each of them once.

    Args:
        plan: Whom to attack, and how.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._attack = IdentityInferenceAttack(plan.names, plan.prompts)
        self._audits: dict[Target, Audit] = {}
        self._predicted: tuple[str, ModelInfo, NamePredictions] | None = None

    def audit(self, target: Target, progress: Progress | None = None) -> Audit:
        """Returns what was measured on one model.

        Args:
            target: One of the plan's targets.
            progress: Told about encoding and scoring.

        Raises:
            IdiaError: The model cannot be loaded or does not behave.
        """
        if target not in self._audits:
            self._audits[target] = self._measured(target, progress)
        return self._audits[target]

    def _measured(self, target: Target, progress: Progress | None) -> Audit:
        plan, settings = self.plan, self.plan.settings
        info, predictions = self._predictions(target, progress)
        if target.control == "permuted-map":
            predictions = predictions.with_permuted_targets(settings.seed)
            info = replace(info, name=f"{info.name} (permuted names)")
        # Voted on as published, so that anybody can repeat the draws, and nobody can tell from them who was meant.
        predictions = anonymised(predictions)
        votes = self._attack.vote(predictions, sizes=plan.sizes, draws=settings.draws, seed=settings.seed)
        result = evaluate(votes, plan.occurrences, tau=settings.tau, bins=plan.bins, seed=settings.seed)
        document = _document(plan, target, info, predictions, result)
        return Audit(target, Record(document, _published_votes(plan, predictions, votes)), result)

    def _predictions(self, target: Target, progress: Progress | None) -> tuple[ModelInfo, NamePredictions]:
        # Only the last model's predictions are kept: its permuted control follows it.
        spec = target.spec
        if self._predicted is None or self._predicted[0] != spec:
            model: Model = load_model(spec, device=self.plan.settings.device)
            if model.info.is_random and target.control != "random-weights":
                raise ModelError(
                    f"{model.info.name} has random weights, which only make sense as a control. Score a trained model, "
                    "and add --idia-control random."
                )
            # Whatever cannot be published should be known before it is measured.
            published = {f"the model's {key}": str(value) for key, value in _published_model(model.info).items()}
            check_nobody_named(published, [person.name for person in self.plan.people.people])
            cache = EmbeddingCache(self.plan.settings.cache_dir, device_name(self.plan.settings.device))
            predictions = self._attack.predict(model, self.plan.people.people, cache=cache, progress=progress)
            self._predicted = (spec, model.info, predictions)
        return self._predicted[1:]


def _published_votes(plan: Plan, predictions: NamePredictions, votes: Votes) -> dict[str, np.ndarray]:
    """Everything needed to recompute the result, under pseudonyms.

    People are put in an order that depends on nothing but the published numbers themselves: no secret is needed to
    keep it the same, and none can be leaked that would undo it.
    """
    codes = [table.astype(np.uint16) for table in predictions.predicted]
    rows = sorted(
        range(predictions.n_people),
        key=lambda row: (
            int(plan.occurrences[row]),
            len(codes[row]),
            codes[row].tobytes(),
            votes.scores[row].tobytes(),
        ),
    )
    return {
        "pseudonyms": np.array([f"p{number:04d}" for number in range(len(rows))]),
        "occurrences": plan.occurrences[rows].astype(np.int64),
        "n_photos": predictions.n_photos[rows],
        "photo_offsets": np.concatenate([[0], np.cumsum(predictions.n_photos[rows])]),
        "codes": np.concatenate([codes[row] for row in rows]),
        "sizes": np.array([str(size) for size in votes.sizes]),
        "scores": votes.scores[rows],
    }


def _document(
    plan: Plan, target: Target, info: ModelInfo, predictions: NamePredictions, result: AttackResult
) -> dict[str, Any]:
    settings, photos = plan.settings, predictions.n_photos
    protocol: dict[str, Any] = {
        "id": PROTOCOL,
        "prompts": list(plan.prompts.templates),
        "prompts_sha256": plan.prompts.sha256,
        "n_prompts": len(plan.prompts),
        "n_names": len(plan.names),
        "names_sha256": plan.names.sha256,
        "names_source": plan.names.source,
        "tau": settings.tau,
        "tie_rule": TIE_RULE,
        "sizes": list(plan.sizes),
        "bins": [str(each) for each in plan.bins],
        "draws": settings.draws,
        "seed": settings.seed,
    }
    control = None if target.control is None else {"kind": target.control, "of": public_spec(target.of or target.spec)}
    # The same people under another ground truth are another measurement, and get a file of their own.
    keyed = protocol | {"membership_sha256": plan.membership.sha256}
    return {
        "schema_version": 1,
        "status": "ok",
        "control": control,
        "attack": "idia",
        "suite": suite(),
        "protocol": {"id": PROTOCOL, "sha256": _sha256_of(keyed)} | protocol,
        "model": _published_model(info),
        "people": {
            "id": plan.people.id,
            "manifest_sha256": plan.people.manifest_sha256,
            "membership_sha256": plan.membership.sha256,
            "n_people": len(plan.people),
            "members": int((plan.occurrences > 0).sum()),
            "non_members": int((plan.occurrences == 0).sum()),
            "n_photos": int(photos.sum()),
            "photos_per_person": {
                "min": int(photos.min()),
                "median": float(np.median(photos)),
                "max": int(photos.max()),
            },
            "unreadable_dropped": plan.people.unreadable,
            "training_set": plan.membership.training_set,
            "how_known": plan.membership.how_known,
            "consent_basis": settings.consent_basis,
        },
        "cells": [_cell(cell) for cell in result.cells],
        "threshold_sweep": [_cell(cell) for cell in result.threshold_sweep],
        "near_tie_rate": _rounded(predictions.near_tie_rate),
        "environment": environment(device_name(settings.device)),
    }


def _published_model(info: ModelInfo) -> dict[str, Any]:
    """What a record says about a model.

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


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "n_photos": cell.n_photos,
        "occurrences": cell.occurrences,
        "tau": cell.tau,
        "members": cell.members,
        "non_members": cell.non_members,
        "counts": {
            "tp": _rounded(cell.true_positives),
            "fp": _rounded(cell.false_positives),
            "fn": _rounded(cell.members - cell.true_positives),
            "tn": _rounded(cell.non_members - cell.false_positives),
        },
        "counts_sd": {"tp": _rounded(cell.true_positives_sd), "fp": _rounded(cell.false_positives_sd)},
        "tpr": _estimate(cell.tpr),
        "fpr": _estimate(cell.fpr),
        "auc": _estimate(cell.auc),
        "accuracy": _rounded(cell.accuracy),
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {name: _rounded(value) if isinstance(value, float) else value for name, value in asdict(estimate).items()}


def _rounded(value: float) -> float:
    """The number without its last bits, which differ between processors and would make a difference of nothing."""
    return round(value, 12)


def _sha256_of(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
