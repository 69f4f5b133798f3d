"""`Look`: what one model makes of people and names, all that the attacks need, and that look with something broken."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float64, Int

from idia.attacks.anonymity import anonymised
from idia.attacks.calibrated import CALIBRATED, CalibratedAttack
from idia.attacks.evidence import Evidence
from idia.attacks.named_photos import NamedPhotos
from idia.attacks.nameless import NAMELESS, NamelessAttack
from idia.attacks.predictions import NamePredictions
from idia.attacks.voting import Size, count_votes
from idia.randomness import key_of, random_bits

IDIA = "idia"
"""What the identity inference attack as published is called on the leaderboard."""

ATTACKS = (IDIA, CALIBRATED, NAMELESS)
"""All attacks on photos, the published one first."""

SCORE_DECIMALS = 6
"""Of a published score: what follows differs between processors."""


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """What one model makes of people and names.

    Attributes:
        predictions: The name predicted for every photo and prompt.
        seen: Photos and names as the model embeds them.
        tokens: Of how many tokens each person's name is to the model `[people]`; None if it does not say.
        evidence: Where own names rank among decoys; None where that was not asked for.
    """

    predictions: NamePredictions
    seen: NamedPhotos
    tokens: Int[np.ndarray, " people"] | None = None
    evidence: Evidence | None = None

    def under_other_names(self, seed: int) -> "Look":
        """Returns the look in which everybody is asked about under another person's name."""
        whose = self.predictions.permutation(seed)
        return Look(self.predictions.with_permuted_targets(seed), replace(self.seen, targets=self.seen.targets[whose]))

    def planted(self, is_member: Bool[np.ndarray, " people"]) -> "Look":
        """Returns the look of a model that has learned by heart who the members are.

        Every photo of theirs is given their name, which lies where their photos are; all else is as it was.
        """
        seen, names, tables = self.seen, self.seen.names.copy(), list(self.predictions.predicted)
        centres = seen.means / np.linalg.norm(seen.means, axis=1, keepdims=True)
        names[seen.targets[is_member]] = centres[is_member]
        for person in np.flatnonzero(is_member).tolist():
            tables[person] = np.full_like(tables[person], self.predictions.targets[person])
        return replace(self, predictions=replace(self.predictions, predicted=tables), seen=replace(seen, names=names))


def headline(attack: str, look: Look, asked: CalibratedAttack, seed: int) -> Float64[np.ndarray, " people"]:
    """Returns what an attack says about everybody, with all photos `[people]`.

    Args:
        attack: `idia`, `calibrated` or `nameless`.
        look: What the model makes of people and names.
        asked: The calibrated attack.
        seed: Keys the order in which photos vote, which with all of them changes nothing.
    """
    if attack == CALIBRATED:
        return np.round(asked.score(look.seen).values, SCORE_DECIMALS)
    if attack == NAMELESS:
        return np.round(NamelessAttack().score(look.predictions).values, SCORE_DECIMALS)
    votes = count_votes(anonymised(look.predictions), sizes=["all"], draws=1, seed=seed)
    return votes.scores[:, 0, 0].astype(np.float64)


def calibrated_scores(
    asked: CalibratedAttack, seen: NamedPhotos, sizes: tuple[Size, ...], people: tuple[str, ...], seed: int
) -> Float64[np.ndarray, "people sizes"]:
    """Returns the calibrated score of everybody, for every number of photos, each with one draw `[people, sizes]`.

    Args:
        asked: The calibrated attack.
        seen: Photos and names as the model embeds them.
        sizes: Photos per person.
        people: Who keys whose draw `[people]`.
        seed: Keys the draws, together with the person.
    """
    orders = [_photo_order(photos, key_of(person), seed) for photos, person in zip(seen.photos, people, strict=True)]
    scores = [
        asked.score(seen if size == "all" else seen.with_photos([order[:size] for order in orders])).values
        for size in sizes
    ]
    return np.round(np.stack(scores, axis=1), SCORE_DECIMALS)


def _photo_order(photos: np.ndarray, person: int, seed: int) -> Int[np.ndarray, " photos"]:
    """A random order of a person's photos, whatever order they come in."""
    listed = np.lexsort(photos.T[::-1])
    drawn = np.argsort(random_bits(seed, person, np.arange(len(photos), dtype=np.uint64)), kind="stable")
    order: Int[np.ndarray, " photos"] = listed[drawn]
    return order
