import json
from dataclasses import replace

import numpy as np
import pytest
from torch import Tensor

from idia.attacks.anonymity import keyed_by_content
from idia.attacks.voting import Votes, count_votes
from idia.audit import Audit, Auditor
from idia.audit.looks import Look
from idia.errors import DatasetError, ModelError, SettingError
from idia.evaluation import evaluate
from idia.kernels import Standing, compared
from idia.plan import Plan, Target, make_plan
from idia.records.documents import check_document
from idia.settings import TOY_MODEL, resolve
from idia.testing import ToyClip
from idia.timing import CpuClock


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("audit")
    given = {"names": ["150"], "photos": ["3,all"], "draws": ["4"], "control": ["permuted"], "results": ["results"]}
    return make_plan(resolve(given | {"cache_dir": ["cache"]}, {}, {}, working_folder=folder, project_folder=folder))


@pytest.fixture(scope="module")
def auditor(plan: Plan) -> Auditor:
    return Auditor(plan)


@pytest.fixture(scope="module")
def audit(auditor: Auditor, plan: Plan) -> Audit:
    return auditor.audit(plan.targets[0])


def test_a_model_is_measured_once(auditor: Auditor, audit: Audit, plan: Plan) -> None:
    assert auditor.audit(plan.targets[0]) is audit


def test_a_stranger_can_recompute_every_cell_from_the_published_votes(audit: Audit) -> None:
    votes, document = audit.record.votes, audit.record.document
    sizes = tuple(size if size == "all" else int(size) for size in votes["sizes"].tolist())
    again = evaluate(
        Votes(votes["scores"], sizes, document["protocol"]["n_prompts"]),
        votes["occurrences"],
        tau=document["protocol"]["tau"],
        seed=document["protocol"]["seed"],
    )

    assert again == audit.result


def test_a_stranger_can_repeat_every_draw_from_the_published_predictions(audit: Audit) -> None:
    votes, protocol = audit.record.votes, audit.record.document["protocol"]
    tables = np.split(votes["codes"], votes["photo_offsets"][1:-1])

    again = count_votes(
        keyed_by_content(tables), sizes=protocol["sizes"], draws=protocol["draws"], seed=protocol["seed"]
    )

    assert again.scores.tolist() == votes["scores"].tolist()


def test_published_votes_do_not_depend_on_whose_they_are(plan: Plan, audit: Audit) -> None:
    """Draws keyed by names would undo pseudonyms: whoever has the photos could repeat everybody's draws."""
    (experiment,) = plan.experiments
    people = tuple(replace(person, photos=person.photos[::-1]) for person in experiment.people.people[::-1])
    shuffled = replace(
        experiment,
        people=replace(experiment.people, people=people),
        occurrences=experiment.occurrences[::-1],
    )
    other = Auditor(replace(plan, experiments=(shuffled,))).audit(plan.targets[0])

    for record, again in zip(audit.records, other.records, strict=True):
        for name in record.votes.keys() - {"blind_image"}:  # which looks at some photos, spread evenly
            assert again.votes[name].tolist() == record.votes[name].tolist(), name
    assert other.record.document["cells"] == audit.record.document["cells"]


def test_a_permuted_control_says_so_and_keeps_the_protocol(auditor: Auditor, audit: Audit, plan: Plan) -> None:
    control = auditor.audit(Target(TOY_MODEL, "permuted-map", of=TOY_MODEL))

    assert control.record.document["control"] == {"kind": "permuted-map", "of": TOY_MODEL}
    assert control.record.document["model"]["name"] == "ToyClip (permuted names)"
    assert control.record.document["protocol"] == audit.record.document["protocol"]
    assert control.result.cell("all").tpr.value <= 0.1


def test_another_protocol_or_ground_truth_has_another_hash(plan: Plan, audit: Audit) -> None:
    def protocol_of(changed: Plan) -> str:
        document = Auditor(changed).audit(plan.targets[0]).record.document
        return str(document["protocol"]["sha256"])

    known = audit.record.document["protocol"]["sha256"]
    (experiment,) = plan.experiments
    membership = replace(experiment.membership, counts=dict.fromkeys(experiment.membership.counts, 1))

    assert protocol_of(plan) == known
    assert protocol_of(replace(plan, experiments=(replace(experiment, membership=membership),))) != known
    assert protocol_of(replace(plan, settings=replace(plan.settings, tau=2))) != known
    assert protocol_of(replace(plan, settings=replace(plan.settings, seed=2))) != known
    assert protocol_of(replace(plan, settings=replace(plan.settings, max_occurrences=99))) != known


