"""Blind guesses about the people of a plan: made once for everybody who is asked about them."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64

from idia.audit.looks import Look
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

    def of(self, target: Target, look: Look, progress: Progress | None = None) -> _Guesses:
        """Returns scores of everybody by each blind baseline `[people]`, or why there are none.

        Args:
            target: The model whose people they are.
            look: What it makes of them; nothing is asked of it but of how many tokens names are.
            progress: Told of how many people the photos were looked at.
        """
        tokens = b"" if look.tokens is None else look.tokens.tobytes()
        key = target.experiment, tokens
        if key not in self._made:
            experiment = self._plan.experiment(target)
            people = experiment.people.people
            if target.experiment not in self._images:
                self._images[target.experiment] = image_features(people, progress)
            scores = blind_scores(
                people,
                experiment.occurrences,
                token_counts=look.tokens,
                metadata=experiment.membership.columns_of(people),
                images=self._images[target.experiment],
                seed=self._plan.settings.seed,
            )
            self._made[key] = {name: each for name, each in scores.items() if name != "other-model"}
        return self._made[key]
