"""Records of attacks by name alone, made from those of attacks with photos."""

import copy
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from idia.records import Record, StoredRecord, record_path
from idia.records.cells import estimate_document
from idia.records.documents import check_document
from idia.records.votes import SCORE_ARRAYS, encoded_votes
from idia.statistics import auc, proportion

MakeRecord = Callable[..., Record]
Stored = Callable[..., tuple[StoredRecord, ...]]

KINDS = {"gibberish": 0.05, "fictitious": 0.4, "rare-real": 0.3, "namesake": 0.35}
DEFECTS = ("one-start", "fitted-on-tested-names")


@pytest.fixture(scope="session")
def make_text_only(make_scored: MakeRecord) -> MakeRecord:
    def make(
        record: Record,
        *,
        attack: str = "tuni-gibberish",
        mode: str = "cheap",
        kinds: Mapping[str, float] = KINDS,
        per_kind: int = 100,
        recall: float = 0.5,
        fpr: float = 0.3,
        shift: float = 0.8,
        with_arrays: bool = True,
        seed: int = 0,
    ) -> Record:
        """The record of an attack by name alone on the model and people of another record.

        Args:
            record: What `make_record` made.
            attack: Its name, which says what the detectors are fitted on.
            mode: Its mode.
            kinds: How many of each kind of texts the vote calls members.
            per_kind: How many texts there are of each kind.
            recall: How many members the vote calls so.
            fpr: The same of non-members.
            shift: By how many deviations members score higher than non-members.
            with_arrays: Whether the scores are kept beside the record, which they are not of people who exist.
            seed: Keys the made-up scores.
        """
        # What the record is made from has one size, and so does what is made.
        at = [str(size) for size in record.votes["sizes"]].index("all")
        size = "all" if attack.endswith("-photos") else 0
        votes = {**record.votes, "sizes": np.array([str(size)]), "scores": record.votes["scores"][:, at : at + 1]}
        made = make_scored(Record(record.document, votes), attack=attack, shift=shift, seed=seed)
        document = copy.deepcopy(dict(made.document))
        document.pop("evidence", None)
        names = attack.startswith("tuni-names")
        protocol = document["protocol"]
        protocol |= {"prompts": ["{}"], "n_prompts": 1, "n_names": 200, "names_source": "made up", "sizes": [size]}
        protocol["text_only"] = {
            "mode": mode,
            "image": "low-rank" if mode == "cheap" else "pixels",
            "restarts": 8 if mode == "cheap" else 100,
            "steps": 60 if mode == "cheap" else 2000,
            "optimiser": "adam" if mode == "cheap" else "sgd",
            "learning_rate": 0.02,
            "starts": "noise, a new one for every restart",
            "starts_sha256": "0" * 64,
            "photos": "a-local-representation" if attack.endswith("-photos") else None,
        }
        protocol["sha256"] = hashlib.sha256(json.dumps(protocol).encode()).hexdigest()
        members, others = document["people"]["members"], document["people"]["non_members"]
        found, accused = round(recall * members), round(fpr * others)
        is_release = attack == "tuni-release"
        kind = "attacked names" if is_release else "names" if names else "gibberish"
        rng = np.random.default_rng(seed)
        area = estimate_document(auc(rng.normal(shift, size=members), rng.normal(size=others), seed=0))
        document["text_only"] = {
            "reference": {"kind": kind, "n": 200, "sha256": protocol["names_sha256"]},
            "detectors": ["isolation-forest", "local-outlier-factor", "one-class-svm", "autoencoder"],
            "needed": 3,
            "contamination": 0.1,
            "defects": list(DEFECTS) if is_release else [],
            "vote": {
                "members": {"n": members, "called": found},
                "non_members": {"n": others, "called": accused},
                "recall": estimate_document(proportion(found, members)),
                "fpr": estimate_document(proportion(accused, others)),
                "precision": estimate_document(proportion(found, found + accused)),
                "accuracy": estimate_document(proportion(found + others - accused, members + others)),
            },
            "by_kind": []
            if is_release
            else [
                {
                    "kind": name,
                    "n": per_kind,
                    "called": round(rate * per_kind),
                    "fpr": estimate_document(proportion(round(rate * per_kind), per_kind)),
                    "auc": area,
                }
                for name, rate in kinds.items()
            ],
            "features": {"similarity": {"auc": area}, "dispersion": {"auc": area}},
        }
        document["cost"] = {"queries": 388_800, "gradient_steps": 388_000, "access": "gradient"}
        document["environment"] |= {"cpu_seconds": 41.5}
        arrays = {key: made.votes[key] for key in SCORE_ARRAYS} if with_arrays else {}
        return Record(document, arrays)

    return make


@pytest.fixture(scope="session")
def stored() -> Stored:
    def store(folder: Path, records: Sequence[Record]) -> tuple[StoredRecord, ...]:
        """The records as if read from a results folder, with their arrays beside them."""
        found = []
        for record in records:
            document: dict[str, Any] = {**record.document, "votes": None}
            if "text_only" in document:
                check_document(document)
            path = record_path(folder, document)
            path.parent.mkdir(parents=True, exist_ok=True)
            if record.votes:
                beside = path.with_suffix(".npz")
                beside.write_bytes(encoded_votes(record.votes))
                document["votes"] = {"path": beside.name, "sha256": "0" * 64}
            found.append(StoredRecord(path, document))
        return tuple(found)

    return store


@pytest.fixture(scope="module")
def attacked(make_record: MakeRecord, make_scored: MakeRecord, make_text_only: MakeRecord) -> Mapping[str, Record]:
    """All attacks on one model and the same people, by attack and mode."""
    people = {"found": (0.3,) * 40, "accused": (0.01,) * 50, "occurrences": (1, 75), "model": "vit-toy"}
    idia = make_record(**people)
    made = {
        "idia": idia,
        "calibrated": make_scored(idia),
        "nameless": make_scored(idia, attack="nameless", shift=0.4, seed=2),
        "tuni-gibberish": make_text_only(idia),
        "tuni-gibberish-full": make_text_only(idia, mode="full", seed=3),
        "tuni-names": make_text_only(
            idia, attack="tuni-names", kinds={**KINDS, "gibberish": 1.0}, recall=0.15, fpr=0.1
        ),
        "tuni-names-photos": make_text_only(idia, attack="tuni-names-photos", recall=0.2, fpr=0.1),
    }
    few = make_record(**{**people, "found": (0.3,) * 8, "accused": (0.01,) * 10})
    same_people = {**few.document["people"], "manifest_sha256": idia.document["people"]["manifest_sha256"]}
    release = make_text_only(few, attack="tuni-release", mode="release")
    made["tuni-release"] = Record(
        {**release.document, "people": {**release.document["people"], **same_people}}, release.votes
    )
    return made
