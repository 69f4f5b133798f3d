"""Realistic records, made by the real evaluation of made-up scores."""

import copy
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from idia.attacks.voting import Votes
from idia.evaluation import OccurrenceBin, evaluate, evaluate_scores
from idia.records import Record, cell_document, result_document, trend_document
from idia.records.cells import difference_document, estimate_document
from idia.statistics import auc, auc_difference, proportion

EXAMPLE = Path(__file__).parents[1] / "records" / "example.json"
MakeRecord = Callable[..., Record]
MakeScored = Callable[..., Record]
MakeUtility = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def make_record() -> MakeRecord:
    return _make_record


def _make_record(
    *,
    found: Sequence[float] = (0.6,) * 8,
    accused: Sequence[float] = (0.02,) * 8,
    occurrences: Sequence[int] = (75,),
    sizes: Sequence[int | str] = (1, 3, 5, "all"),
    n_prompts: int = 5,
    draws: int = 4,
    model: str = "ViT-B-32-quickgelu,laion400m_e32",
    people: str = "made-up-people",
    membership: dict[str, str] | None = None,
    with_bins: bool = True,
    seed: int = 0,
    **parts: Any,
) -> Record:
    """A record of `len(found)` members and `len(accused)` non-members.

    Args:
        found: For each member, how likely a prompt is won with all photos.
        accused: The same for non-members.
        occurrences: Training occurrences, dealt to the members in turn.
        sizes: Photos per person.
        n_prompts: How many prompts there are.
        draws: How many draws.
        model: The model's name and spec.
        people: The id of the people set.
        membership: Values to put into the people part, on membership.
        with_bins: Whether to report every occurrence count.
        seed: Keys the made-up scores.
        parts: Values to put into the document's parts, such as `status="error"` or `protocol={"tau": 2}`.
    """
    rng = np.random.default_rng(seed)
    chance = np.array([*found, *accused])
    patience = 1 - 0.6 * np.exp(-np.arange(len(sizes)) / 2)
    scores = rng.binomial(n_prompts, (chance[:, None] * patience)[:, :, None], (len(chance), len(sizes), draws))
    if sizes[-1] == "all":
        scores[:, -1] = scores[:, -1, :1]  # every draw takes the same photos
    counts = np.array([occurrences[at % len(occurrences)] for at in range(len(found))] + [0] * len(accused))
    bins = [OccurrenceBin(int(count), int(count)) for count in np.unique(occurrences)] if with_bins else []
    result = evaluate(Votes(scores.astype(np.uint16), tuple(sizes), n_prompts), counts, bins=bins)  # type: ignore[arg-type]

    document = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    document["protocol"] |= {
        "prompts": [f"{{}} {at}" for at in range(n_prompts)],
        "n_prompts": n_prompts,
        "sizes": list(sizes),
        "bins": [str(each) for each in bins],
        "draws": draws,
    }
    document["protocol"]["sha256"] = _hash(document["protocol"])
    document["model"] |= {"name": model, "spec": model, "weights_sha256": _hash([model, seed])}
    document["people"] |= {
        "id": people,
        "manifest_sha256": _hash([people, len(chance)]),
        "n_people": len(chance),
        "members": len(found),
        "non_members": len(accused),
        "n_photos": 3 * len(chance),
        "photos_per_person": {"min": 3, "median": 3, "max": 3},
        **(membership or {}),
    }
    document["cells"] = [cell_document(each) for each in result.cells]
    document["threshold_sweep"] = [cell_document(each) for each in result.threshold_sweep]
    document["trend"] = trend_document(result)
    for key, value in copy.deepcopy(parts).items():
        before = document.get(key)
        document[key] = {**before, **value} if isinstance(before, dict) and value is not None else value
    votes = {
        "pseudonyms": np.array([f"p{at:03}" for at in range(len(chance))]),
        "occurrences": counts,
        "n_photos": np.full(len(chance), 3),
        "photo_offsets": 3 * np.arange(len(chance) + 1),
        "codes": rng.integers(0, 4, (3 * len(chance), n_prompts), dtype=np.uint16),
        "sizes": np.array([str(size) for size in sizes]),
        "scores": scores.astype(np.uint16),
    }
    return Record(document, votes)


@pytest.fixture(scope="session")
def make_scored() -> MakeScored:
    return _make_scored


