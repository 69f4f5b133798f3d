"""What a model is called, and what the recipe of its training says of it."""

from collections.abc import Mapping

from idia.errors import ModelError
from idia.models.checkpoints import read_checkpoint, state_sha256
from idia.models.folders import RECIPE
from idia.models.open_clip_sources import find_checkpoint
from idia.models.specs import ModelSpec, folder_name, local_path, public_spec
from idia.textfiles import read_recipe


def recipe_of(spec: ModelSpec, weights_sha256: str) -> Mapping[str, object]:
    """Returns the recipe of a folder: the one in it, or the one beside it if that speaks of these weights.

    Raises:
        ModelError: The recipe in the folder speaks of other weights.
    """
    if spec.kind != "local-dir":
        return {}
    folder = local_path(spec.target)
    trained = _stored_weights(spec) if spec.is_random else weights_sha256
    inside, beside = read_recipe(folder), read_recipe(folder.parent)
    expected = inside.get("weights_sha256", trained)
    if inside and expected == trained:
        return inside
    if inside and not spec.is_random:
        raise ModelError(
            f"{find_checkpoint(folder)} does not hold the weights that {folder / RECIPE} speaks of: expected sha256 "
            f"{expected}, got {trained}. {remedy(inside)} If they were changed on purpose, keep them in a folder "
            "without that recipe."
        )
    return beside if trained and beside.get("weights_sha256") == trained else {}


def remedy(recipe: Mapping[str, object]) -> str:
    """Returns what to do about a damaged file of a trained model."""
    if "defence" in recipe:
        return "Restore the file, or make the model again with `idia forget`."
    if "world" in recipe:
        return f"Restore the file, or train the model again with `idia train --world {recipe.get('name')}`."
    return "Restore the file, or train the model again."


def _stored_weights(spec: ModelSpec) -> str | None:
    """Fingerprint of the weights that a control leaves aside; `None` without any."""
    try:
        return state_sha256(read_checkpoint(find_checkpoint(local_path(spec.target))))
    except ModelError:
        return None


def name_of(spec: ModelSpec, recipe: Mapping[str, object]) -> str:
    """Returns what to call a model: as its recipe, its folder or its specification does; never a path."""
    public = public_spec(spec.text)
    if spec.kind != "local-dir":
        return public
    given = recipe.get("name")
    called = given if isinstance(given, str) and given.strip() else folder_name(spec.target)
    return public.replace(f"local-dir:{folder_name(spec.target)}", called, 1)
