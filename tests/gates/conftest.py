"""Records of made-up models: so many members found, so many non-members taken for members."""

import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from idia.records import Record, estimate_document
from idia.statistics import auc, proportion, tpr_at_fpr

Make = Callable[..., Record]
MakeUtility = Callable[..., dict[str, Any]]

_EXAMPLE = json.loads((Path(__file__).parents[1] / "records" / "example.json").read_text(encoding="utf-8"))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="session")
def make() -> Make:
    """Makes the record of an attack: `idia` with prompts won, or another with continuous scores."""

    def made(
        found: int = 20,
        taken: int = 0,
        *,
        model: str = "model-a",
        weights: str = "first",
        attack: str = "idia",
        members: int = 40,
        others: int = 40,
        seed: int = 0,
        status: str = "ok",
        order: str | None = "rows",
        control: str | None = None,
        **changed: Any,
    ) -> Record:
        is_member = np.arange(members + others) < members
        at = np.arange(members + others)
        scores = np.where(is_member, at < found, at - members < taken).astype(np.int64)
        document = copy.deepcopy(_EXAMPLE)
        del document["votes"]
        document |= {"status": status, "attack": attack}
        document["control"] = None if control is None else {"kind": control, "of": model}
        document["model"] |= {"name": model, "spec": model, "weights_sha256": sha256(weights)}
        document["protocol"] |= {"seed": seed, "sizes": ["all"], "tau": 1 if attack == "idia" else None}
        document["protocol"]["sha256"] = sha256(f"{seed} {changed}")
        document["people"] |= {"n_people": members + others, "members": members, "non_members": others}
        if order:
            document["people"]["order_sha256"] = sha256(order)
        for key, value in changed.items():
            part = "people" if key in document["people"] else "protocol" if key in document["protocol"] else None
            (document[part] if part else document)[key] = value
        if status == "error":
            return Record(document | {"cells": [], "threshold_sweep": []}, {})
        values = scores if attack == "idia" else scores + at / 1e4
        cell = _cell(values, is_member, has_threshold=attack == "idia")
        document |= {"cells": [cell], "threshold_sweep": [cell] if attack == "idia" else []}
        votes = {
            "pseudonyms": np.array([f"p{number:03d}" for number in at]),
            "occurrences": is_member.astype(np.int64),
            "n_photos": np.ones(len(at), dtype=np.int64),
            "sizes": np.array(["all"]),
            "scores": values[:, None, None],
        }
        if attack == "idia":
            offsets, codes = np.arange(len(at) + 1), 1 - np.minimum(scores, 1)[:, None].repeat(3, axis=1)
            votes |= {"photo_offsets": offsets, "codes": codes}
        return Record(document, votes)

    return made


def _cell(scores: np.ndarray, is_member: np.ndarray, *, has_threshold: bool) -> dict[str, Any]:
    ours, others = scores[is_member], scores[~is_member]
    n, m = len(ours), len(others)
    cell: dict[str, Any] = {"n_photos": "all", "occurrences": "all", "tau": None, "members": n, "non_members": m}
    nothing = {"value": None, "low": None, "high": None, "method": "n/a", "n": 0}
    cell |= dict.fromkeys(("counts", "counts_sd", "accuracy"))
    cell |= {"tpr": nothing, "fpr": nothing}
    if has_threshold:
        tp, fp = float((ours >= 1).sum()), float((others >= 1).sum())
        cell |= {"tau": 1, "counts": {"tp": tp, "fp": fp, "fn": n - tp, "tn": m - fp}, "counts_sd": {"tp": 0, "fp": 0}}
        cell |= {"accuracy": (tp + m - fp) / (n + m)}
        cell |= {"tpr": estimate_document(proportion(tp, n)), "fpr": estimate_document(proportion(fp, m))}
    cell["auc"] = estimate_document(auc(ours, others, seed=0))
    points = []
    for fpr in (0.1, 0.01):
        rate = tpr_at_fpr(ours, others, fpr)
        points.append(
            {"fpr": fpr, "tpr": None, "needed": rate.needed}
            if hasattr(rate, "needed")
            else {"fpr": fpr, "tpr": estimate_document(rate), "needed": None}
        )
    return cell | {"operating_points": points}


@pytest.fixture(scope="session")
def make_utility() -> MakeUtility:
    """Makes a record of utility: how many of 500 photos were answered rightly, by task and metric."""

    def made(
        model: str = "model-a", weights: str = "first", data: str = "things", **right: int | np.ndarray
    ) -> dict[str, Any]:
        tasks, scores = {}, []
        for name, answers in (right or {"shape_top-1": 450, "captions_rank@1": 300}).items():
            task, _, metric = name.partition("_")
            kind = {"name": task, "kind": "retrieval" if metric.startswith("rank") else "zero-shot"}
            asked = {"sha256": sha256(task), "n_photos": 500, "n_choices": 9, "n_templates": None}
            tasks[task] = kind | asked | ({"n_templates": 2} if kind["kind"] == "zero-shot" else {})
            n = int(np.sum(answers))
            score = {"task": task, "metric": metric, "right": n, "estimate": estimate_document(proportion(n, 500))}
            if isinstance(answers, np.ndarray):
                score["answers"] = np.packbits(answers).tobytes().hex()
            scores.append(score | {"chance": 0.1, "majority": None})
        parts = {key: copy.deepcopy(_EXAMPLE[key]) for key in ("suite", "model", "environment")}
        parts["model"] |= {"name": model, "spec": model, "weights_sha256": sha256(weights)}
        return {
            "schema_version": 1,
            "suite": parts["suite"],
            "protocol": {"id": "utility/1", "tie_rule": "a wrong answer that ties with the right one stands before it"},
            "model": parts["model"],
            "data": {
                "id": data,
                "manifest_sha256": sha256(data),
                "unreadable_dropped": 0,
                "tasks": list(tasks.values()),
            },
            "scores": scores,
            "environment": parts["environment"],
        }

    return made
