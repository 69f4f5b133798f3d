"""All texts that a model is asked about by itself: the people's names, and what nobody was trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from idia.attacks.decoys import Lengths
from idia.models import Model
from idia.models.token_counts import cut_texts, token_counts
from idia.plan import Plan, Target
from idia.text_populations import check_texts, never_trained, reference_population
from idia.text_references import ReferenceKind, TextPopulation
from idia.world.people import world_names

_REFERENCES: tuple[ReferenceKind, ...] = ("gibberish", "names")


@dataclass(frozen=True, eq=False, slots=True)
class TextLists:
    """Texts, no two of which are the same.

    Attributes:
        people: The names of the people in question, in their order.
        references: What detectors are fitted on, by kind.
        kinds: Texts that were never trained on, one population of each kind; some may be empty.
    """

    people: TextPopulation
    references: Mapping[str, TextPopulation]
    kinds: tuple[TextPopulation, ...]


def text_lists(plan: Plan, target: Target, model: Model) -> TextLists:
    """Returns what a model is to be asked about.

    Args:
        plan: Whom to attack, and how.
        target: The model, and what it is asked as.
        model: The model, loaded; it says how many tokens texts have.

    Raises:
        DatasetError: A name cannot be asked about.
        SettingError: There are too few reference texts.
    """
    experiment, settings = plan.experiment(target), plan.settings
    names = [person.name for person in experiment.people]
    counts = token_counts(model, names)
    check_texts(names, counts, cut_texts(model, names))
    # Models of a world may have been trained on later people of it; and candidates are common names.
    known = () if experiment.world_seed is None else world_names(experiment.world_seed)
    excluded = [*known, *experiment.names.names]
    tokens = None if counts is None else _lengths(model)
    references: dict[str, TextPopulation] = {
        kind: reference_population(kind, settings, names, seed=settings.seed, excluded=excluded, tokens=tokens)
        for kind in _REFERENCES
    }
    kinds = never_trained(
        settings,
        names,
        experiment.occurrences > 0,
        tuple(references.values()),
        seed=settings.seed,
        excluded=excluded,
        tokens=tokens,
    )
    return TextLists(TextPopulation("people", tuple(names), "the people in question"), references, kinds)


def _lengths(model: Model) -> Lengths:
    def lengths(texts: Sequence[str]) -> Int[np.ndarray, " texts"]:
        counts = token_counts(model, texts)
        assert counts is not None
        return counts

    return lengths
