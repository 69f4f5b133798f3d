"""Which record is the baseline, and what is said where none is; and two folders compared model by model."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idia.errors import RecordError, SettingError
from idia.gates import Limit, Measured, Recorded, Verdict, baseline_of
from idia.gates.comparing import compared, comparisons, measured_models
from idia.records import Record, write_record, write_utility

Make = Callable[..., Record]
MakeUtility = Callable[..., dict[str, Any]]


def written(folder: Path, *made: Record | dict[str, Any]) -> Recorded:
    folder.mkdir(exist_ok=True)
    for each in made:
        if isinstance(each, Record):
            write_record(folder, each)
        else:
            write_utility(folder, each)
    return Recorded.read(folder)


def test_a_folder_its_records_and_one_file_are_read(tmp_path: Path, make: Make, make_utility: MakeUtility) -> None:
    whole = written(tmp_path / "results", make(), make_utility())
    (stored,), (utility,) = whole.records, whole.utility

    inside = Recorded.read(tmp_path / "results" / "records")
    assert ([each.path for each in inside.records], len(inside.utility)) == ([stored.path], 1)
    assert [each.path for each in Recorded.read(stored.path).records] == [stored.path]
    assert [each.path for each in Recorded.read(utility.path).utility] == [utility.path]
    assert not whole.is_one_file
    assert Recorded.read(stored.path).is_one_file


def test_a_record_alone_is_read_wherever_it_lies_but_not_with_other_votes(tmp_path: Path, make: Make) -> None:
    (stored,) = written(tmp_path / "results", make()).records
    assert stored.votes_path is not None
    alone = tmp_path / "downloaded.json"
    alone.write_bytes(stored.path.read_bytes())

    (model,) = measured_models(Recorded.read(alone))
    assert model.attacks["idia"].scores is None

    (tmp_path / stored.votes_path.name).write_bytes(b"tampered")
    with pytest.raises(RecordError, match="not those it was made from"):
        Recorded.read(alone)
    alone.write_text("{", encoding="utf-8")
    with pytest.raises(RecordError, match="expected JSON"):
        Recorded.read(alone)


def test_a_wrong_path_is_refused_and_an_empty_folder_holds_nothing(tmp_path: Path, make: Make) -> None:
    with pytest.raises(SettingError, match="no such results folder"):
        Recorded.read(tmp_path / "absent")
    found = baseline_of(Recorded.read(tmp_path), Measured.of([make()]))
    assert isinstance(found, str)
    assert "holds no baseline for model-a under idia: it holds no record of an attack." in found
    assert f"--idia-baseline {tmp_path} --idia-update-baseline" in found


def test_the_baseline_may_have_other_weights_and_another_seed(tmp_path: Path, make: Make) -> None:
    recorded = written(tmp_path, make(weights="first", seed=3), make(weights="first", seed=7), make(model="model-b"))

    found = baseline_of(recorded, Measured.of([make(weights="second", seed=7)]))

    assert isinstance(found, Measured)
    assert (found.model, found.attacks["idia"].document["protocol"]["seed"]) == ("model-a", 7)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"model": "model-b"}, "it holds model-a"),
        ({"attack": "calibrated"}, "it holds idia alone"),
        ({"manifest_sha256": "ab" * 32}, "it was attacked there with four-people (05b3abf2, membership bf5cf59e)"),
        ({"membership_sha256": "ab" * 32}, "now with four-people (05b3abf2, membership abababab)"),
        ({"n_names": 500}, "another protocol, which differs in n_names"),
    ],
)
def test_what_cannot_be_compared_is_said(tmp_path: Path, make: Make, now: dict[str, Any], said: str) -> None:
    found = baseline_of(written(tmp_path, make()), Measured.of([make(**now)]))

    assert isinstance(found, str)
    assert said in found


def test_two_baselines_with_different_weights_are_none(tmp_path: Path, make: Make, make_utility: MakeUtility) -> None:
    recorded = written(tmp_path, *(each(weights=weights) for weights in ("1", "2") for each in (make, make_utility)))

    for now in (Measured.of([make(weights="2")]), Measured.of([], [make_utility(weights="2")])):
        found = baseline_of(recorded, now)
        assert isinstance(found, str)
        assert "with 2 different weights" in found


def test_a_control_is_no_baseline(tmp_path: Path, make: Make) -> None:
    recorded = written(tmp_path, make(control="permuted-map"))

    assert isinstance(baseline_of(recorded, Measured.of([make()])), str)
    assert measured_models(recorded) == ()


def test_an_attack_without_a_baseline_says_why(tmp_path: Path, make: Make, make_utility: MakeUtility) -> None:
    recorded = written(tmp_path, make(), make_utility(data="other things"))

    found = baseline_of(recorded, Measured.of([make(), make(attack="calibrated")], [make_utility()]))

    assert isinstance(found, Measured)
    assert sorted(found.attacks) == ["idia"]
    assert "it holds idia alone" in found.absent["calibrated"]
    assert "it was asked other tasks there (other things)" in found.absent["utility"]


def test_what_was_measured_on_one_model_is_not_mixed_with_another(make: Make) -> None:
    for records in ([], [make(), make(seed=1)], [make(), make(model="model-b", attack="calibrated")]):
        with pytest.raises(SettingError, match="expected the records of one model"):
            Measured.of(records)


def test_models_are_compared_with_their_own_baselines(tmp_path: Path, make: Make, make_utility: MakeUtility) -> None:
    before = written(tmp_path / "a", make(10), make(30, model="model-b"), make_utility())
    now = written(tmp_path / "b", make(30, weights="2"), make(30, model="model-b", weights="2"), make_utility())

    judgements = compared([Limit.parsed("tpr:+0.1")], comparisons(before, now))

    assert [(each.model, each.verdict) for each in judgements] == [("model-a", "regressed"), ("model-b", "ok")]


def test_whoever_is_not_run_again_is_not_green(tmp_path: Path, make: Make, make_utility: MakeUtility) -> None:
    before = written(tmp_path / "a", make(), make(attack="calibrated"), make(model="model-b"), make_utility())
    now = written(tmp_path / "b", make(), make_utility(model="model-c"))

    pairs = comparisons(before, now)
    judgements = compared([Limit.parsed("tpr:+0.1"), Limit.parsed("calibrated/auc:+0.9")], pairs)

    verdicts = {(each.model, each.limit.attack, each.verdict) for each in judgements}
    assert ("model-a", "idia", Verdict.OK) in verdicts
    assert ("model-b", "idia", Verdict.NO_EVIDENCE) in verdicts
    assert ("model-a", "calibrated", Verdict.NO_EVIDENCE) in verdicts
    assert not any(
        verdict is Verdict.OK for model, attack, verdict in verdicts if (model, attack) != ("model-a", "idia")
    )
    useful = compared([Limit.parsed("utility:-0.9")], pairs)
    assert {each.model for each in useful} == {"model-a", "model-b", "model-c"}
    assert {each.verdict for each in useful} == {Verdict.NO_EVIDENCE}


def test_every_limit_has_a_judgement_even_of_nothing() -> None:
    (judgement,) = compared([Limit.parsed("tpr:+0.1")], [])

    assert judgement.verdict is Verdict.NO_EVIDENCE
    assert "Neither side holds a record of an attack" in judgement.sentence


def test_the_same_attack_by_two_protocols_is_compared_twice(tmp_path: Path, make: Make) -> None:
    recorded = written(tmp_path, make(20), make(20, n_names=500))

    judgements = compared([Limit.parsed("tpr:+0.1")], comparisons(recorded, recorded))

    assert [each.verdict for each in judgements] == [Verdict.OK, Verdict.OK]


def test_a_damaged_record_is_named(tmp_path: Path, make: Make) -> None:
    (stored,) = written(tmp_path, make()).records
    content = json.loads(stored.path.read_bytes())
    content["cells"][0]["tpr"]["value"] = "much"
    stored.path.write_text(json.dumps(content), encoding="utf-8")

    with pytest.raises(RecordError, match=r"is not a valid record"):
        Recorded.read(tmp_path)
