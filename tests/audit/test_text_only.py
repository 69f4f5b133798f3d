"""Attacks by names alone on the toy, which knows whom it was given: records, controls, what the model gets to see."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from idia.attacks.anomaly import AnomalyDetectors
from idia.attacks.text_only import TextOnlyAttack
from idia.audit import Auditor
from idia.audit.text_only import TextOnlyAudit, TextOnlyAuditor
from idia.errors import DatasetError, ModelError, SettingError
from idia.models import ModelInfo
from idia.photos import open_photo
from idia.plan import Plan, Target, make_plan
from idia.records import write_record
from idia.records.documents import check_document
from idia.settings import TOY_MODEL, resolve
from idia.testing import ToyClip, toy_clip
from idia.timing import CpuClock
from idia.verification import verify

GIVEN = {"model": [TOY_MODEL], "names": ["150"], "photos": ["all"], "draws": ["1"], "decoys": ["0"]}
GIVEN |= {"results": ["results"], "cache_dir": ["cache"], "text_reference": ["25"]}
KINDS = ["gibberish", "fictitious", "rare-real", "namesake"]

Spied = tuple[TextOnlyAudit, "Spy"]


class Spy(ToyClip):
    """The default toy, remembering what it was shown, in 8 bits, and how many steps were taken."""

    def __init__(self) -> None:
        super().__init__()
        self._memory = toy_clip()._memory
        self.seen: set[bytes] = set()
        self.n_steps = 0

    def encode_images(self, images: Iterable[Image.Image]) -> Tensor:
        kept = list(images)
        self.pixels_of(kept)
        return super().encode_images(kept)

    def pixels_of(self, images: Iterable[Image.Image]) -> Tensor:
        pixels = super().pixels_of(images)
        self._note(pixels)
        return pixels

    def encode_pixels(self, pixels: Tensor) -> Tensor:
        self._note(pixels.detach())
        self.n_steps += torch.is_grad_enabled()
        return super().encode_pixels(pixels)

    def _note(self, pixels: Tensor) -> None:
        self.seen.update(map(bytes, (pixels * 255).round().clamp(0, 255).byte().flatten(1).numpy()))


@pytest.fixture(scope="module", autouse=True)
def _detectors_of_the_same_texts_once() -> Iterator[None]:
    fitted: dict[bytes, AnomalyDetectors] = {}
    fit = TextOnlyAttack.detectors

    def detectors(attack: TextOnlyAttack, reference: np.ndarray) -> AnomalyDetectors:
        key = reference.tobytes()
        if key not in fitted:
            fitted[key] = fit(attack, reference)
        return fitted[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TextOnlyAttack, "detectors", detectors)
        patch.setattr("idia.attacks.release._EPOCHS", 5)
        yield


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Plan]:
    folder = tmp_path_factory.mktemp("audit")

    def planned(**given: list[str]) -> Plan:
        return make_plan(resolve(GIVEN | given, {}, {}, working_folder=folder, project_folder=folder))

    return planned


@pytest.fixture(scope="module")
def plan(planned: Callable[..., Plan]) -> Plan:
    return planned(text_only=["cheap"], text_photos=["1"])


@pytest.fixture(scope="module")
def target(plan: Plan) -> Target:
    return plan.targets[0]


def audited(plan: Plan, model: object = None) -> TextOnlyAudit:
    """What is found in another model than the toy, which goes by its name, in the last of the plan's modes."""
    mode = plan.text_only(plan.targets[0])[-1]
    with pytest.MonkeyPatch.context() as patch:
        if model is not None:
            patch.setattr("idia.audit.auditor.load_model", lambda *_, **__: model)
        return TextOnlyAuditor(plan, Auditor(plan)).audit(plan.targets[0], mode)


@pytest.fixture(scope="module")
def spied(plan: Plan) -> Spied:
    model = Spy()
    return audited(plan, model), model


@pytest.fixture(scope="module")
def documents(spied: Spied) -> Mapping[str, dict[str, Any]]:
    return {record.document["attack"]: dict(record.document) for record in spied[0].records}


