"""What a benchmark run will do, checked before any model is loaded: bad input must cost no finished work."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Int

from idia.attacks.voting import Size, check_threshold, resolve_sizes
from idia.errors import SettingError
from idia.evaluation import OccurrenceBin, check_bins, check_roles, default_bins
from idia.membership import Membership
from idia.models.specs import parse_spec, public_spec, random_counterpart
from idia.names import NamePool
from idia.people import PeopleSet, checked, load_people
from idia.prompts import PAPER_PROMPTS, PromptTemplates
from idia.records import check_nobody_named, check_writable, read_records
from idia.settings import Settings
from idia.testing import toy_people

Control = Literal["permuted-map", "random-weights"]
"""Why a row is a control: everybody under another person's name, or a model that learned nothing."""

_PAPER_NAMES_SEED = 42


@dataclass(frozen=True, slots=True)
class Target:
    """One model to score, possibly as a control.

    Attributes:
        spec: Specification of the model to load.
        control: Why it is a control, or None.
        of: Specification of the model that a control belongs to.
    """

    spec: str
    control: Control | None = None
    of: str | None = None

    def __str__(self) -> str:
        return self.spec + self._suffix

    @property
    def public_name(self) -> str:
        """The target without the folders in its specification, which another target may share."""
        return public_spec(self.spec) + self._suffix

    @property
    def _suffix(self) -> str:
        return "+permuted" if self.control == "permuted-map" else ""


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything a run needs besides the models.

    Attributes:
        settings: What was asked for.
        people: Whom to attack.
        membership: Ground truth.
        occurrences: Image–text pairs of each person `[people]`, from the membership.
        names: The candidate names.
        prompts: The prompt templates.
        sizes: Photos per person.
        bins: Training occurrences to report separately.
        targets: The models, each followed by its controls.
    """

    settings: Settings
    people: PeopleSet
    membership: Membership
    occurrences: Int[np.ndarray, " people"]
    names: NamePool
    prompts: PromptTemplates
    sizes: tuple[Size, ...]
    bins: tuple[OccurrenceBin, ...]
    targets: tuple[Target, ...]


def labels(targets: Sequence[Target]) -> list[str]:
    """Returns what to call targets where people read: without folders, unless two would be called the same."""
    names = [target.public_name for target in targets]
    return [name if names.count(name) == 1 else str(target) for name, target in zip(names, targets, strict=True)]


def make_plan(settings: Settings, *, is_checked: bool = False) -> Plan:
    """Returns the plan of a run, after everything that can be checked without a model has been checked.

    Args:
        settings: What was asked for.
        is_checked: Whether another process has already found that every photo can be read and results be written.

    Raises:
        IdiaError: Something cannot be used; the message says what, and what to do.
    """
    targets = _targets(settings)
    prompts = PAPER_PROMPTS if settings.prompts is None else PromptTemplates.from_file(settings.prompts)
    check_threshold(settings.tau, len(prompts))
    people, membership = _people(settings)
    occurrences = membership.of(people.people)
    check_roles(occurrences)
    bins = _bins(settings.bins, occurrences)
    names = _names(settings, [person.name for person in people.people])
    resolve_sizes(settings.photos, people.min_photos)
    _check_nobody_named(settings, people, membership, names, prompts)
    if not is_checked:
        check_writable(settings.results)
        read_records(settings.results)  # the leaderboard is rendered from all of them: a damaged one would spoil it
    if not settings.is_toy and (settings.skip_unreadable or not is_checked):
        people = checked(people, skip_unreadable=settings.skip_unreadable)
    sizes = resolve_sizes(settings.photos, people.min_photos)
    return Plan(settings, people, membership, occurrences, names, prompts, sizes, bins, targets)


def _check_nobody_named(
    settings: Settings, people: PeopleSet, membership: Membership, names: NamePool, prompts: PromptTemplates
) -> None:
    published = {
        "the folder of people, or its recipe,": people.id,
        "the file of memberships, or its recipe,": membership.training_set,
        "--idia-names": names.source,
        "--idia-consent-basis": settings.consent_basis,
    }
    published |= {f"the prompt template {number}": prompt for number, prompt in enumerate(prompts.templates, 1)}
    published |= {f"--idia-model number {number}": public_spec(spec) for number, spec in enumerate(settings.model, 1)}
    check_nobody_named(published, [person.name for person in people.people])


def _people(settings: Settings) -> tuple[PeopleSet, Membership]:
    if settings.people is None or settings.membership is None:
        return toy_people()
    return load_people(settings.people, layout=settings.layout), Membership.from_csv(settings.membership)


def _bins(requested: Sequence[str] | None, occurrences: Int[np.ndarray, " people"]) -> tuple[OccurrenceBin, ...]:
    if requested is None:
        return default_bins(occurrences)
    bins = tuple(sorted(OccurrenceBin.parsed(text) for text in requested))
    check_bins(bins, occurrences)
    return bins


def _names(settings: Settings, people: Sequence[str]) -> NamePool:
    """The pool that `--idia-names` describes: `K`, `LOCALE`, `LOCALE:K` or a CSV file."""
    wanted, seed = settings.names, settings.names_seed
    if wanted.lower().endswith(".csv"):
        if settings.first_names is not None:
            raise SettingError("--idia-first-names needs --idia-names to be a number, not a list of names.")
        return NamePool.from_csv(Path(wanted), people)
    locale, number = _culture_and_number(wanted)
    if settings.first_names is None or settings.surnames is None:
        return NamePool.sampled(people, number, seed=seed or 0, locale=locale or "en_US")
    if locale:
        raise SettingError("--idia-first-names needs --idia-names to be a number, not a culture.")
    seed = _PAPER_NAMES_SEED if seed is None else seed
    return NamePool.from_parts(settings.first_names, settings.surnames, people, number, seed=seed)


def _culture_and_number(wanted: str) -> tuple[str, int]:
    match = re.fullmatch(r"(?:([A-Za-z]+(?:_[A-Za-z]+)*)(?::|$))?(\d*)", wanted)
    if match is None or not wanted:
        raise SettingError(
            "--idia-names must be a number such as 1000, a culture such as de_DE or de_DE:1000, or a .csv file, "
            f"got {wanted!r}."
        )
    return match[1] or "", int(match[2] or 1000)


def _targets(settings: Settings) -> tuple[Target, ...]:
    targets = []
    for spec in settings.model:
        targets.append(Target(spec))
        for kind in settings.control:
            if kind == "permuted":
                targets.append(Target(spec, "permuted-map", of=spec))
            else:
                counterpart = random_counterpart(spec) if kind == "random" else kind
                targets.append(Target(counterpart, "random-weights", of=spec))
    for target in targets:
        parse_spec(target.spec)  # raises if it is no specification
    # Two models of one architecture share their control with random weights.
    unique: dict[tuple[str, Control | None], Target] = {}
    for target in targets:
        unique.setdefault((target.spec, target.control), target)
    return tuple(unique.values())