def _make_scored(
    record: Record,
    *,
    attack: str = "calibrated",
    shift: float = 2.0,
    blind_shift: float = 0.2,
    failed: str | None = None,
    groups: Sequence[str] | None = None,
    with_order: bool = True,
    seed: int = 0,
    **parts: Any,
) -> Record:
    """The record of an attack with a continuous score, on the model and people of another record.

    Args:
        record: What `make_record` made.
        attack: Its name.
        shift: By how many deviations members score higher than non-members, with all photos.
        blind_shift: The same of a blind guess from names.
        failed: A control that failed, which makes the record invalid.
        groups: The group of each person, for the membership table's groups.
        with_order: Whether the record says in which order people are listed.
        seed: Keys the made-up scores.
        parts: Values to put into the document's parts.
    """
    rng = np.random.default_rng(seed)
    counts = np.asarray(record.votes["occurrences"])
    sizes = [size if size == "all" else int(size) for size in record.votes["sizes"].tolist()]
    is_member, noise = counts > 0, rng.normal(size=(len(counts), len(sizes)))
    scores = np.round(noise + shift * is_member[:, None] * np.linspace(0.4, 1, len(sizes)), 6)
    bins = [OccurrenceBin.parsed(each) for each in record.document["protocol"]["bins"]]
    result = evaluate_scores(scores, sizes, counts, bins=bins, groups=groups)
    blind = np.round(rng.normal(size=len(counts)) + blind_shift * is_member, 6)

    document = copy.deepcopy(dict(record.document)) | {"attack": attack, "near_tie_rate": None, "threshold_sweep": []}
    document["protocol"] |= {"id": f"{attack}/1", "tau": None, "tie_rule": None, "draws": 1}
    document["protocol"]["sha256"] = _hash(document["protocol"])
    document |= result_document(result)
    document["people"] |= {"order_sha256": _hash("order")} if with_order else {}
    difference = auc_difference(scores[:, -1], blind, is_member, seed=0)
    areas = {"name": estimate_document(auc(blind[is_member], blind[~is_member], seed=0)), "metadata": None}
    document["blind"] = {
        "baselines": {
            name: {"auc": area, "reason": None if area else "people came without any"} for name, area in areas.items()
        },
        "best": "name",
        "difference": difference_document(difference),
        "verdict": "leaks" if difference.low > 0 else "not distinguishable from a blind guess",
    }
    chance = estimate_document(auc(rng.normal(size=40), rng.normal(size=40), seed=0))
    document["controls"] = {
        kind: {"auc": chance, "passed": kind != failed, "reason": None} for kind in ("permuted-map", "random-weights")
    } | {"clean-model": {"auc": None, "passed": None, "reason": "there is none"}}
    if failed:
        document |= {"status": "invalid", "invalid_because": f"the control {failed} finds people, which it must not"}
    if attack == "calibrated":
        n, n_others = int(is_member.sum()), int((~is_member).sum())
        document["evidence"] = {
            "n_decoys": 4096,
            "n_prompts": 3,
            "decoys_sha256": _hash("decoys"),
            "level": 0.05,
            "method": "benjamini-hochberg",
            "members": {"n": n, "discovered": round(0.8 * n)},
            "non_members": {"n": n_others, "discovered": 0},
        }
    for key, value in copy.deepcopy(parts).items():
        before = document.get(key)
        document[key] = {**before, **value} if isinstance(before, dict) and value is not None else value
    votes = {
        **{key: record.votes[key] for key in ("pseudonyms", "occurrences", "n_photos", "sizes")},
        "scores": scores[:, :, None],
        "blind_name": blind,
    }
    return Record(document, votes)


def _hash(content: Any) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@pytest.fixture(scope="session")
def assert_nobody_named() -> Callable[[Path, Iterable[str]], None]:
    return _assert_nobody_named


def _assert_nobody_named(folder: Path, names: Iterable[str]) -> None:
    """Fails if a name, in any of its usual spellings, is in the path or the content of any file below a folder.

    Arrays in `.npz` files are unpacked; text drawn in SVG files is in their comments; PNG files hold text chunks.
    """
    spellings = {
        joined.casefold().encode(encoding)
        for name in names
        for joined in (name, *(mark.join(name.split()) for mark in ("_", "-", ".", "")))
        for encoding in ("utf-8", "utf-32-le")  # numpy stores text as UTF-32
    }
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    assert files, f"there is nothing to look at in {folder}"
    for path in files:
        contents = [str(path.relative_to(folder)).encode(), path.read_bytes()]
        if path.suffix == ".npz":
            with zipfile.ZipFile(io.BytesIO(contents[1])) as archive:
                contents += [archive.read(name) for name in archive.namelist()]
        for content in contents:
            found = [spelling for spelling in spellings if spelling in content.lower()]
            assert not found, f"a person is named in {path}"


@pytest.fixture(scope="session")
def make_utility() -> MakeUtility:
    return _make_utility


def _make_utility(
    model: Mapping[str, Any], answers: Mapping[tuple[str, str], float], *, data: str = "a-world", n: int = 200
) -> dict[str, Any]:
    """A record of utility.

    Args:
        model: The `model` part of a record.
        answers: The fraction of photos answered rightly, by task and metric; `rank` metrics have 100 captions to choose
            from, others 10 classes.
        data: The id of the tasks.
        n: Photos of each task.
    """
    document = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    kinds = {task: "retrieval" if "rank" in metric else "zero-shot" for task, metric in answers}
    tasks = [
        {
            "name": task,
            "kind": kind,
            "sha256": _hash([task, data]),
            "n_photos": n,
            "n_choices": 10 if kind == "zero-shot" else 100,
            "n_templates": 7 if kind == "zero-shot" else None,
        }
        for task, kind in kinds.items()
    ]
    scores = []
    for (task, metric), value in answers.items():
        depth, zero_shot = int(metric[-1]), "top" in metric
        scores.append(
            {
                "task": task,
                "metric": metric,
                "right": round(value * n),
                "estimate": estimate_document(proportion(round(value * n), n)),
                "chance": depth / (10 if zero_shot else 100),
                "majority": 0.13 * depth if zero_shot else None,
            }
        )
    return {
        "schema_version": 1,
        "suite": document["suite"],
        "protocol": {"id": "utility/1", "tie_rule": "ties are wrong"},
        "model": dict(model),
        "data": {"id": data, "manifest_sha256": _hash([data, n]), "unreadable_dropped": 0, "tasks": tasks},
        "scores": scores,
        "environment": document["environment"],
    }
