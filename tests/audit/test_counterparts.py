import json
import shutil
from dataclasses import replace
from pathlib import Path

from idia.audit.counterparts import counterpart
from idia.plan import Plan, make_plan
from idia.settings import resolve

PROJECT = Path(__file__).parents[2]
SHIPPED = PROJECT / "fixtures" / "models"


def planned(folder: Path, *models: str, **given: list[str]) -> Plan:
    values = {"model": list(models), "results": ["results"], "names": ["600"], "photos": ["1"]} | given
    return make_plan(resolve(values, {}, {}, working_folder=folder, project_folder=PROJECT), is_checked=True)


def test_a_world_model_has_its_architecture_untrained_and_the_clean_model_of_its_people(tmp_path: Path) -> None:
    plan = planned(tmp_path, "rn-mixed")
    (target,) = plan.targets

    untrained, clean = counterpart(plan, target, "random-weights"), counterpart(plan, target, "clean-model")

    assert not isinstance(untrained, str)
    assert not isinstance(clean, str)
    assert (untrained.spec, untrained.control, untrained.of) == (
        f"random:{target.spec}",
        "random-weights",
        target.spec,
    )
    assert (clean.spec, clean.control, clean.of) == (f"local-dir:{SHIPPED / 'vit-clean'}", "clean-model", target.spec)
    assert untrained.experiment == clean.experiment == target.experiment


def test_who_trained_on_nobody_of_them_is_clean_whatever_their_roles(tmp_path: Path) -> None:
    for model in ("vit-twin", "vit-5", "vit-forgot"):
        plan = planned(tmp_path, model)

        clean = counterpart(plan, plan.targets[0], "clean-model")

        assert not isinstance(clean, str)
        assert clean.spec == f"local-dir:{SHIPPED / 'vit-clean'}"


def test_people_of_another_world_or_more_of_them_have_no_clean_model(tmp_path: Path) -> None:
    for model in ("vit-mixed", "vit-clean"):
        shutil.copytree(SHIPPED / model, tmp_path / model)
    recipe = tmp_path / "vit-clean" / "recipe.json"
    written = json.loads(recipe.read_text())
    for world in ({"seed": 1}, {"n_people": 539}):
        recipe.write_text(json.dumps(written | {"world": written["world"] | world}))
        plan = planned(tmp_path, f"local-dir:{tmp_path / 'vit-mixed'}")

        assert str(counterpart(plan, plan.targets[0], "clean-model")).startswith("no clean model of the same people")


def test_a_damaged_neighbour_is_passed_over(tmp_path: Path) -> None:
    for model in ("vit-mixed", "vit-clean"):
        shutil.copytree(SHIPPED / model, tmp_path / model)
    (tmp_path / "neighbour").mkdir()
    (tmp_path / "neighbour" / "recipe.json").write_text("{")
    plan = planned(tmp_path, f"local-dir:{tmp_path / 'vit-mixed'}")

    clean = counterpart(plan, plan.targets[0], "clean-model")

    assert not isinstance(clean, str)
    assert clean.spec == f"local-dir:{tmp_path / 'vit-clean'}"


def test_a_factory_has_no_control_but_the_one_that_is_named(tmp_path: Path) -> None:
    plan = make_plan(resolve({}, {}, {}, working_folder=tmp_path, project_folder=tmp_path))
    named = replace(plan, settings=replace(plan.settings, control=("permuted", "random:ViT-B-32")))

    assert str(counterpart(plan, plan.targets[0], "random-weights")).startswith("only its factory knows")
    assert (
        counterpart(plan, plan.targets[0], "clean-model") == "no model is known that was trained without these people"
    )
    untrained = counterpart(named, plan.targets[0], "random-weights")
    assert not isinstance(untrained, str)
    assert untrained.spec == "random:ViT-B-32"


def test_a_model_that_borrows_people_has_their_clean_model(tmp_path: Path) -> None:
    plan = planned(tmp_path, "ViT-B-32,openai", people=["world:vit-mixed"])

    clean = counterpart(plan, plan.targets[0], "clean-model")

    assert not isinstance(clean, str)
    assert clean.spec == f"local-dir:{SHIPPED / 'vit-clean'}"
