"""Blind guesses about the people of a plan: made once for everybody who is asked about them."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64, Int

from idia.blind import blind_scores, image_features
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
        self._images: dict[int, Float64[np.ndarray, "people features"]] = {}
        self._made: dict[tuple[int, bytes], _Guesses] = {}

    def of(
        self, target: Target, tokens: Int[np.ndarray, " people"] | None, progress: Progress | None = None
    ) -> _Guesses:
        """Returns scores of everybody by each blind baseline `[people]`, or why there are none.

        Args:
            target: The model whose people they are.
            tokens: Of how many tokens each name is to it `[people]`: nothing else is asked of it.
            progress: Told of how many people the photos were looked at.
        """
        key = target.experiment, b"" if tokens is None else tokens.tobytes()
        if key not in self._made:
            experiment = self._plan.experiment(target)
            people = experiment.people.people
            if target.experiment not in self._images:
                self._images[target.experiment] = image_features(people, progress)
            scores = blind_scores(
                people,
                experiment.occurrences,
                token_counts=tokens,
                metadata=experiment.membership.columns_of(people),
                images=self._images[target.experiment],
                seed=self._plan.settings.seed,
            )
            self._made[key] = {name: each for name, each in scores.items() if name != "other-model"}
        return self._made[key]
