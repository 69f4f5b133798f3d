"""What each attack finds in a look at one model, and what controls and blind baselines say about it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64

from idia.attacks.anonymity import anonymised
from idia.attacks.calibrated import CALIBRATED, CalibratedAttack
from idia.attacks.nameless import NAMELESS
from idia.attacks.voting import Size, count_votes
from idia.audit.looks import Look, calibrated_scores, headline
from idia.blind import claim
from idia.evaluation import evaluate, evaluate_scores, largest
from idia.evaluation.controls import ControlKind, judged_control
from idia.experiments import Experiment
from idia.publication import Finding
from idia.settings import Settings

NO_NAME = "it asks for no name"

_Scores = Mapping[str, Float64[np.ndarray, " people"]]


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """What is asked of a model.

    Attributes:
        experiment: Whom to attack, and what is known of them.
        settings: How.
        calibrated: The calibrated attack.
    """

    experiment: Experiment
    settings: Settings
    calibrated: CalibratedAttack


def found(attack: str, look: Look, asked: Asked) -> Finding:
    """Returns what an attack finds.

    Args:
        attack: `idia`, `calibrated` or `nameless`.
        look: What the model makes of people and names.
        asked: Whom to attack, and how.
    """
    if attack in (CALIBRATED, NAMELESS):
        return _scored(attack, look, asked)
    experiment, settings = asked.experiment, asked.settings
    # Voted on as published, so that anybody can repeat the draws, and nobody can tell from them who was meant.
    predictions = anonymised(look.predictions)
    votes = count_votes(predictions, sizes=experiment.sizes, draws=settings.draws, seed=settings.seed)
    result = evaluate(
        votes,
        experiment.occurrences,
        tau=settings.tau,
        bins=experiment.bins,
        groups=experiment.groups,
        seed=settings.seed,
    )
    return Finding(
        attack,
        result,
        votes.sizes,
        votes.scores,
        predictions.n_photos,
        draws=settings.draws,
        codes=predictions.predicted,
        near_tie_rate=predictions.near_tie_rate,
        backend=predictions.backend,
    )


def _scored(attack: str, look: Look, asked: Asked) -> Finding:
    """What an attack with a continuous score finds. Without a name, one photo can agree with no other."""
    experiment, seed = asked.experiment, asked.settings.seed
    sizes: tuple[Size, ...] = experiment.sizes
    if attack == NAMELESS:
        sizes = (experiment.sizes[largest(experiment.sizes)],)
        scores = headline(attack, look, asked.calibrated, seed)[:, None]
    else:
        people = tuple(person.name for person in experiment.people)
        scores = calibrated_scores(asked.calibrated, look.seen, sizes, people, seed)
    result = evaluate_scores(
        scores, sizes, experiment.occurrences, bins=experiment.bins, groups=experiment.groups, seed=seed
    )
    evidence = look.evidence if attack == CALIBRATED else None
    return Finding(attack, result, sizes, scores[:, :, None], look.seen.n_photos, evidence=evidence)


def checked(
    finding: Finding,
    asked: Asked,
    controls: Mapping[ControlKind, _Scores | str],
    guesses: Mapping[str, Float64[np.ndarray, " people"] | str],
) -> Finding:
    """Returns what an attack finds together with what shows whether that means anything.

    Args:
        finding: What it finds.
        asked: Whom to attack, and how.
        controls: What each attack says about everybody where the answer is known, or why nobody was asked.
        guesses: What those say who never ask the model, or why they say nothing.
    """
    is_member, seed, attack = asked.experiment.occurrences > 0, asked.settings.seed, finding.attack
    scores = {kind: each if isinstance(each, str) else each[attack] for kind, each in controls.items()}
    if attack == NAMELESS:
        scores["permuted-map"] = NO_NAME
    judged = {kind: judged_control(kind, each, is_member, seed=seed) for kind, each in scores.items()}
    blind = {**guesses, "other-model": other_model(scores)}
    values = finding.scores[:, largest(finding.sizes), 0].astype(np.float64)
    return replace(
        finding,
        control_scores={kind: each for kind, each in scores.items() if not isinstance(each, str)},
        controls=judged,
        blind_scores={name: each for name, each in blind.items() if not isinstance(each, str)},
        blind_reasons={name: each for name, each in blind.items() if isinstance(each, str)},
        claim=claim(values, blind, is_member, seed=seed),
    )


def other_model(
    scores: Mapping[ControlKind, Float64[np.ndarray, " people"] | str],
) -> Float64[np.ndarray, " people"] | str:
    """Returns what the attack says about a model that never saw the people: a trained one where there is one.

    Args:
        scores: What it says under each control, or why nobody was asked.
    """
    clean, untrained = scores["clean-model"], scores["random-weights"]
    if isinstance(clean, str) and isinstance(untrained, str):
        return "no other model was scored"
    return untrained if isinstance(clean, str) else clean
