"""Blind guesses about the people of a plan: made once for everybody who is asked about them."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64

from idia.blind import blind_scores
from idia.experiments import Experiment
from idia.models import Progress
from idia.plan import Plan, Target

_Guesses = Mapping[str, Float64[np.ndarray, " people"] | str]


class BlindGuesses:
    """What those say about the people of a plan who never ask a model.

    Args:
        plan: Whose people they are.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._made: dict[int, _Guesses] = {}

    def of(self, target: Target, progress: Progress | None = None) -> _Guesses:
        """Returns scores of everybody by each blind baseline `[people]`, or why there are none.

        Args:
            target: The model whose people they are; it is not asked.
            progress: Told of how many people the photos were looked at.
        """
        if target.experiment not in self._made:
            experiment = self._plan.experiment(target)
            scores = blind_scores(
                experiment.people.people,
                experiment.occurrences,
                metadata=_metadata(experiment),
                seed=self._plan.settings.seed,
                progress=progress,
            )
            self._made[target.experiment] = {name: each for name, each in scores.items() if name != "other-model"}
        return self._made[target.experiment]


def _metadata(experiment: Experiment) -> dict[str, tuple[str, ...]]:
    """What else is known of people; without groups that only members are of, who are told by that from all others."""
    columns = experiment.membership.columns_of(experiment.people.people)
    others = experiment.occurrences == 0
    if "group" in columns and not any(np.array(columns["group"], dtype=str)[others]):
        del columns["group"]
    return columns
