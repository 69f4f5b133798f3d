import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from idia.errors import ModelError

if TYPE_CHECKING:
    from tests.models.conftest import Load


def recipe(folder: Path, **facts: object) -> None:
    (folder / "recipe.json").write_text(json.dumps(facts))


def test_a_recipe_names_the_model(tiny_folder: Path, load: "Load") -> None:
    weights = load(f"local-dir:{tiny_folder}").info.weights_sha256
    recipe(tiny_folder.parent, name="Seven", weights_sha256=weights, training_set="faces")
    info = load(f"local-dir:{tiny_folder}").info

    assert (info.name, info.training_data) == ("Seven", "faces")
    assert load(f"local-dir:{tiny_folder}?activation=quickgelu").info.name == "Seven?activation=quickgelu"
    assert load(f"random:local-dir:{tiny_folder}").info.name == "random:Seven"
    assert load(f"random:local-dir:{tiny_folder}").info.training_data is None
    assert load(f"local-dir:{tiny_folder}", name="Eight").info.name == "Eight"


def test_a_recipe_in_the_folder_needs_no_fingerprint(tiny_folder: Path, load: "Load") -> None:
    recipe(tiny_folder, name="Inside")

    assert load(f"local-dir:{tiny_folder}").info.name == "Inside"


@pytest.mark.parametrize(
    "facts", [{"name": "Other"}, {"name": "Other", "weights_sha256": "0" * 64}, {"weights_sha256": None, "name": "x"}]
)
def test_a_recipe_beside_the_folder_that_speaks_of_other_weights_is_not_believed(
    tiny_folder: Path, facts: dict[str, object], load: "Load"
) -> None:
    recipe(tiny_folder.parent, **facts)

    assert load(f"local-dir:{tiny_folder}").info.name == "tiny"


@pytest.mark.parametrize(
    ("facts", "remedy"), [({}, "train the model again"), ({"world": {}}, "with `idia train --world Other`")]
)
def test_weights_that_the_recipe_in_their_folder_does_not_speak_of_are_refused(
    tiny_folder: Path, facts: dict[str, object], remedy: str, load: "Load"
) -> None:
    recipe(tiny_folder, name="Other", weights_sha256="0" * 64, **facts)

    with pytest.raises(ModelError, match=f"expected sha256 {'0' * 64}, got [0-9a-f]{{64}}. Restore the file.*{remedy}"):
        load(f"local-dir:{tiny_folder}")
    assert load(f"random:local-dir:{tiny_folder}").info.name == "random:tiny"


def test_a_truncated_checkpoint_of_a_trained_model_can_be_restored_or_trained_again(
    tiny_folder: Path, load: "Load"
) -> None:
    recipe(tiny_folder, name="Other", weights_sha256="0" * 64, world={})
    weights = tiny_folder / "open_clip_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])

    with pytest.raises(ModelError, match=r"no readable checkpoint.*`idia train --world Other`"):
        load(f"local-dir:{tiny_folder}")


def test_a_name_is_never_a_path(tiny_folder: Path, listed: None, checkpoint: Path, load: "Load") -> None:
    for text in (f"local-dir:{tiny_folder}/", f"random:local-dir:{tiny_folder}", f"Tiny-32,{checkpoint}"):
        name = load(text).info.name

        assert "/" not in name
        assert str(tiny_folder.parent.name) not in name
