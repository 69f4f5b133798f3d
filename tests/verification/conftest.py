"""Records that hold all that a record can, made from toy predictions by the functions that make real ones."""

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from idia.attacks.anonymity import keyed_by_content
from idia.attacks.voting import Size, count_votes
from idia.blind import BASELINES, claim
from idia.errors import RecordError
from idia.evaluation import OccurrenceBin, evaluate, evaluate_scores
from idia.evaluation.controls import ControlKind, judged_control, why_invalid
from idia.prompts import PromptTemplates
from idia.records import (
    Record,
    difference_document,
    estimate_document,
    result_document,
    rounded,
    write_record,
    write_utility,
)
from idia.records.order import order_sha256, synthetic_key
from idia.statistics import benjamini_hochberg, discovered, proportion
from idia.verification import Verification, verify

EXAMPLE = Path(__file__).parents[1] / "records" / "example.json"
PROMPTS = ("{}", "a photo of {}", "{} on a photo")
MEMBERS, OTHERS, PHOTOS, N_DECOYS, LEVEL = 14, 12, 3, 400, 0.05
OCCURRENCES = np.array([1] * 7 + [10] * 7 + [0] * OTHERS)

MakeRecord = Callable[..., Record]


@pytest.fixture(scope="session")
def make_record() -> MakeRecord:
    made: dict[tuple[str, str, str], Record] = {}

    def make_record(attack: str = "idia", model: str = "a-model", failing: str = "") -> Record:
        """A record of 14 members, who are found, and 12 non-members; one control may find members, too."""
        key = attack, model, failing
        if key not in made:
            made[key] = _made(attack, model, failing)
        return Record(copy.deepcopy(made[key].document), {name: a.copy() for name, a in made[key].votes.items()})

    return make_record


def _made(attack: str, model: str, failing: str) -> Record:
    rng = np.random.default_rng(list(f"{attack} {model}".encode()))
    is_member, n_people = OCCURRENCES > 0, len(OCCURRENCES)
    groups = ["kept" if at % 2 else "forgotten" for at in range(MEMBERS)] + [""] * OTHERS
    bins = [OccurrenceBin(1, 1), OccurrenceBin(10, 10)]
    sizes: tuple[Size, ...] = (1, "all")
    arrays: dict[str, np.ndarray] = {
        "pseudonyms": np.array([f"p{number:04d}" for number in range(n_people)]),
        "occurrences": OCCURRENCES,
        "n_photos": np.full(n_people, PHOTOS),
        "sizes": np.array([str(size) for size in sizes]),
        "groups": np.array([{"forgotten": 1, "kept": 2, "": 0}[group] for group in groups]),
        "blind_name": rng.normal(size=n_people).round(2),
        "blind_other_model": rng.normal(size=n_people).round(2),
        "control_permuted_map": rng.integers(0, 3, n_people).astype(np.float64),
        "control_planted_positive": np.where(is_member, 3.0, rng.integers(0, 2, n_people)),
    }
    if failing:
        arrays[f"control_{failing.replace('-', '_')}"] = is_member * 2.0 + rng.integers(0, 2, n_people)
    asked: dict[str, Any] = {"bins": bins, "groups": groups, "seed": 0}
    if attack == "idia":
        own = rng.random((n_people * PHOTOS, len(PROMPTS))) < np.repeat(np.where(is_member, 0.6, 0.2), PHOTOS)[:, None]
        arrays["codes"] = np.where(own, 0, rng.integers(1, 4, own.shape)).astype(np.uint16)
        arrays["photo_offsets"] = PHOTOS * np.arange(n_people + 1)
        tables = np.split(arrays["codes"], arrays["photo_offsets"][1:-1])
        votes = count_votes(keyed_by_content(tables), sizes=sizes, draws=4, seed=0)
        arrays["scores"] = votes.scores.astype(np.uint16)
        numbers = result_document(evaluate(votes, OCCURRENCES, **asked))
    else:
        arrays["scores"] = (rng.normal(size=(n_people, 2, 1)) + 2 * is_member[:, None, None]).round(6)
        arrays["decoys_at_least"] = np.where(is_member, rng.integers(0, 12, n_people), rng.integers(0, 400, n_people))
        numbers = result_document(evaluate_scores(arrays["scores"][:, :, 0], sizes, OCCURRENCES, **asked))
    return Record(_document(attack, model, arrays, numbers), arrays)


def _document(attack: str, model: str, arrays: dict[str, np.ndarray], numbers: dict[str, Any]) -> dict[str, Any]:
    document = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    document |= {"attack": attack, "near_tie_rate": None} | numbers
    document["protocol"] |= {
        "id": f"{attack}/1",
        "prompts": list(PROMPTS),
        "prompts_sha256": PromptTemplates(PROMPTS).sha256,
        "bins": ["1", "10"],
        "draws": 4 if attack == "idia" else 1,
        "tau": 1 if attack == "idia" else None,
    }
    document["model"] |= {"name": model, "spec": model, "weights_sha256": _hash(model)}
    document["people"] |= {
        "id": "toy-people",
        "n_people": len(OCCURRENCES),
        "members": MEMBERS,
        "non_members": OTHERS,
        "n_photos": PHOTOS * len(OCCURRENCES),
        "photos_per_person": {"min": PHOTOS, "median": float(PHOTOS), "max": PHOTOS},
        "order_sha256": order_sha256(document["people"]["manifest_sha256"], synthetic_key()),
    }
    return _with_protocol_hash(document | _claims(arrays))


@pytest.fixture(scope="session")
def with_protocol_hash() -> Callable[[dict[str, Any]], dict[str, Any]]:
    return _with_protocol_hash