def test_there_is_a_record_for_every_reference_without_and_with_photos(
    spied: Spied, documents: Mapping[str, dict[str, Any]]
) -> None:
    expected = ["tuni-gibberish", "tuni-gibberish-photos", "tuni-names", "tuni-names-photos"]
    assert list(documents) == expected == list(spied[0].results)
    for attack, document in documents.items():
        has_photos = attack.endswith("photos")
        check_document({**document, "votes": {"path": "a.npz", "sha256": "0" * 64}})
        size = "all" if has_photos else 0
        assert {cell["n_photos"] for cell in document["cells"]} == {size}
        assert document["protocol"]["sizes"] == [size]
        assert document["protocol"]["tau"] is None
        assert document["trend"] is None
        photos = document["protocol"]["text_only"]["photos"]
        assert (photos or "").startswith("eigenfaces") == has_photos
        assert len(document["text_only"]["detectors"]) == 4 + has_photos
        assert document["text_only"]["reference"]["n"] == 25


def test_members_are_found_and_no_kind_of_text_that_nobody_was_trained_on(
    documents: Mapping[str, dict[str, Any]],
) -> None:
    for document in documents.values():
        found = document["text_only"]
        assert [each["kind"] for each in found["by_kind"]] == KINDS
        assert [each["n"] for each in found["by_kind"]] == [100] * 4
        assert max(each["fpr"]["value"] for each in found["by_kind"]) < 0.35
        assert found["vote"]["recall"]["value"] > 0.95
        assert document["cells"][0]["auc"]["value"] > 0.95
        assert found["features"]["similarity"]["auc"]["value"] > 0.95
        assert document["cost"]["access"] == "gradient"
        assert document["cost"]["gradient_steps"] == (96 + 25) * 16 * 2


def test_controls_say_that_it_means_something(documents: Mapping[str, dict[str, Any]]) -> None:
    for attack, document in documents.items():
        controls = document["controls"]
        assert document["status"] == "ok"
        assert controls["planted-positive"]["passed"] is True
        assert "--idia-control random:ARCH" in controls["random-weights"]["reason"]
        assert controls["clean-model"]["reason"] == "no model is known that was trained without these people"
        if attack.endswith("photos"):
            # The name says most of it: with one's own name and the photos of others, members would stay members.
            assert controls["permuted-map"]["passed"] is True
            assert 0.3 < controls["permuted-map"]["auc"]["value"] < 0.7
        else:
            assert controls["permuted-map"]["reason"] == "it looks at no photo"


def test_the_model_never_sees_a_photo_of_the_people(spied: Spied, plan: Plan) -> None:
    photos = [photo for person in plan.experiments[0].people for photo in person.photos]
    pixels = (ToyClip().pixels_of(map(open_photo, photos)) * 255).round().byte()

    assert not spied[1].seen & set(map(bytes, pixels.flatten(1).numpy()))
    assert len(spied[1].seen) > 8


def test_records_name_nobody_and_are_recomputed_without_a_difference(
    spied: Spied, documents: Mapping[str, dict[str, Any]], plan: Plan, tmp_path: Path
) -> None:
    words = {word for person in plan.experiments[0].people for word in [person.name, person.name.casefold()]}
    said = json.dumps(list(documents.values()), ensure_ascii=False)
    assert not [word for word in words if word in said]
    for record in spied[0].records:
        write_record(tmp_path, record)
    checked = verify(tmp_path)

    assert checked.all_mismatches == ()
    assert checked.n_recomputed == 4


