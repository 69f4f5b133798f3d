"""What an attack by names alone found, ready to be published."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from idia.attacks.text_only import TextOnlyAttack
from idia.attacks.voting import Size
from idia.audit.attacks import other_model
from idia.audit.start_pictures import StartPictures
from idia.audit.text_lists import TextLists
from idia.audit.text_looks import Said, TextLook, rounded
from idia.blind import claim
from idia.evaluation import evaluate_scores
from idia.evaluation.controls import ControlKind, judged_control
from idia.experiments import Experiment
from idia.publication import Finding, KindFinding, Reference, TextOnlyFinding
from idia.publication.text_only import scored_bins
from idia.settings import Mode, Settings

OPTIMISER = "gradient descent"


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """What was asked of a model.

    Attributes:
        experiment: Whom to attack, and what is known of them.
        settings: How.
        attack: The attack.
        mode: How much the model is asked.
        lists: All texts that it is asked about.
        starts: The pictures that optimisation started from.
    """

    experiment: Experiment
    settings: Settings
    attack: TextOnlyAttack
    mode: Mode
    lists: TextLists
    starts: StartPictures


_Scores = Mapping[ControlKind, Float64[np.ndarray, " scored"] | str]


def found(
    asked: Asked,
    look: TextLook,
    reference: str,
    says: Said,
    controls: _Scores,
    guesses: Mapping[str, Float64[np.ndarray, " people"] | str],
    *,
    faces: str | None,
) -> Finding:
    """Returns what is found with one reference population.

    Args:
        asked: What was asked.
        look: What the model makes of the texts.
        reference: Which population detectors were fitted on.
        says: What the attack says with it.
        controls: What it says of the same people where the answer is known, or why nobody was asked.
        guesses: What those say of everybody who never ask the model, or why they say nothing.
        faces: What represents photos, where they are looked at.
    """
    text_only = _text_only(asked, look, reference, says, faces)
    attack = _attack(asked.mode, reference, faces)
    return finding_of(attack, asked.experiment, asked.settings.seed, says, controls, guesses, text_only)


def finding_of(
    attack: str,
    experiment: Experiment,
    seed: int,
    says: Said,
    controls: _Scores,
    guesses: Mapping[str, Float64[np.ndarray, " people"] | str],
    text_only: TextOnlyFinding,
) -> Finding:
    """Returns what an attack by names alone found, with what shows whether that means anything.

    Args:
        attack: What it is called.
        experiment: Whom it attacked, and what is known of them.
        seed: Keys the bootstrap.
        says: What it says.
        controls: What it says of the same people where the answer is known, or why nobody was asked.
        guesses: What those say of everybody who never ask the model, or why they say nothing.
        text_only: What else it found.
    """
    rows = np.arange(len(experiment.people)) if says.rows is None else says.rows
    occurrences = experiment.occurrences[rows]
    is_member, scores = occurrences > 0, says.scores
    sizes: tuple[Size, ...] = (0,) if text_only.photos is None else ("all",)
    groups = None if experiment.groups is None else [experiment.groups[row] for row in rows.tolist()]
    bins = scored_bins(experiment, text_only)
    result = evaluate_scores(scores[:, None], sizes, occurrences, bins=bins, groups=groups, seed=seed)
    blind = {name: each if isinstance(each, str) else each[rows] for name, each in guesses.items()}
    blind["other-model"] = other_model(controls)
    return Finding(
        attack,
        result,
        sizes,
        scores[:, None, None],
        np.array([len(person.photos) for person in experiment.people]),
        control_scores={kind: each for kind, each in controls.items() if not isinstance(each, str)},
        controls={kind: judged_control(kind, each, is_member, seed=seed) for kind, each in controls.items()},
        blind_scores={name: each for name, each in blind.items() if not isinstance(each, str)},
        blind_reasons={name: each for name, each in blind.items() if isinstance(each, str)},
        claim=claim(scores, blind, is_member, seed=seed),
        text_only=text_only,
    )


def _attack(mode: Mode, reference: str, faces: str | None) -> str:
    return "tuni-release" if mode == "release" else f"tuni-{reference}{'' if faces is None else '-photos'}"


def _text_only(asked: Asked, look: TextLook, reference: str, says: Said, faces: str | None) -> TextOnlyFinding:
    how, people = asked.attack.how, asked.lists.people
    if says.rows is not None:
        fitted_on = Reference("attacked names", len(people) - len(says.people.scores), people.sha256, "attacked names")
        of_reference = np.delete(look.people.matrix, says.rows, axis=0)
        asking = [look.people]
    else:
        population = asked.lists.references[reference]
        fitted_on = Reference(reference, len(population), population.sha256, population.source)
        of_reference = look.references[reference].matrix
        asking = [look.people, look.references[reference]]
    features = look.people.matrix if says.rows is None else look.people.matrix[says.rows]
    return TextOnlyFinding(
        mode=asked.mode,
        inversion={
            "image": how.image,
            "restarts": how.n_restarts,
            "steps": how.n_steps,
            "optimiser": OPTIMISER,
            "learning_rate": how.learning_rate,
            "starts": asked.starts.source,
            "starts_sha256": asked.starts.sha256,
            "photos": faces,
        },
        reference=fitted_on,
        detectors=says.voters,
        needed=len(says.voters) // 2 + 1,
        contamination=asked.attack.contamination,
        defects=asked.attack.defects,
        votes=says.people.votes,
        features=rounded(features),
        reference_features=rounded(of_reference),
        kinds={
            kind: KindFinding(rounded(look.kinds[kind].matrix), each.votes, rounded(each.scores))
            for kind, each in says.kinds.items()
        },
        queries=sum(each.queries for each in asking),
        gradient_steps=sum(each.gradient_steps for each in asking),
        access="gradient",
        cpu_seconds=round(sum(each.cpu_seconds for each in asking), 3),
        rows=says.rows,
    )
