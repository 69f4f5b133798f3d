"""The record of one attack on one model."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from idia.evaluation.controls import why_invalid
from idia.experiments import Experiment
from idia.models import ModelInfo
from idia.models.devices import device_name
from idia.models.specs import public_spec
from idia.plan import Plan, Target
from idia.provenance import environment, suite
from idia.publication.arrays import published_arrays
from idia.publication.evidence import evidence_document
from idia.publication.findings import Finding
from idia.publication.models import published_model
from idia.publication.text_only import names_document, scored_bins, text_only_parts
from idia.records import Record, difference_document, estimate_document, result_document, rounded
from idia.records.order import order_sha256, secret_key, synthetic_key

TIE_RULE = "a tie for first place counts as wrong"


def published(plan: Plan, target: Target, info: ModelInfo, finding: Finding) -> Record:
    """Returns the record of one attack on one model.

    Args:
        plan: Whom was attacked, and how.
        target: The model, and whether it is a control.
        info: What the model says about itself.
        finding: What was found.

    Raises:
        RecordError: The key that puts real people in an order cannot be kept.
    """
    experiment = plan.experiment(target)
    key = synthetic_key() if experiment.is_synthetic else secret_key(plan.settings.cache_dir)
    order = order_sha256(experiment.people.manifest_sha256, key)
    return Record(_document(plan, target, info, finding, order), published_arrays(experiment, finding, key))


def _document(plan: Plan, target: Target, info: ModelInfo, finding: Finding, order: str) -> dict[str, Any]:
    settings, experiment = plan.settings, plan.experiment(target)
    control = None if target.control is None else {"kind": target.control, "of": public_spec(target.of or target.spec)}
    invalid = why_invalid(finding.controls)
    document: dict[str, Any] = {
        "schema_version": 1,
        "status": "ok" if invalid is None else "invalid",
        **({} if invalid is None else {"invalid_because": invalid}),
        "control": control,
        "attack": finding.attack,
        "suite": suite(),
        "protocol": _protocol(plan, experiment, finding),
        "model": published_model(info),
        "people": _people(experiment, finding) | {"consent_basis": settings.consent_basis, "order_sha256": order},
        **result_document(finding.result),
    }
    if finding.controls:
        document["controls"] = {
            kind: {
                "auc": None if each.auc is None else estimate_document(each.auc),
                "passed": each.passed,
                "reason": each.reason,
            }
            for kind, each in finding.controls.items()
        }
    if finding.claim is not None:
        document["blind"] = _blind(finding)
    if finding.text_only is not None:
        scores, occurrences = finding.scores[:, 0, 0].astype(np.float64), experiment.occurrences[finding.scored]
        document |= text_only_parts(finding.text_only, scores, occurrences, seed=settings.seed)
    if finding.evidence is not None:
        document["evidence"] = evidence_document(finding.evidence, experiment.occurrences > 0)
    rate = finding.near_tie_rate
    return document | {
        "near_tie_rate": None if rate is None else rounded(rate),
        "environment": environment(
            device_name(settings.device),
            finding.backend,
            None if finding.text_only is None else finding.text_only.cpu_seconds,
        ),
    }


def _protocol(plan: Plan, experiment: Experiment, finding: Finding) -> dict[str, Any]:
    settings, votes = plan.settings, finding.codes is not None
    protocol: dict[str, Any] = {
        "id": f"{finding.attack}/1",
        "prompts": list(plan.prompts.templates),
        "prompts_sha256": plan.prompts.sha256,
        "n_prompts": len(plan.prompts),
        "n_names": len(experiment.names),
        "names_sha256": experiment.names.sha256,
        "names_source": experiment.names.source,
        "tau": settings.tau if votes else None,
        "tie_rule": TIE_RULE if votes else None,
        "sizes": list(finding.sizes),
        "bins": [str(each) for each in scored_bins(experiment, finding.text_only)],
        "draws": finding.draws,
        "seed": settings.seed,
    }
    if finding.text_only is not None:
        protocol |= names_document(finding.text_only) | {"text_only": finding.text_only.described()}
    if settings.max_occurrences is not None:
        protocol["max_occurrences"] = settings.max_occurrences
    # The same people under another ground truth are another measurement, and get a file of their own.
    keyed = protocol | {"membership_sha256": experiment.membership.sha256}
    return {"id": protocol["id"], "sha256": _sha256_of(keyed)} | protocol


def _people(experiment: Experiment, finding: Finding) -> dict[str, Any]:
    photos, occurrences = finding.n_photos[finding.scored], experiment.occurrences[finding.scored]
    return {
        "id": experiment.people.id,
        "manifest_sha256": experiment.people.manifest_sha256,
        "membership_sha256": experiment.membership.sha256,
        "n_people": len(occurrences),
        "members": int((occurrences > 0).sum()),
        "non_members": int((occurrences == 0).sum()),
        "n_photos": int(photos.sum()),
        "photos_per_person": {"min": int(photos.min()), "median": float(np.median(photos)), "max": int(photos.max())},
        "unreadable_dropped": experiment.people.unreadable,
        "training_set": experiment.membership.training_set,
        "how_known": experiment.membership.how_known,
    }


def _blind(finding: Finding) -> dict[str, Any]:
    claim = finding.claim
    assert claim is not None
    known = {name: {"auc": estimate_document(area), "reason": None} for name, area in claim.aucs.items()}
    unknown = {name: {"auc": None, "reason": reason} for name, reason in finding.blind_reasons.items()}
    return {
        "baselines": {name: (known | unknown)[name] for name in sorted(known | unknown)},
        "best": claim.best,
        "difference": None if claim.difference is None else difference_document(claim.difference),
        "verdict": claim.verdict,
    }


def _sha256_of(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
