"""What a benchmark run will do, checked before any model is loaded: bad input must cost no finished work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from idia.attacks.voting import check_threshold
from idia.errors import SettingError
from idia.experiments import Experiment, Experiments, brought_world
from idia.models.specs import parse_spec, public_spec, random_counterpart
from idia.prompts import PAPER_PROMPTS, PromptTemplates
from idia.records import check_nobody_named, check_writable, read_records, read_utility
from idia.records.order import secret_key
from idia.settings import Mode, Settings, text_only_modes
from idia.tasks import TaskSet
from idia.text_populations import check_texts
from idia.text_references import own_reference
from idia.utility_plan import planned_tasks

Control = Literal["permuted-map", "random-weights", "clean-model"]
"""Why a row is a control: everybody under another person's name, a model that learned nothing, or one that was trained
on other people than those it is asked about."""


@dataclass(frozen=True, slots=True)
class Target:
    """One model to score, possibly as a control.

    Attributes:
        spec: Specification of the model to load.
        control: Why it is a control, or None.
        of: Specification of the model that a control belongs to.
        experiment: Number of the experiment, among those of the plan.
    """

    spec: str
    control: Control | None = None
    of: str | None = None
    experiment: int = 0

    def __str__(self) -> str:
        return self.spec + self._suffix

    @property
    def public_name(self) -> str:
        """The target without the folders in its specification, which another target may share."""
        return public_spec(self.spec) + self._suffix

    @property
    def has_utility(self) -> bool:
        """Whether it makes sense to ask what the model is good for: not where it or its names are broken on purpose."""
        return self.control in (None, "clean-model")

    @property
    def _suffix(self) -> str:
        return "+permuted" if self.control == "permuted-map" else ""


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything a run needs besides the models.

    Attributes:
        settings: What was asked for.
        experiments: Whom to attack, and what is known of them; one for all models, or those that the models bring.
        prompts: The prompt templates.
        targets: The models, each followed by its controls.
        tasks: What each model should be good at, by its specification; missing where nobody says.
    """

    settings: Settings
    experiments: tuple[Experiment, ...]
    prompts: PromptTemplates
    targets: tuple[Target, ...]
    tasks: Mapping[str, TaskSet] = field(default_factory=dict)

    def experiment(self, target: Target) -> Experiment:
        """Returns whom to attack in a model."""
        return self.experiments[target.experiment]

    def text_only(self, target: Target) -> tuple[Mode, ...]:
        """Returns in which modes the people of a model are attacked by their names alone.

        Those of a control are not: this attack has controls of its own, texts that were never trained on.
        """
        return _text_only(self.settings, target)


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
    _check_specs(settings)
    prompts = PAPER_PROMPTS if settings.prompts is None else PromptTemplates.from_file(settings.prompts)
    check_threshold(settings.tau, len(prompts))
    experiments = Experiments(settings)
    targets = _targets(settings, experiments)
    experiments.take_requested_bins()
    _check_text_only(settings, targets, experiments.made)
    for experiment in experiments.made:
        _check_nobody_named(settings, experiment, prompts)
    if not is_checked:
        check_writable(settings.results)
        # The leaderboard is rendered from all of them: a damaged one would spoil it.
        read_records(settings.results)
        read_utility(settings.results)
        if not all(experiment.is_synthetic for experiment in experiments.made):
            secret_key(settings.cache_dir)  # made now, or found to be damaged: records need it in the end
    made = experiments.checked() if settings.skip_unreadable or not is_checked else experiments.made
    useful = [target.spec for target in targets if target.has_utility]
    people = [experiment.people for experiment in made]
    tasks = planned_tasks(settings, useful, people, is_checked=is_checked)
    return Plan(settings, made, prompts, targets, tasks)


def _check_nobody_named(settings: Settings, experiment: Experiment, prompts: PromptTemplates) -> None:
    published = {
        "the folder of people, or its recipe,": experiment.people.id,
        "the file of memberships, or its recipe,": experiment.membership.training_set,
        "--idia-names": experiment.names.source,
        "--idia-consent-basis": settings.consent_basis,
    }
    published |= {f"the prompt template {number}": prompt for number, prompt in enumerate(prompts.templates, 1)}
    groups = sorted(set(experiment.groups or ()))
    published |= {f"group {number} of the membership table": group for number, group in enumerate(groups, 1)}
    published |= {f"--idia-model number {number}": public_spec(spec) for number, spec in enumerate(settings.model, 1)}
    check_nobody_named(published, [person.name for person in experiment.people])


def _text_only(settings: Settings, target: Target) -> tuple[Mode, ...]:
    return () if target.control is not None else text_only_modes(settings, target.spec)


def _check_text_only(settings: Settings, targets: Sequence[Target], experiments: Sequence[Experiment]) -> None:
    attacked = {target.experiment for target in targets if _text_only(settings, target)}
    if attacked and settings.text_faces is not None and not settings.text_faces.is_dir():
        raise SettingError(
            f"--idia-text-faces: there is no folder {str(settings.text_faces)!r}. Expected photos of strangers in it."
        )
    for number in sorted(attacked):
        names = [person.name for person in experiments[number].people]
        check_texts(names)
        own = own_reference(settings, names)
        if own is not None:
            check_nobody_named({"--idia-text-reference": own.source}, names)


def _check_specs(settings: Settings) -> None:
    """Raises if something is no specification, before anything on the disk is looked at."""
    for spec in settings.model:
        parse_spec(spec)
        for kind in settings.control:
            if kind != "permuted":
                parse_spec(random_counterpart(spec) if kind == "random" else kind)


def _targets(settings: Settings, experiments: Experiments) -> tuple[Target, ...]:
    targets = []
    for spec in settings.model:
        experiment = experiments.of(spec)
        own_world = brought_world(spec) if settings.people is None or settings.world is not None else None
        if own_world is not None and own_world.clean_of is not None:
            # A control has no controls of its own.
            targets.append(Target(spec, "clean-model", f"local-dir:{own_world.clean_of}", experiment))
            continue
        targets.append(Target(spec, experiment=experiment))
        for kind in settings.control:
            if kind == "permuted":
                targets.append(Target(spec, "permuted-map", spec, experiment))
            else:
                counterpart = random_counterpart(spec) if kind == "random" else kind
                targets.append(Target(counterpart, "random-weights", spec, experiment))
    # Two models of one architecture share their control with random weights.
    unique: dict[tuple[str, Control | None, int], Target] = {}
    for target in targets:
        unique.setdefault((target.spec, target.control, target.experiment), target)
    return tuple(unique.values())