def test_the_record_says_who_compared_photos_with_names(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    def answered(*arguments: Tensor) -> Standing:
        return replace(compared(*arguments), backend="triton")

    monkeypatch.setattr("idia.attacks.scan.compared", answered)
    auditor = Auditor(plan)

    for target in plan.targets:
        document = auditor.audit(target).record.document
        assert document["environment"]["similarity_backend"] == "triton"
        check_document({**document, "votes": {"path": "a.npz", "sha256": "0" * 64}})


def test_the_record_is_plain_json(audit: Audit) -> None:
    assert json.loads(json.dumps(audit.record.document)) == audit.record.document


def test_a_model_that_no_record_can_describe_is_refused_before_it_is_measured(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ToyClip()
    info = replace(model.info, weights_sha256="")
    monkeypatch.setattr(ToyClip, "info", property(lambda _: info))
    monkeypatch.setattr(ToyClip, "encode_images", lambda *_: pytest.fail("it was measured"))
    monkeypatch.setattr("idia.audit.auditor.load_model", lambda *_, **__: model)

    with pytest.raises(ModelError, match="does not say which weights it has"):
        Auditor(plan).audit(plan.targets[0])


def test_a_model_named_after_a_person_under_attack_is_refused(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ToyClip()
    info = replace(model.info, name=plan.experiments[0].people.people[3].name.upper().replace(" ", "_"))
    monkeypatch.setattr(ToyClip, "info", property(lambda _: info))
    monkeypatch.setattr("idia.audit.auditor.load_model", lambda *_, **__: model)

    with pytest.raises(SettingError, match="the model's name holds the name of a person under attack"):
        Auditor(plan).audit(plan.targets[0])


def test_random_weights_from_a_factory_are_refused_unless_they_are_a_control(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ToyClip()
    info = replace(model.info, is_random=True)
    monkeypatch.setattr(ToyClip, "info", property(lambda _: info))
    monkeypatch.setattr("idia.audit.auditor.load_model", lambda *_, **__: model)

    with pytest.raises(ModelError, match="random weights, which only make sense as a control"):
        Auditor(plan).audit(plan.targets[0])
    control = Auditor(plan).audit(Target("random:toy", "random-weights", of=TOY_MODEL)).record.document["control"]
    assert control == {"kind": "random-weights", "of": TOY_MODEL}


def test_the_record_counts_people_and_photos(plan: Plan, audit: Audit) -> None:
    people = audit.record.document["people"]

    assert (people["n_people"], people["members"], people["non_members"]) == (96, 48, 48)
    assert (people["n_photos"], people["photos_per_person"]) == (2880, {"min": 30, "median": 30.0, "max": 30})
    assert audit.record.document["control"] is None


def test_the_stages_of_an_audit_are_timed_and_nothing_of_it_is_published(plan: Plan) -> None:
    clock = CpuClock()
    record = Auditor(plan, clock).audit(plan.targets[0]).record

    assert list(clock.seconds) == [
        "loading models",
        "drawing people",
        "encoding photos",
        "encoding prompts",
        "predicting",
        "ranking names among decoys",
        "controls and blind baselines",
        "voting and evaluating",
        "recording",
    ]
    assert all(seconds >= 0 for seconds in clock.seconds.values())
    assert not [stage for stage in clock.seconds if stage in json.dumps(record.document)]


def test_own_names_are_ranked_among_decoys_unless_none_are_wanted(plan: Plan, audit: Audit) -> None:
    documents = {record.document["attack"]: record.document for record in audit.records}
    evidence = documents["calibrated"]["evidence"]

    assert (evidence["n_decoys"], evidence["n_prompts"]) == (96 * 20 - 1, 5)
    assert evidence["members"]["n"] == evidence["non_members"]["n"] == 48
    assert evidence["members"]["discovered"] > 40 > 5 > evidence["non_members"]["discovered"]
    assert not [attack for attack in ("idia", "nameless") if "evidence" in documents[attack]]
    without = Auditor(replace(plan, settings=replace(plan.settings, decoys=0))).audit(plan.targets[0])
    assert not [record for record in without.records if "evidence" in record.document]
    assert not [record for record in without.records if "decoys_at_least" in record.votes]


def test_every_attack_is_published_with_controls_and_claims_but_a_control_with_neither(
    auditor: Auditor, audit: Audit
) -> None:
    documents = {record.document["attack"]: record.document for record in audit.records}

    assert list(documents) == ["idia", "calibrated", "nameless"] == list(audit.results)
    for attack, document in documents.items():
        controls = document["controls"]
        assert controls["planted-positive"]["passed"] is True
        assert controls["clean-model"]["reason"] == "no model is known that was trained without these people"
        assert (controls["permuted-map"]["reason"] == "it asks for no name") == (attack == "nameless")
        assert document["blind"]["verdict"] == "leaks"
        assert document["status"] == "ok"
    control = auditor.audit(Target(TOY_MODEL, "permuted-map", of=TOY_MODEL))
    assert list(control.results) == ["idia", "calibrated"]
    assert not [record for record in control.records if {"controls", "blind", "evidence"} & record.document.keys()]


def test_a_failed_control_makes_the_record_invalid_and_says_which(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Look, "under_other_names", lambda look, _: look)  # a permutation that forgets to permute
    records = Auditor(replace(plan, settings=replace(plan.settings, decoys=0))).audit(plan.targets[0]).records

    for record in records[:2]:
        assert record.document["status"] == "invalid"
        assert record.document["invalid_because"].startswith("the control permuted-map finds people, which it must not")
        check_document({**record.document, "votes": {"path": "a.npz", "sha256": "0" * 64}})
    assert records[2].document["status"] == "ok"


def test_a_list_without_a_name_to_spare_leaves_no_evidence_unless_decoys_were_asked_for(
    plan: Plan, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idia.audit.line_ups.decoy_candidates", lambda _: iter(()))
    asked = replace(plan, settings=replace(plan.settings, decoys=20))

    again = Auditor(plan).audit(plan.targets[0])

    assert [record.document.keys() - {"evidence"} for record in again.records] == [
        record.document.keys() - {"evidence"} for record in audit.records
    ]
    assert not [record for record in again.records if "evidence" in record.document]
    with pytest.raises(DatasetError, match=r"there is no decoy for 96 people.*--idia-decoys 0"):
        Auditor(asked).audit(plan.targets[0])


def test_why_a_control_cannot_be_scored_names_no_folder_and_nobody(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(spec: str, **_: object) -> ToyClip:
        if spec != TOY_MODEL:
            raise ModelError("/home/somebody/Ada_Example is damaged")
        return ToyClip()

    monkeypatch.setattr("idia.audit.auditor.load_model", load)
    monkeypatch.setattr("idia.audit.auditor.counterpart", lambda _, target, kind: Target("random:a", kind, TOY_MODEL))

    for record in Auditor(plan).audit(plan.targets[0]).records:
        assert record.document["controls"]["clean-model"]["passed"] is None
        assert "it cannot be scored" in record.document["controls"]["clean-model"]["reason"]
        assert "Ada" not in json.dumps(record.document)
        assert "somebody" not in json.dumps(record.document)


def test_of_one_photo_nothing_can_agree_so_nobody_asks(plan: Plan) -> None:
    (experiment,) = plan.experiments
    people = tuple(replace(person, photos=person.photos[:1]) for person in experiment.people)
    alone = replace(experiment, people=replace(experiment.people, people=people), sizes=("all",))
    settings = replace(plan.settings, decoys=0)

    audit = Auditor(replace(plan, experiments=(alone,), settings=settings)).audit(plan.targets[0])

    assert list(audit.results) == ["idia", "calibrated"]


def test_there_are_no_more_decoys_than_asked_for_nor_than_anybody_needs(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idia.audit.line_ups.MOST_DECOYS", 300)
    for asked, expected in ((None, 300), (400, 400)):
        limited = replace(plan, settings=replace(plan.settings, decoys=asked))
        calibrated = Auditor(limited).audit(plan.targets[0]).records[1]
        assert calibrated.document["evidence"]["n_decoys"] == expected
