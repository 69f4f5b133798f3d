"""`TextLook`: what one model makes of texts alone, and what detectors say of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int

from idia.attacks.anomaly import DETECTORS, AnomalyDetectors, AnomalyVerdicts
from idia.attacks.photo_closeness import photo_closeness, reference_closeness
from idia.attacks.photo_vote import PHOTO_VOTER, with_photo_vote
from idia.attacks.text_features import TextFeatures
from idia.attacks.text_only import TextOnlyAttack
from idia.audit.looks import SCORE_DECIMALS
from idia.randomness import key_of, random_bits

Photos = Sequence[Float64[np.ndarray, "photos dims"]]
"""Everybody's photos, as a local representation has them."""


@dataclass(frozen=True, eq=False, slots=True)
class TextLook:
    """What one model makes of texts.

    Attributes:
        people: Of the names of the people in question.
        references: Of the reference populations, by kind.
        kinds: Of texts that were never trained on, by kind; empty in a control.
    """

    people: TextFeatures
    references: Mapping[str, TextFeatures]
    kinds: Mapping[str, TextFeatures]


@dataclass(frozen=True, eq=False, slots=True)
class Said:
    """What the attack says.

    Attributes:
        voters: Who votes, in the order of the columns of votes.
        people: Of the people in question, or of those of `rows`.
        kinds: Of texts that were never trained on, by kind.
        rows: Which people are judged at all; None for all of them.
    """

    voters: tuple[str, ...]
    people: AnomalyVerdicts
    kinds: Mapping[str, AnomalyVerdicts]
    rows: Int[np.ndarray, " scored"] | None = None

    @property
    def scores(self) -> Float64[np.ndarray, " scored"]:
        """How abnormal the people are, as it is published."""
        return rounded(self.people.scores)


class Judges:
    """Detectors, fitted once on every reference population that there is.

    Args:
        attack: The attack.
    """

    def __init__(self, attack: TextOnlyAttack) -> None:
        self._attack = attack
        self._fitted: dict[bytes, AnomalyDetectors] = {}

    def said(self, look: TextLook, reference: str, photos: Photos | None = None) -> Said:
        """Returns what the attack says, with detectors that were fitted on one reference population.

        Args:
            look: What the model makes of the texts.
            reference: Which population, as in `look.references`.
            photos: Everybody's photos, where they are to be compared with the optimised pictures; in the order of
                people.
        """
        fitted_on, populations = look.references[reference], {"": look.people, **look.kinds}
        detectors = self._detectors(fitted_on)
        verdicts = {kind: detectors.judged(rounded(each.matrix)) for kind, each in populations.items()}
        if photos is not None:
            assert fitted_on.pictures is not None
            seed, usual = self._attack.seed, reference_closeness(fitted_on.pictures, photos, seed=self._attack.seed)
            for kind, each in populations.items():
                assert each.pictures is not None
                # A text that is nobody's name is held against the photos of somebody.
                own = photos if not kind else _anybody(photos, len(each.pictures), key_of(kind), seed)
                closeness = photo_closeness(each.pictures, own, fitted_on.pictures)
                contamination = self._attack.contamination
                verdicts[kind] = with_photo_vote(verdicts[kind], closeness, usual, contamination=contamination)
        people = verdicts.pop("")
        return Said(DETECTORS if photos is None else (*DETECTORS, PHOTO_VOTER), people, verdicts)

    def said_as_released(self, look: TextLook) -> Said:
        """Returns what the authors' release says of those of the people whom it tests.

        Args:
            look: What the model makes of the people's names.
        """
        verdicts = self._attack.judged_as_released(look.people.matrix)
        return Said(DETECTORS, AnomalyVerdicts(verdicts.votes, verdicts.scores), {}, verdicts.rows)

    def _detectors(self, reference: TextFeatures) -> AnomalyDetectors:
        # As they are published, so that what is said follows from that; and no detector learns from rounding errors.
        features = rounded(reference.matrix)
        key = features.tobytes()
        if key not in self._fitted:
            self._fitted[key] = self._attack.detectors(features)
        return self._fitted[key]


def rounded(values: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
    """Returns numbers as they are published."""
    return np.round(values, SCORE_DECIMALS)


def _anybody(photos: Photos, n: int, kind: int, seed: int) -> Photos:
    drawn = random_bits(kind, seed, np.arange(n, dtype=np.uint64)) % np.uint64(len(photos))
    return [photos[int(at)] for at in drawn]
