"""Names among photos of strangers, measured on the toy: one record, with its controls and what it took."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from torch import Tensor

from idia.audit import Auditor
from idia.audit.text_only import TextOnlyAudit, TextOnlyAuditor
from idia.photos import open_photo
from idia.plan import Plan, make_plan
from idia.records import write_record
from idia.settings import TOY_MODEL, resolve
from idia.testing import ToyClip, toy_clip
from idia.verification import verify

N_STRANGERS = 120
GIVEN = {"model": [TOY_MODEL], "names": ["150"], "photos": ["all"], "draws": ["1"], "decoys": ["0"]}
GIVEN |= {"cache_dir": ["cache"], "text_reference": ["25"], "text_only": ["strangers"]}


class BlackBox:
    """A model that gives embeddings alone, and remembers the photos that it was shown."""

    def __init__(self, model: ToyClip, weights: str = "a" * 64) -> None:
        self._model, self.seen = model, set[bytes]()
        self.info = replace(model.info, weights_sha256=weights)

    def encode_images(self, images: Iterable[Image.Image]) -> Tensor:
        kept = list(images)
        self.seen.update(image.tobytes() for image in kept)
        return self._model.encode_images(kept)

    def encode_texts(self, texts: list[str]) -> Tensor:
        return self._model.encode_texts(texts)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("strangers")
    return make_plan(resolve(GIVEN, {}, {}, working_folder=folder, project_folder=folder))


@pytest.fixture(scope="module")
def audited(plan: Plan) -> Callable[[BlackBox], TextOnlyAudit]:
    def audited(model: BlackBox) -> TextOnlyAudit:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("idia.audit.auditor.load_model", lambda *_, **__: model)
            patch.setattr("idia.audit.strangers.N_STRANGERS", N_STRANGERS)
            return TextOnlyAuditor(plan, Auditor(plan)).audit(plan.targets[0], "strangers")

    return audited


@pytest.fixture(scope="module")
def model() -> BlackBox:
    return BlackBox(toy_clip())


@pytest.fixture(scope="module")
def audit(audited: Callable[[BlackBox], TextOnlyAudit], model: BlackBox) -> TextOnlyAudit:
    return audited(model)


@pytest.fixture(scope="module")
def document(audit: TextOnlyAudit) -> dict[str, Any]:
    (record,) = audit.records
    return dict(record.document)


def test_embeddings_are_enough_and_members_are_found(document: dict[str, Any]) -> None:
    assert (document["attack"], document["status"]) == ("strangers", "ok")
    assert document["cells"][0]["auc"]["value"] > 0.9
    assert document["blind"]["verdict"] == "leaks"
    assert document["protocol"]["text_only"]["mode"] == "strangers"
    assert document["text_only"]["reference"]["kind"] == "names"
    kinds = document["text_only"]["by_kind"]
    assert [each["kind"] for each in kinds] == ["gibberish", "fictitious", "rare-real", "namesake"]
    assert max(each["fpr"]["low"] for each in kinds) < 0.2


def test_what_it_took_is_counted(document: dict[str, Any]) -> None:
    queries = N_STRANGERS + 21 * (96 + 25)

    assert document["cost"] == {"queries": queries, "gradient_steps": 0, "access": "score"}


def test_it_is_shown_strangers_alone(plan: Plan, audit: TextOnlyAudit, model: BlackBox) -> None:
    (experiment,) = plan.experiments
    own = {open_photo(photo).tobytes() for person in experiment.people for photo in person.photos}

    assert len(model.seen) == N_STRANGERS
    assert model.seen.isdisjoint(own)


def test_where_nobody_was_trained_on_nobody_is_found(audited: Callable[[BlackBox], TextOnlyAudit]) -> None:
    (record,) = audited(BlackBox(ToyClip(), "b" * 64)).records

    assert 0.3 < record.document["cells"][0]["auc"]["value"] < 0.7
    assert record.document["blind"]["verdict"] != "leaks"
    assert record.document["controls"]["planted-positive"]["passed"] is True
    assert record.document["controls"]["permuted-map"]["reason"] == "it looks at no photo"


def test_the_record_names_nobody_and_is_recomputed(
    plan: Plan, audit: TextOnlyAudit, document: dict[str, Any], tmp_path: Path
) -> None:
    (experiment,) = plan.experiments
    for record in audit.records:
        write_record(tmp_path, record)

    assert not [person.name for person in experiment.people if person.name in str(document)]
    assert verify(tmp_path).all_mismatches == ()
