"""Model folders that say who is in them, and the ones shipped with a project or with this package."""

import difflib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from idia.errors import ModelError, SettingError, UnknownModelError
from idia.models.specs import FORMS, folder_name, local_path
from idia.textfiles import read_recipe

RECIPE = "recipe.json"
IDENTITIES = "identities.csv"

_SHIPPED = Path("fixtures") / "models"
_IN_PACKAGE = Path("data") / "models"
_PACKAGE = Path(__file__).parents[1]


@final
@dataclass(frozen=True, slots=True)
class WorldModel:
    """A model that was trained on synthetic people, as the recipe in its folder tells it.

    Attributes:
        folder: Where it is.
        name: What it is called.
        seed: Of the world that its tested people live in.
        n_people: How many people are tested: the first of that world.
        n_photos: Attack photos per person.
        identities_sha256: Fingerprint of the table that says who was trained on.
        clean_of: The model under whose table it is scored though it was trained on nobody of it: a control.
    """

    folder: Path
    name: str
    seed: int
    n_people: int
    n_photos: int
    identities_sha256: str
    clean_of: str | None = None

    @property
    def truth(self) -> tuple[int, int, int, str]:
        """Whom it is tested on, and who of them counts as trained on."""
        return self.seed, self.n_people, self.n_photos, self.identities_sha256

    @property
    def identities(self) -> Path:
        """The table of who was trained on, and how often."""
        return self.folder / IDENTITIES


def world_model(folder: Path) -> WorldModel | None:
    """Returns what the recipe in a model's folder says about its people; None where it speaks of no world.

    Raises:
        ModelError: The recipe cannot be read.
    """
    recipe = _recipe(folder)
    world = recipe.get("world")
    if world is None:
        return None
    name = recipe.get("name")
    control = recipe.get("control")
    if not isinstance(world, dict) or not (control is None or isinstance(control, dict)):
        raise _unusable(folder, "'world' and 'control' must be objects")
    seed, n_people, n_photos = (_whole(world, key, folder) for key in ("seed", "n_people", "n_photos"))
    for key in ("weights_sha256", "identities_sha256"):
        if not isinstance(recipe.get(key), str):
            raise _unusable(folder, f"{key} is missing")
    clean_of = None
    if control is not None:
        kind, clean_of = control.get("kind"), control.get("of")
        if kind != "clean-model" or not isinstance(clean_of, str) or not clean_of.strip():
            raise _unusable(folder, f"control must be a clean-model of another model, got {control!r}")
    return WorldModel(
        folder=folder,
        name=name if isinstance(name, str) and name.strip() else folder_name(str(folder)),
        seed=seed,
        n_people=n_people,
        n_photos=n_photos,
        identities_sha256=str(recipe["identities_sha256"]),
        clean_of=clean_of,
    )


def shipped_models(project_folder: Path) -> Mapping[str, Path]:
    """Returns the folders of the models shipped with a project, by name, in the order to score them."""
    return _models_in(project_folder / _SHIPPED)


def packaged_models() -> Mapping[str, Path]:
    """Returns the folders of the models that come with this package, by name: one with a wheel, all with a clone."""
    return _models_in(_PACKAGE / _IN_PACKAGE) or shipped_models(_PACKAGE.parent)


def with_shipped_name(text: str, shipped: Mapping[str, Path]) -> str:
    """Returns a specification in which the bare name of a shipped model has become its folder.

    Args:
        text: A specification, or the name of a shipped model, with `random:` before it or an `?activation=` behind.
        shipped: The folders of shipped models, by name.

    Raises:
        SettingError: It is a bare name, and no model of that name is shipped.
    """
    match = re.fullmatch(r"(random:)?([^,:/\\?@]+)((?:@\d+)?(?:\?.*)?)", text)
    if match is None:
        return text
    before, name, behind = match[1] or "", match[2], match[3]
    if name in shipped:
        return f"{before}local-dir:{shipped[name]}{behind}"
    if before or not shipped:
        return text  # an architecture with random weights, or for the parser of specifications to refuse
    raise SettingError(
        f"{text!r} is no shipped model.{did_you_mean(name, list(shipped))} Shipped are {', '.join(shipped)}. An "
        f"architecture names no weights: add a tag or a file after a comma. Any other model is written {FORMS}."
    )


def is_shipped(folder: Path) -> bool:
    """Whether a folder lies where shipped models lie."""
    return folder.parent.parts[-2:] in (_SHIPPED.parts, _IN_PACKAGE.parts)


def existing_folder(target: str, spec: str) -> Path:
    """Returns the absolute path of a folder that a specification names.

    Raises:
        UnknownModelError: There is none; similar folders beside it are named.
    """
    folder = local_path(target)
    if os.path.isdir(folder):  # noqa: PTH112 - also for names that are too long for any folder
        return folder
    try:
        beside = [path.name for path in folder.parent.iterdir() if path.is_dir()]
    except OSError:
        beside = []
    raise UnknownModelError(f"{spec!r}: no such folder: {folder}.{did_you_mean(folder.name, beside)}")


def did_you_mean(name: str, known: list[str]) -> str:
    """Returns a sentence that names what is spelled like a name, or nothing."""
    by_lower = {each.lower(): each for each in sorted(known)}
    close = difflib.get_close_matches(name.lower(), by_lower, n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(repr(by_lower[each]) for each in close)}?" if close else ""


def _models_in(home: Path) -> Mapping[str, Path]:
    found = sorted((path.parent for path in home.glob(f"*/{RECIPE}")), key=lambda path: path.name)
    return {folder.name: folder for folder in sorted(found, key=_order)}


def _order(folder: Path) -> float:
    order = read_recipe(folder).get("order")
    return order if isinstance(order, int) else float("inf")


def _recipe(folder: Path) -> Mapping[str, Any]:
    """The recipe in a folder, read strictly: who is in a model must not be lost by a damaged file."""
    path = folder / RECIPE
    try:
        document: object = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise _unusable(folder, str(error)) from None
    if not isinstance(document, dict):
        raise _unusable(folder, "it is no JSON object")
    return document


def _whole(world: Mapping[str, Any], key: str, folder: Path) -> int:
    number = world.get(key)
    if isinstance(number, bool) or not isinstance(number, int):
        raise _unusable(folder, f"world.{key} must be a whole number, got {number!r}")
    return number


def _unusable(folder: Path, reason: str) -> ModelError:
    return ModelError(f"the recipe {folder / RECIPE} cannot be used: {reason}. Restore the file.")
