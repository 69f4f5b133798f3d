import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idia.errors import DatasetError, IdiaError, ModelError, SettingError
from idia.experiments import Experiments
from idia.plan import Plan, make_plan
from idia.settings import TOY_MODEL, resolve
from idia.world.people import world_names

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes all of a shipped model but the model: its recipe, and who was trained on."""

    def write(
        name: str, counts: tuple[int, ...] = (5, 0, 1, 0), *, order: int = 0, of: str | None = None, **changes: Any
    ) -> Path:
        folder = tmp_path / "fixtures" / "models" / name
        folder.mkdir(parents=True, exist_ok=True)
        rows = [f"{person},{count}" for person, count in zip(world_names(0), counts, strict=False)]
        table = "\n".join(["name,occurrences", *sorted(rows)]).encode()
        (folder / "identities.csv").write_bytes(table)
        recipe = {
            "name": name,
            "training_set": f"{name}-training",
            "how_known": "injected",
            "order": order,
            "weights_sha256": "a" * 64,
            "identities_sha256": hashlib.sha256(table).hexdigest(),
            "control": None if of is None else {"kind": "clean-model", "of": of},
            "world": {"seed": 0, "n_people": len(counts), "n_photos": 3},
        }
        (folder / "recipe.json").write_text(json.dumps(recipe | changes))
        return folder

    return write


def planned(folder: Path, **given: str | list[str]) -> Plan:
    values = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    values = {"results": ["results"], "cache_dir": ["cache"], "names": ["50"]} | values
    return make_plan(resolve(values, {}, {}, working_folder=folder, project_folder=folder))


def test_by_default_all_shipped_models_are_scored_on_their_own_people(write: Write, tmp_path: Path) -> None:
    mixed, few = write("mixed", order=0), write("few", (1, 0), order=1)
    plan = planned(tmp_path)

    assert [target.spec for target in plan.targets] == [f"local-dir:{mixed}", f"local-dir:{few}"]
    first, second = (plan.experiment(target) for target in plan.targets)
    assert [experiment.people.id for experiment in (first, second)] == ["synthetic-4", "synthetic-2"]
    assert {person.name: count for person, count in zip(first.people, first.occurrences, strict=True)} == dict(
        zip(world_names(0), [5, 0, 1, 0], strict=False)
    )
    assert [str(each) for each in first.bins] == ["1", "5"]
    assert [str(each) for each in second.bins] == ["1"]
    assert first.sizes == (1, 3, "all")
    assert (first.membership.training_set, first.membership.how_known) == ("mixed-training", "injected")
    assert len(first.names) == len(second.names) == 50


def test_models_of_the_same_people_share_them_and_those_of_the_same_training_everything(write: Write) -> None:
    folders = [
        write("a"),
        write("b", training_set="a-training"),
        write("c"),
        write("d", (0, 5, 0, 1), training_set="a-training"),
    ]
    plan = planned(folders[0].parents[2], model=[folder.name for folder in folders])
    one, same, another_set, another_truth = (plan.experiment(target) for target in plan.targets)

    assert one is same
    assert len(plan.experiments) == 3
    assert one.people is another_set.people is another_truth.people
    assert one.names is another_set.names
    assert another_set.membership.training_set == "c-training"


def test_a_clean_model_is_a_control_without_controls_of_its_own(write: Write, tmp_path: Path) -> None:
    mixed, clean = write("mixed", order=0), write("clean", of="mixed", order=1)
    plan = planned(tmp_path, control=["permuted", "random"])

    assert [(target.spec, target.control, target.of) for target in plan.targets] == [
        (f"local-dir:{mixed}", None, None),
        (f"local-dir:{mixed}", "permuted-map", f"local-dir:{mixed}"),
        (f"random:local-dir:{mixed}", "random-weights", f"local-dir:{mixed}"),
        (f"local-dir:{clean}", "clean-model", "local-dir:mixed"),
    ]
    assert plan.experiment(plan.targets[-1]).occurrences.tolist() == plan.experiments[0].occurrences.tolist()


@pytest.mark.parametrize(
    "whose", ["world:mixed", "world:fixtures/models/mixed", "world:local-dir:fixtures/models/mixed"]
)
def test_another_model_can_be_scored_on_the_people_of_a_shipped_one(write: Write, tmp_path: Path, whose: str) -> None:
    write("mixed")
    plan = planned(tmp_path, people=whose, model=["ViT-B-32,defended.pt", TOY_MODEL, "mixed"])

    assert len(plan.targets) == 3
    assert [experiment.people.id for experiment in plan.experiments] == ["synthetic-4"]
    assert plan.experiments[0].membership.training_set == "mixed-training"


def test_a_model_that_says_who_is_in_it_is_not_scored_under_another_truth(write: Write, tmp_path: Path) -> None:
    write("mixed")
    write("twin", (0, 5, 0, 1))
    write("clean", (0, 5, 0, 1), of="twin")

    for model in ("twin", "clean"):
        with pytest.raises(
            SettingError, match=f"world:mixed is not the truth about {model}, whose own recipe says who"
        ):
            planned(tmp_path, people="world:mixed", model=model)


def test_a_clean_model_is_a_control_on_the_people_of_the_other_too(write: Write, tmp_path: Path) -> None:
    write("mixed")
    write("clean", of="mixed")

    assert [target.control for target in planned(tmp_path, people="world:mixed", model="clean").targets] == [
        "clean-model"
    ]


def test_the_toy_brings_its_own_people(write: Write, tmp_path: Path) -> None:
    write("mixed")
    plan = planned(tmp_path, model=["mixed", TOY_MODEL], names="150")

    assert [plan.experiment(target).people.id for target in plan.targets] == ["synthetic-4", "toy"]


def test_frequent_people_can_be_left_out(write: Write, tmp_path: Path) -> None:
    write("mixed", (5, 0, 1, 0))
    (experiment,) = planned(tmp_path, max_occurrences="4").experiments

    assert sorted(experiment.occurrences.tolist()) == [0, 0, 1]
    assert experiment.people.id == "synthetic-4"
    assert world_names(0)[0] not in {person.name for person in experiment.people}


def test_bins_are_those_of_the_models_that_have_them(write: Write, tmp_path: Path) -> None:
    write("mixed", (5, 0, 1, 0), order=0)
    write("few", (1, 0), order=1)
    plan = planned(tmp_path, bins="1,2-9")

    assert [[str(each) for each in experiment.bins] for experiment in plan.experiments] == [["1", "2-9"], ["1"]]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"model": "mixd"}, SettingError, r"'mixd' is no shipped model\. Did you mean 'mixed'"),
        ({"model": "ViT-B-32,openai"}, SettingError, "--idia-model ViT-B-32,openai needs --idia-people"),
        ({"model": "local-dir:plain"}, SettingError, "--idia-model local-dir:plain needs --idia-people"),
        ({"model": "local-dir:plane"}, ModelError, "no such folder: .* Did you mean 'plain'"),
        ({"model": "a,b", "people": "world:mixd"}, SettingError, "no folder 'mixd'. Did you mean 'mixed'"),
        ({"model": "a,b", "people": "world:plain"}, SettingError, "speaks of no world"),
        ({"model": "a,b", "people": "world:mixed", "membership": "x.csv"}, SettingError, "brings its own --idia-memb"),
        ({"people": "world:mixed"}, SettingError, "--idia-people needs --idia-model"),
        ({"bins": "7"}, SettingError, "no member has 7 training occurrences"),
        ({"bins": "1-3,2"}, SettingError, "must not overlap"),
        ({"photos": "4"}, SettingError, "somebody has only 3"),
        ({"names": "1"}, SettingError, "n_names must be at least 4"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    write: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    error: type[IdiaError],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write("mixed")
    (tmp_path / "plain").mkdir()
    values = {"results": ["results"], "cache_dir": ["cache"]} | {name: [value] for name, value in given.items()}

    with pytest.raises(error, match=message):
        make_plan(resolve(values, {}, {}, working_folder=tmp_path, project_folder=tmp_path))


@pytest.mark.parametrize(
    ("most", "message"),
    [("4", "leaves no member of mixed-training: they have 5 training occurrences and more"), ("none", "at least 1")],
)
def test_somebody_must_be_left(write: Write, tmp_path: Path, most: str, message: str) -> None:
    write("mixed", (5, 0, 9, 0))

    with pytest.raises(IdiaError, match=message):
        planned(tmp_path, max_occurrences=most)


def test_an_altered_table_of_identities_is_refused(write: Write, tmp_path: Path) -> None:
    table = write("mixed") / "identities.csv"
    table.write_bytes(table.read_bytes().replace(b",5", b",6"))

    with pytest.raises(DatasetError, match=r"expected sha256 [0-9a-f]{64}, got .*`idia train --world mixed`"):
        planned(tmp_path)


def test_a_world_with_more_people_than_names_is_refused(write: Write, tmp_path: Path) -> None:
    write("mixed", world={"seed": 0, "n_people": 5_000, "n_photos": 3})

    with pytest.raises(SettingError, match="at most 4,096 people"):
        planned(tmp_path)


def test_a_damaged_recipe_of_a_shipped_model_is_refused(write: Write, tmp_path: Path) -> None:
    (write("mixed") / "recipe.json").write_text("{")

    with pytest.raises(ModelError, match=r"recipe\.json cannot be used"):
        planned(tmp_path)


def test_models_whose_members_are_grouped_differently_share_truth_and_no_experiment(tmp_path: Path) -> None:
    project = Path(__file__).parents[1]
    given = {"model": ["vit-mixed", "vit-forgot"], "photos": ["1"]}
    experiments = Experiments(resolve(given, {}, {}, working_folder=tmp_path, project_folder=project))

    original, changed = (experiments.of(f"local-dir:{project / 'fixtures/models' / name}") for name in given["model"])

    assert original != changed
    before, after = (experiments.made[number] for number in (original, changed))
    assert before.membership.sha256 == after.membership.sha256
    assert before.groups is None
    assert set(after.groups or ()) == {"", "forgotten", "kept"}
    assert (before.is_synthetic, before.world_seed) == (True, 0)
