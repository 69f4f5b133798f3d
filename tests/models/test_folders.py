import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idia.errors import ModelError, SettingError, UnknownModelError
from idia.models.folders import (
    WorldModel,
    did_you_mean,
    existing_folder,
    is_shipped,
    packaged_models,
    shipped_models,
    with_shipped_name,
    world_model,
)

RECIPE: dict[str, Any] = {
    "name": "vit",
    "weights_sha256": "a" * 64,
    "identities_sha256": "b" * 64,
    "control": None,
    "world": {"seed": 0, "n_people": 12, "n_photos": 3},
}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a folder with a recipe below the project's shipped models."""

    def write(folder_name: str, **changes: Any) -> Path:
        folder = tmp_path / "fixtures" / "models" / folder_name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "recipe.json").write_text(json.dumps(RECIPE | {"name": folder_name} | changes))
        return folder

    return write


def test_a_recipe_says_who_is_in_a_model(write: Write) -> None:
    folder = write("vit")

    assert world_model(folder) == WorldModel(folder, "vit", 0, 12, 3, "b" * 64)
    assert WorldModel(folder, "vit", 0, 12, 3, "b" * 64).identities == folder / "identities.csv"


def test_a_recipe_says_of_which_model_a_clean_one_is_the_control(write: Write) -> None:
    model = world_model(write("clean", control={"kind": "clean-model", "of": "vit"}))

    assert model is not None
    assert model.clean_of == "vit"


@pytest.mark.parametrize("recipe", [None, {}, {"name": "of a training on photos"}])
def test_other_models_say_nothing(tmp_path: Path, recipe: object) -> None:
    if recipe is not None:
        (tmp_path / "recipe.json").write_text(json.dumps(recipe))

    assert world_model(tmp_path) is None


def test_a_recipe_without_a_name_is_called_after_its_folder(write: Write) -> None:
    model = world_model(write("vit", name=" "))

    assert model is not None
    assert model.name == "vit"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"world": 3}, "'world' and 'control' must be objects"),
        ({"control": "clean"}, "'world' and 'control' must be objects"),
        ({"world": {"seed": "0", "n_people": 1, "n_photos": 1}}, "world.seed must be a whole number, got '0'"),
        ({"world": {"seed": 0, "n_people": True, "n_photos": 1}}, "world.n_people must be a whole number, got True"),
        ({"world": {"seed": 0, "n_people": 1}}, "world.n_photos must be a whole number, got None"),
        ({"identities_sha256": None}, "identities_sha256 is missing"),
        ({"weights_sha256": None}, "weights_sha256 is missing"),
        ({"control": {"kind": "odd", "of": "vit"}}, "control must be a clean-model of another model"),
        ({"control": {"kind": "clean-model", "of": ""}}, "control must be a clean-model of another model"),
    ],
)
def test_half_a_recipe_is_refused(write: Write, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=f"recipe.json cannot be used: {message}"):
        world_model(write("vit", **changes))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
def test_a_damaged_recipe_is_refused(write: Write, content: bytes) -> None:
    folder = write("vit")
    (folder / "recipe.json").write_bytes(content)

    with pytest.raises(ModelError, match=r"cannot be used.*Restore the file"):
        world_model(folder)


def test_shipped_models_come_in_the_order_of_their_recipes_and_then_by_name(write: Write, tmp_path: Path) -> None:
    for name, order in (("c", 1), ("z", None), ("a", 2), ("b", None)):
        write(name, order=order)
    (tmp_path / "fixtures" / "models" / "no-recipe").mkdir()
    shipped = shipped_models(tmp_path)

    assert list(shipped) == ["c", "a", "b", "z"]
    assert shipped["z"] == tmp_path / "fixtures" / "models" / "z"
    assert all(map(is_shipped, shipped.values()))
    assert not is_shipped(tmp_path / "runs" / "z")
    assert not shipped_models(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("vit-mixed", "local-dir:/shipped/vit-mixed"),
        ("vit-mixed?activation=quickgelu", "local-dir:/shipped/vit-mixed?activation=quickgelu"),
        ("random:vit-mixed", "random:local-dir:/shipped/vit-mixed"),
        ("random:vit-mixed@7", "random:local-dir:/shipped/vit-mixed@7"),
        ("random:ViT-B-32", "random:ViT-B-32"),
        ("ViT-B-32,openai", "ViT-B-32,openai"),
        ("local-dir:vit-mixed", "local-dir:vit-mixed"),
        ("org/vit-mixed", "org/vit-mixed"),
    ],
)
def test_a_bare_name_means_the_shipped_model(text: str, meant: str) -> None:
    assert with_shipped_name(text, {"vit-mixed": Path("/shipped/vit-mixed")}) == meant


def test_an_unknown_name_suggests_the_nearest() -> None:
    shipped = {name: Path(name) for name in ("vit-mixed", "rn-mixed", "vit-75")}

    with pytest.raises(SettingError, match=r"'vit-mxed' is no shipped model\. Did you mean 'vit-mixed'.*ARCH,TAG"):
        with_shipped_name("vit-mxed", shipped)
    assert with_shipped_name("vit-mxed", {}) == "vit-mxed"


def test_a_missing_folder_suggests_those_beside_it(tmp_path: Path) -> None:
    (tmp_path / "model-1").mkdir()
    (tmp_path / "photos").mkdir()

    assert existing_folder(str(tmp_path / "model-1"), "local-dir:model-1") == tmp_path / "model-1"
    with pytest.raises(UnknownModelError, match=r"'local-dir:model1': no such folder: .*Did you mean 'model-1'\?"):
        existing_folder(str(tmp_path / "model1"), "local-dir:model1")
    with pytest.raises(UnknownModelError, match=r"no such folder: .*/nowhere/model\.$"):
        existing_folder(str(tmp_path / "nowhere" / "model"), "local-dir:nowhere/model")


def test_what_is_spelled_like_nothing_suggests_nothing() -> None:
    assert did_you_mean("xyz", ["vit-mixed"]) == ""
    assert did_you_mean("VIT-MIXED", ["vit-mixed"]) == " Did you mean 'vit-mixed'?"


def test_models_that_come_with_the_package_are_those_of_its_data_or_else_of_its_clone(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idia.models.folders._PACKAGE", tmp_path / "idia")
    write("in-clone")

    assert list(packaged_models()) == ["in-clone"]
    packaged = tmp_path / "idia" / "data" / "models" / "in-wheel"
    shutil.copytree(tmp_path / "fixtures" / "models" / "in-clone", packaged)
    assert packaged_models() == {"in-wheel": packaged}
    assert is_shipped(packaged)


def test_a_model_of_this_package_can_be_found_from_anywhere() -> None:
    assert world_model(packaged_models()["vit-mixed"]) is not None
