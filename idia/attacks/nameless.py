"""Identity inference without a name: how often a person's photos agree on any name at all."""

from dataclasses import dataclass

import numpy as np

from idia.attacks.predictions import NamePredictions
from idia.attacks.scores import PersonScores

NAMELESS = "nameless"
"""What the attack is called on the leaderboard."""


@dataclass(frozen=True)
class NamelessAttack:
    """Asks how often two photos of a person are given the same name, whichever it is.

    A model that has learned a face answers with one name, the person's own or somebody else's. So nobody needs to know
    the name; it need not even be among the candidates. The score is the probability, over prompts and pairs of
    different photos, that both photos of the pair are given the same name. Where c of M photos are given a name, that
    is the sum over names of c(c - 1) / M(M - 1), averaged over prompts.

    Of one photo nothing can agree, and the score is 0. From two photos on its expectation does not depend on their
    number, unlike that of the share of the most frequent name, which is large where photos are few.

    The null: whoever was not trained on has photos that agree as often as those of other people who were not. How often
    that is depends on the model (one that gives everybody the same name has full agreement) and on how alike the
    photos are; so scores compare people of one audit, and mean nothing by themselves.

    Source:
        The setting without a name is that of Webster et al., INRIA, 2025, who take the share of the most frequent name.
    """

    def score(self, predictions: NamePredictions) -> PersonScores:
        """Returns the membership score of everybody, in [0, 1].

        Args:
            predictions: The name chosen for every photo and prompt, as `IdentityInferenceAttack.predict` returns them.
        """
        scores = [_agreement(table) for table in predictions.predicted]
        return PersonScores(NAMELESS, np.array(scores), predictions.n_photos)


def _agreement(predicted: np.ndarray) -> float:
    """How often two of a person's photos are given the same name, averaged over prompts; 0 of one photo."""
    n_photos, n_prompts = predicted.shape
    if n_photos == 1:
        return 0.0
    _, inverse = np.unique(predicted, return_inverse=True)
    numbered = inverse.reshape(predicted.shape) + np.arange(n_prompts) * (inverse.max() + 1)
    counts = np.bincount(numbered.ravel())
    return float((counts * (counts - 1)).sum() / (n_prompts * n_photos * (n_photos - 1)))