def test_a_second_run_takes_no_step_and_says_the_same(
    spied: Spied,
    documents: Mapping[str, dict[str, Any]],
    plan: Plan,
    target: Target,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, clock = Spy(), CpuClock()
    monkeypatch.setattr("idia.audit.auditor.load_model", lambda *_, **__: model)
    auditor = TextOnlyAuditor(plan, Auditor(plan), clock)
    again = auditor.audit(target, "cheap")

    for record in again.records:
        assert record.document == documents[record.document["attack"]]  # seconds of the processor among it
    assert model.n_steps == 0 < spied[1].n_steps
    assert auditor.audit(target, "cheap") is again
    assert {"optimising images", "judging texts", "voting and evaluating"} <= clock.seconds.keys()


def test_nobody_stands_out_in_an_empty_model(planned: Callable[..., Plan]) -> None:
    for record in audited(planned(text_only=["cheap"]), ToyClip()).records:
        assert 0.3 < record.document["cells"][0]["auc"]["value"] < 0.7
        assert record.document["blind"]["verdict"] != "leaks"
        assert record.document["controls"]["planted-positive"]["passed"] is True


def test_the_releases_way_judges_a_fifth_and_no_photos(planned: Callable[..., Plan]) -> None:
    document = audited(planned(text_only=["cheap", "release:3x2"], text_photos=["1"]), toy_clip()).records[0].document

    assert document["attack"] == "tuni-release"
    assert document["people"]["n_people"] == 20  # of 96, rounded up
    assert document["text_only"]["reference"] | {"sha256": ""} == {"kind": "attacked names", "n": 76, "sha256": ""}
    assert document["text_only"]["by_kind"] == []
    assert {"one-start", "transductive-autoencoder"} <= set(document["text_only"]["defects"])
    assert document["protocol"]["text_only"]["photos"] is None
    assert document["cost"]["gradient_steps"] == 96 * 3 * 2
    check_document({**document, "votes": {"path": "a.npz", "sha256": "0" * 64}})


class BlackBox:
    """A model that gives embeddings alone."""

    info = ToyClip().info
    encode_images, encode_texts = toy_clip().encode_images, toy_clip().encode_texts


def test_of_a_black_box_the_missing_access_is_named_and_photos_are_attacked(
    planned: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(text_only=["cheap"])
    monkeypatch.setattr("idia.audit.auditor.load_model", lambda *_, **__: BlackBox())
    auditor = Auditor(plan)
    with pytest.raises(ModelError, match="no gradients with respect to the image"):
        TextOnlyAuditor(plan, auditor).audit(plan.targets[0], "cheap")
    assert auditor.audit(plan.targets[0]).result.cell("all").tpr.value > 0.5


def with_people(plan: Plan, change: Callable[[Any], Any]) -> Plan:
    (experiment,) = plan.experiments
    people = replace(experiment.people, people=change(experiment.people.people))
    occurrences = experiment.occurrences[: len(people)]
    return replace(plan, experiments=(replace(experiment, people=people, occurrences=occurrences),))


def test_a_name_that_cannot_be_asked_about_is_found_before_anything_is_optimised(plan: Plan) -> None:
    model, name = Spy(), "?!?"
    with pytest.raises(DatasetError, match="name 1 of 96 cannot be attacked from text alone") as caught:
        audited(with_people(plan, lambda people: (replace(people[0], name=name), *people[1:])), model)
    assert name not in str(caught.value)
    assert model.n_steps == 0


def test_too_few_references_are_found_before_anything_is_optimised(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Spy()
    monkeypatch.setattr("idia.text_populations.streamed_names", lambda *_, **__: iter(["Ada Example"]))
    with pytest.raises(SettingError, match="expected at least 20 names"):
        audited(plan, model)
    assert model.n_steps == 0


def test_too_few_people_for_the_release_are_found_before_anything_is_optimised(planned: Callable[..., Plan]) -> None:
    model = Spy()
    with pytest.raises(DatasetError, match="expected at least 30 names, got 29"):
        audited(with_people(planned(text_only=["release:3x2"]), lambda people: people[:29]), model)
    assert model.n_steps == 0


def test_a_control_that_cannot_be_judged_is_no_end_of_the_audit(
    planned: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dull(ToyClip):
        """Gives all texts the same embedding."""

        @property
        def info(self) -> ModelInfo:
            return replace(ToyClip().info, weights_sha256="d" * 64, is_random=True)

        def encode_texts(self, texts: Any) -> Tensor:
            return torch.nn.functional.one_hot(torch.zeros(len(texts), dtype=torch.int64), 64).float()

    plan = planned(text_only=["cheap"])
    monkeypatch.setattr("idia.audit.auditor.load_model", lambda spec, **_: toy_clip() if spec == TOY_MODEL else Dull())
    monkeypatch.setattr(
        "idia.audit.text_measurement.counterpart",
        lambda _, target, kind: Target("random:a", kind, TOY_MODEL) if kind == "random-weights" else "none",
    )
    for record in audited(plan).records:
        assert "it cannot be scored" in record.document["controls"]["random-weights"]["reason"]
