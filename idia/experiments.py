"""Whom a model is asked about: people, the truth about them, and the candidate names."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Int

from idia.attacks.voting import Size, resolve_sizes
from idia.candidates import candidate_names
from idia.errors import DatasetError, SettingError
from idia.evaluation import OccurrenceBin, check_roles, default_bins, parsed_bins
from idia.membership import Membership
from idia.models.folders import RECIPE, WorldModel, existing_folder, world_model
from idia.models.specs import parse_spec
from idia.names import NamePool, name_key
from idia.people import PeopleSet, checked, load_people
from idia.settings import TOY_MODEL, Settings
from idia.testing import toy_people
from idia.textfiles import read_bytes
from idia.world.people import World

_GIVEN = ("given",)
_WORLD_FOLDER = "world"  # below the cache


@final
@dataclass(frozen=True, eq=False, slots=True)
class Experiment:
    """Whom a model is asked about, and what is known of them.

    Attributes:
        people: Whom to attack.
        membership: Ground truth.
        occurrences: Image–text pairs of each person `[people]`, from the membership.
        names: The candidate names.
        sizes: Photos per person.
        bins: Training occurrences to report separately.
        is_synthetic: Whether the people do not exist, so that nobody has to be protected.
        world_seed: The seed of the world they live in; None if they live in none.
    """

    people: PeopleSet
    membership: Membership
    occurrences: Int[np.ndarray, " people"]
    names: NamePool
    sizes: tuple[Size, ...]
    bins: tuple[OccurrenceBin, ...]
    is_synthetic: bool = False
    world_seed: int | None = None

    @property
    def groups(self) -> tuple[str, ...] | None:
        """Of which group of the membership table each person is, empty for none; None where there are no groups."""
        groups = {name_key(name): group for name, group in self.membership.groups.items()}
        return tuple(groups.get(name_key(person.name), "") for person in self.people) if groups else None


@final
class Experiments:
    """The experiments of a run; models that share people, truth and training set share one.

    Args:
        settings: What was asked for.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._numbers: dict[tuple[object, ...], int] = {}
        self._made: list[Experiment] = []
        self._worlds: dict[tuple[int, int], World] = {}
        self._world_people: dict[tuple[int, int, int], PeopleSet] = {}
        self._pools: dict[tuple[str, ...], NamePool] = {}

    @property
    def made(self) -> tuple[Experiment, ...]:
        """All experiments, by their numbers."""
        return tuple(self._made)

    def of(self, spec: str) -> int:
        """Returns the number of a model's experiment: the one asked for, or the one that the model brings.

        Raises:
            IdiaError: Nobody says whom to attack, or it cannot be used.
        """
        settings = self._settings
        if settings.world is not None:
            borrowed = _world_of(settings.world)
            own = brought_world(spec)
            if own is not None and own.truth != borrowed.truth:
                raise SettingError(
                    f"--idia-people world:{borrowed.name} is not the truth about {own.name}, whose own recipe says who "
                    "is in it. Leave --idia-people out; or score a changed copy of the model from a folder without "
                    f"{RECIPE}."
                )
            return self._of_world(borrowed)
        if settings.people is not None and settings.membership is not None:
            people, membership = Path(settings.people), settings.membership
            return self._numbered(
                _GIVEN, lambda: (load_people(people, layout=settings.layout), Membership.from_csv(membership))
            )
        if spec == TOY_MODEL:
            return self._numbered(("toy",), toy_people)
        brought = brought_world(spec)
        if brought is None:
            raise SettingError(
                f"--idia-model {spec} needs --idia-people and --idia-membership: it does not say who is in it, as a "
                "model trained by `idia train --world` does. The people of such a model can be taken, too: "
                "--idia-people world:MODEL."
            )
        return self._of_world(brought)

    def take_requested_bins(self) -> None:
        """Puts the bins that were asked for in the place of the default ones: where they hold somebody.

        Raises:
            SettingError: Bins overlap, or one of them holds nobody in any experiment.
        """
        if self._settings.bins is None:
            return
        bins = parsed_bins(self._settings.bins, np.concatenate([each.occurrences for each in self._made]))
        self._made = [
            replace(each, bins=tuple(bin_ for bin_ in bins if bin_.holds(each.occurrences).any()))
            for each in self._made
        ]

    def checked(self) -> tuple[Experiment, ...]:
        """Returns all experiments, every photo of the given people among which can be read; decodes each once.

        Raises:
            DatasetError: A photo cannot be read, and may not be left out.
            SettingError: With the photos that are left, a number of photos asked for is too large.
        """
        if _GIVEN not in self._numbers:
            return self.made  # what is drawn can be read
        (experiment,) = self._made
        people = checked(experiment.people, skip_unreadable=self._settings.skip_unreadable)
        return (replace(experiment, people=people, sizes=resolve_sizes(self._settings.photos, people.min_photos)),)

    def _of_world(self, model: WorldModel) -> int:
        seed, n_people, n_photos = key = (model.seed, model.n_people, model.n_photos)
        if key not in self._world_people:
            folder = self._settings.cache_dir / _WORLD_FOLDER
            world = self._worlds.setdefault((seed, n_photos), World(seed, n_photos, folder=folder))
            self._world_people[key] = world.people(n_people)
        membership = _membership_of(model)
        people = self._world_people[key]
        truth = membership.sha256, membership.training_set, tuple(sorted(membership.groups.items()))
        number = self._numbered((*key, *truth), lambda: (people, membership))
        self._made[number] = replace(self._made[number], world_seed=seed)
        return number

    def _numbered(self, key: tuple[object, ...], whose: Callable[[], tuple[PeopleSet, Membership]]) -> int:
        if key not in self._numbers:
            self._made.append(self._experiment(*whose(), is_synthetic=key != _GIVEN))
            self._numbers[key] = len(self._made) - 1
        return self._numbers[key]

    def _experiment(self, people: PeopleSet, membership: Membership, *, is_synthetic: bool) -> Experiment:
        settings = self._settings
        if settings.max_occurrences is not None:
            people = _without_the_most_frequent(people, membership, settings.max_occurrences)
        occurrences = membership.of(people.people)
        check_roles(occurrences)
        named = tuple(person.name for person in people)
        if named not in self._pools:
            self._pools[named] = candidate_names(settings, named)
        sizes = resolve_sizes(settings.photos, people.min_photos)
        names, bins = self._pools[named], default_bins(occurrences)
        return Experiment(people, membership, occurrences, names, sizes, bins, is_synthetic)