def _with_protocol_hash(document: dict[str, Any]) -> dict[str, Any]:
    """The document as somebody would leave it who has changed its protocol, and knows how its hash is made."""
    keyed = {key: value for key, value in document["protocol"].items() if key != "sha256"}
    keyed["membership_sha256"] = document["people"]["membership_sha256"]
    document["protocol"]["sha256"] = hashlib.sha256(json.dumps(keyed, sort_keys=True).encode()).hexdigest()
    return document


def _claims(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    is_member = OCCURRENCES > 0
    kinds: tuple[ControlKind, ...] = ("permuted-map", "random-weights", "clean-model", "planted-positive")
    judged = {
        kind: judged_control(
            kind,
            arrays.get(f"control_{kind.replace('-', '_')}", "it was not scored"),
            is_member,
            seed=0,
        )
        for kind in kinds
    }
    guesses = {name: arrays.get(f"blind_{name.replace('-', '_')}", "nothing is known of it") for name in BASELINES}
    found = claim(arrays["scores"][:, -1, 0].astype(np.float64), guesses, is_member, seed=0)
    assert found.difference is not None
    invalid = why_invalid(judged)
    parts: dict[str, Any] = {
        "status": "invalid" if invalid else "ok",
        **({"invalid_because": invalid} if invalid else {}),
        "controls": {
            kind: {"auc": each.auc and estimate_document(each.auc), "passed": each.passed, "reason": each.reason}
            for kind, each in judged.items()
        },
        "blind": {
            "baselines": {
                name: {
                    "auc": None if isinstance(guess, str) else estimate_document(found.aucs[name]),
                    "reason": guess if isinstance(guess, str) else None,
                }
                for name, guess in guesses.items()
            },
            "best": found.best,
            "difference": difference_document(found.difference),
            "verdict": found.verdict,
        },
    }
    if "decoys_at_least" in arrays:
        q_values = benjamini_hochberg((1 + arrays["decoys_at_least"]) / (1 + N_DECOYS))
        picked = discovered(q_values, LEVEL)
        parts["evidence"] = {
            "n_decoys": N_DECOYS,
            "n_prompts": len(PROMPTS),
            "decoys_sha256": _hash("decoys"),
            "level": LEVEL,
            "method": "benjamini-hochberg",
            "members": {"n": MEMBERS, "discovered": int(picked[is_member].sum())},
            "non_members": {"n": OTHERS, "discovered": int(picked[~is_member].sum())},
        }
    return parts


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _utility_of(record: Record) -> dict[str, Any]:
    """A record of utility of the same model, on one task with seven choices and one with ten captions."""
    asked = (("shape", "zero-shot", 7, 2), ("captions", "retrieval", 10, None))
    counted = (("shape", "top-1", 31), ("shape", "top-5", 39), ("captions", "rank@1", 11), ("captions", "rank@5", 12))
    choices = {name: n for name, _, n, _ in asked}
    return {
        "schema_version": 1,
        "protocol": {"id": "utility/1", "tie_rule": "ties are wrong"},
        **{key: record.document[key] for key in ("model", "suite", "environment")},
        "data": {
            "id": "a-world",
            "manifest_sha256": _hash("world"),
            "unreadable_dropped": 0,
            "tasks": [
                {
                    "name": name,
                    "kind": kind,
                    "sha256": _hash(name),
                    "n_photos": 40,
                    "n_choices": n,
                    "n_templates": words,
                }
                for name, kind, n, words in asked
            ],
        },
        "scores": [
            {
                "task": task,
                "metric": metric,
                "right": right,
                "estimate": estimate_document(proportion(right, 40)),
                "chance": rounded(int(metric[-1]) / choices[task]),
                "majority": 0.2 if task == "shape" else None,
            }
            for task, metric, right in counted
        ],
    }


@pytest.fixture(scope="session")
def whole(make_record: MakeRecord, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with records of two models, three of either; copy it before changing anything."""
    results = tmp_path_factory.mktemp("whole") / "results"
    for attack in ("idia", "calibrated"):
        for model in ("a-model", "b-model"):
            record = make_record(attack, model)
            write_record(results, record)
            write_utility(results, _utility_of(record))
    return results


@pytest.fixture(scope="session")
def outcome() -> Callable[[Record], Verification | RecordError]:
    return _outcome


def _outcome(record: Record) -> Verification | RecordError:
    """What comes of a record written as carefully as an honest one: its hashes fit, its arrays lie beside it."""
    with TemporaryDirectory() as folder:
        try:
            write_record(Path(folder), record)
        except RecordError as error:
            return error
        return verify(Path(folder))


@pytest.fixture(scope="session")
def is_caught() -> Callable[[Record], bool]:
    def is_caught(record: Record) -> bool:
        found = _outcome(record)
        return isinstance(found, RecordError) or bool(found.all_mismatches)

    return is_caught


@pytest.fixture(scope="session")
def changed_at_one_place() -> Callable[[Any, Callable[[list[Any]], Any]], str]:
    """Changes one value of a document, in place, and returns its key."""

    def changed_at_one_place(value: Any, chosen: Callable[[list[Any]], Any]) -> str:
        holder, key = chosen(list(_leaves(value)))
        holder[key] = _changed(holder[key])
        return str(key)

    return changed_at_one_place


def _leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, dict | list):
            yield from _leaves(inner)
        elif key != "reason":
            yield value, key


def _changed(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return 0.5 if value is None else not value
    return f"{value}x" if isinstance(value, str) else value + 1 if isinstance(value, int) else value / 2 + 1e-6
