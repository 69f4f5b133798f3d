"""From a model and names to a folder with a model that has forgotten them, and the truth about both."""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, final

import idia
from idia.defences.captions import SENTENCES, read_captions, world_captions
from idia.defences.card import forgotten_card
from idia.defences.folder import check_free, check_written, write_model, written_at_once
from idia.defences.names import drawn_members
from idia.defences.recipe import UnlearningRecipe
from idia.defences.text_tower import text_parameters
from idia.defences.unlearning import unlearn_names
from idia.errors import ModelError, SettingError
from idia.membership import Membership
from idia.models import Progress, load_model
from idia.models.folders import IDENTITIES, RECIPE, WorldModel, world_model
from idia.models.open_clip_model import OpenClipModel
from idia.models.open_clip_sources import find_source
from idia.models.specs import ModelSpec, local_path, parse_spec
from idia.names import NamePool, name_key
from idia.textfiles import read_recipe
from idia.training.workspace import write_json

FORGOTTEN, KEPT, UNLISTED = "forgotten", "kept", "unlisted"
"""Groups of members: to be forgotten, to stay, and in neither list."""

_CARD = "README.md"
_OF_THE_WORLD = ("how_known", "people", "training_set", "control", "world")
_LIBRARIES = {"torch": "torch", "open_clip": "open_clip_torch", "numpy": "numpy"}


@final
@dataclass(frozen=True, slots=True)
class ForgettingResult:
    """What was made.

    Attributes:
        recipe: The content of ``recipe.json``.
        brings_people: Whether the folder says who was in the training of the model that it was made from.
        is_narrow: Whether utility was held on built-in captions that the model may not have been trained for.
    """

    recipe: dict[str, Any]
    brings_people: bool
    is_narrow: bool


def forget(
    spec: str,
    out: Path,
    *,
    names: Path | None = None,
    share: float | None = None,
    keep: Path | None = None,
    captions: Path | None = None,
    recipe: UnlearningRecipe | None = None,
    name: str | None = None,
    order: int | None = None,
    device: str = "cpu",
    progress: Progress | None = None,
) -> ForgettingResult:
    """Makes a copy of a model that has forgotten names, as a folder that open_clip loads, whole or not at all.

    A copy of a model that says who is in it says so, too: it brings the people and the truth of the original, and a
    table in which members have a group: `forgotten`, `kept`, or `unlisted` where names to keep were given.

    Args:
        spec: The model, as `idia.models.specs.parse_spec` has it.
        out: The folder to write; it must not exist.
        names: A table of the names to forget, as `NamePool.from_csv` reads it.
        share: In place of a table: which part of the members to draw by lot, of a model that says who they are.
        keep: A table of the names that stay; by default all other members of a model that says who they are.
        captions: A text file of captions that stay, one a line; by default those of strangers and things of a world.
        recipe: The numbers; by default those of the class.
        name: What the copy is called; by default as `out`.
        order: Where it stands among other models of its folder.
        device: Where to compute.
        progress: Called with (stage, done, total).

    Raises:
        IdiaError: An input cannot be used, or the folder cannot be written; then nothing is written.
    """
    recipe = recipe or UnlearningRecipe()
    called = _checked_name(out.absolute().name if name is None else name)
    if (names is None) == (share is None):
        raise SettingError("expected either names to forget (--forget) or a share of the members (--forget-members).")
    check_free(out)
    parsed = parse_spec(spec)
    if parsed.kind == "python" or parsed.is_random:
        raise SettingError(f"{spec!r} is no trained model of open_clip. Name one in a file, a folder or by its tag.")
    world = world_model(local_path(parsed.target)) if parsed.kind == "local-dir" else None
    truth = _truth(world)
    if share is not None and truth is None:
        raise SettingError(f"{spec!r} does not say who is in it: list the names to forget with --forget.")
    forgotten = drawn_members(truth.counts, share, seed=recipe.seed) if truth and share else _listed(names)
    kept = _kept(keep, forgotten, truth)
    texts = world_captions(world.seed if world else 0) if captions is None else read_captions(captions)

    model = load_model(spec, device=device)
    if not isinstance(model, OpenClipModel):
        raise ModelError(f"{spec!r} is no model of open_clip, whose text encoder can be changed.")
    losses: list[float] = []
    defended = unlearn_names(
        model,
        forget=forgotten,
        keep=kept,
        captions=texts,
        recipe=recipe,
        progress=None if progress is None else partial(progress, "steps"),
        losses=losses,
    )
    with written_at_once(out) as staging:
        config = write_model(staging, defended, find_source(parsed))
        table = None if truth is None else _write_identities(staging, truth, forgotten, kept, is_closed=keep is None)
        document = {
            "name": called,
            **_of_the_original(parsed, world),
            **({} if order is None else {"order": order}),
            "weights_sha256": defended.info.weights_sha256,
            **({} if table is None else {"identities_sha256": table}),
            "defence": {
                "kind": "names-forgotten",
                "of": model.info.name,
                "of_weights_sha256": model.info.weights_sha256,
                **({} if world is None else {"of_identities_sha256": world.identities_sha256}),
                "share_of_members": share,
                "n_forgotten": len(forgotten),
                "n_kept": len(kept),
                "n_captions": len(texts),
                "captions_sha256": hashlib.sha256(json.dumps(texts).encode()).hexdigest(),
            },
            "final_loss": losses[-1],
            "model": {
                "parameters": model.info.parameters,
                "trained_parameters": sum(
                    each.numel() for each in text_parameters(defended, defended.network).values()
                ),
                **config,
            },
            "request": {"recipe": asdict(recipe), "sentences": list(SENTENCES)},
            "versions": {"idia": idia.__version__, **{key: version(value) for key, value in _LIBRARIES.items()}},
        }
        (staging / _CARD).write_text(forgotten_card(document), encoding="utf-8")
        write_json(staging / RECIPE, document)
        check_written(staging, defended)
    return ForgettingResult(document, brings_people=world is not None, is_narrow=world is None and captions is None)