def brought_world(spec: str) -> WorldModel | None:
    """Returns the world that a model of a folder was trained on, by the recipe in it; None for any other model.

    Raises:
        ModelError: There is no such folder, or its recipe cannot be used.
    """
    parsed = parse_spec(spec)
    return world_model(existing_folder(parsed.target, spec)) if parsed.kind == "local-dir" else None


def _world_of(folder: Path) -> WorldModel:
    model = world_model(folder)
    if model is None:
        raise SettingError(
            f"--idia-people world:{folder}: {folder / RECIPE} speaks of no world. Name a shipped model, or a folder "
            "that `idia train --world` wrote."
        )
    return model


def _membership_of(model: WorldModel) -> Membership:
    found = hashlib.sha256(read_bytes(model.identities)).hexdigest()
    if found != model.identities_sha256:
        raise DatasetError(
            f"{model.identities} is not the table that {model.folder / RECIPE} speaks of: expected sha256 "
            f"{model.identities_sha256}, got {found}. Restore the file, or train the model again with "
            f"`idia train --world {model.name}`."
        )
    return Membership.from_csv(model.identities)


def _without_the_most_frequent(people: PeopleSet, membership: Membership, most: int) -> PeopleSet:
    occurrences = membership.of(people.people)
    kept = tuple(person for person, count in zip(people.people, occurrences, strict=True) if count <= most)
    if not kept:
        raise SettingError(f"--idia-max-occurrences {most} leaves nobody: everybody has more training occurrences.")
    fewest = min((int(count) for count in occurrences if count > 0), default=0)
    if fewest > most:
        raise SettingError(
            f"--idia-max-occurrences {most} leaves no member of {membership.training_set}: they have {fewest} training "
            "occurrences and more. Raise it, or score that model alone without it."
        )
    return replace(people, people=kept)
