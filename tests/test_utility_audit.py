from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from idia.audit import Auditor
from idia.errors import IdiaError
from idia.models import Model
from idia.plan import Plan, Target, make_plan
from idia.records import read_utility, write_utility
from idia.settings import TOY_MODEL, resolve
from idia.timing import CpuClock
from idia.utility_audit import UtilityAuditor


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The toy, asked to tell two kinds of noise apart."""
    folder = tmp_path_factory.mktemp("utility")
    rng = np.random.default_rng(0)
    for name in ("soft_noise", "hard_noise"):
        (folder / "kinds" / name).mkdir(parents=True)
        for number in range(6):
            pixels = rng.integers(0, 128 if name == "soft_noise" else 256, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "kinds" / name / f"{number}.png")
    rows = [
        f"kinds/{kind}_noise/{number}.png,{kind} noise {number}" for kind in ("soft", "hard") for number in range(6)
    ]
    (folder / "words.csv").write_text("\n".join(["image,caption", *rows]))
    given = {"utility_labels": ["kinds"], "utility_captions": ["words.csv"], "model": [TOY_MODEL], "names": ["120"]}
    settings = resolve(
        given | {"results": ["results"], "cache_dir": ["cache"]}, {}, {}, working_folder=folder, project_folder=folder
    )
    return make_plan(settings)


def test_a_model_is_measured_once_and_its_record_can_be_written(plan: Plan, tmp_path: Path) -> None:
    clock, loaded = CpuClock(), []
    auditor = Auditor(plan, clock)

    def load(target: Target) -> Model:
        loaded.append(target)
        return auditor.model(target)

    measuring = UtilityAuditor(plan, load, clock)
    utility = measuring.utility(plan.targets[0])

    assert measuring.utility(plan.targets[0]) is utility
    assert loaded == [plan.targets[0]]
    assert list(clock.seconds) == ["loading models", "utility"]
    assert [(score.task, score.metric, score.estimate.n) for score in utility.scores] == [
        ("kinds", "top-1", 12),
        ("words", "rank@1", 12),
        ("words", "rank@5", 12),
    ]
    write_utility(tmp_path, utility.document)
    (stored,) = read_utility(tmp_path)
    assert stored.document["data"]["id"] == "kinds+words"
    assert stored.document["model"]["name"] == "ToyClip"
    assert stored.document["environment"]["device"]
    assert b"soft noise" not in stored.path.read_bytes()


def test_leakage_and_utility_of_one_model_load_it_once(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    from idia.models import load_model

    loaded = []

    def counted(spec: str, *, device: str) -> Model:
        loaded.append(spec)
        return load_model(spec, device=device)

    monkeypatch.setattr("idia.audit.auditor.load_model", counted)
    auditor = Auditor(plan)
    auditor.audit(plan.targets[0])
    UtilityAuditor(plan, auditor.model).utility(plan.targets[0])

    assert loaded == [TOY_MODEL]


def test_a_model_that_cannot_be_loaded_is_a_clear_error(plan: Plan) -> None:
    auditor = Auditor(plan)
    target = Target("local-dir:nowhere")

    with pytest.raises(IdiaError, match="no such folder"):
        auditor.model(target)