def _truth(world: WorldModel | None) -> Membership | None:
    if world is None:
        return None
    found = hashlib.sha256(world.identities.read_bytes()).hexdigest() if world.identities.is_file() else "no such file"
    if found != world.identities_sha256:
        raise ModelError(
            f"{world.identities} is not the table that {world.folder / RECIPE} speaks of: expected sha256 "
            f"{world.identities_sha256}, got {found}. Restore the file."
        )
    return Membership.from_csv(world.identities)


def _listed(path: Path | None) -> tuple[str, ...]:
    return () if path is None else NamePool.from_csv(path).names


def _kept(path: Path | None, forgotten: Sequence[str], truth: Membership | None) -> tuple[str, ...]:
    if path is not None or truth is None:
        return _listed(path)
    known = {name_key(name) for name in forgotten}
    return tuple(name for name, count in truth.counts.items() if count > 0 and name_key(name) not in known)


def _write_identities(
    folder: Path, truth: Membership, forgotten: Sequence[str], kept: Sequence[str], *, is_closed: bool
) -> str:
    """Writes who was in the original training, and what became of them; returns the fingerprint of the file."""
    groups = dict.fromkeys(map(name_key, kept), KEPT) | dict.fromkeys(map(name_key, forgotten), FORGOTTEN)
    path = folder / IDENTITIES
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["name", "occurrences", "group"])
        for name, count in sorted(truth.counts.items()):
            table.writerow([name, count, groups.get(name_key(name), KEPT if is_closed else UNLISTED) if count else ""])
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _of_the_original(spec: ModelSpec, world: WorldModel | None) -> Mapping[str, Any]:
    """What stays true of a changed copy: who is tested, and who was in the training of the original."""
    if world is None:
        return {}
    recipe = read_recipe(local_path(spec.target))
    return {key: recipe[key] for key in _OF_THE_WORLD if key in recipe}


def _checked_name(name: str) -> str:
    if not name.strip() or not name.isprintable() or any(mark in name for mark in "/\\"):
        raise SettingError(f"--name must be printable text without slashes, got {name!r}.")
    return name.strip()
