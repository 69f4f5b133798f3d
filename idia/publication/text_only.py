"""What an attack by names alone found besides its scores, and the parts of a record that say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int

from idia.errors import ShapeError

Access = Literal["label", "score", "gradient"]
"""What must be seen of a model: its answer, how sure it is of each, or how that changes with what it is shown."""

INVERSION_KEYS = (
    "image",
    "restarts",
    "steps",
    "optimiser",
    "learning_rate",
    "starts",
    "starts_sha256",
    "photos",
)
"""How images were optimised: what of them was free, how often and how long, from where; and which representation of
photos, if any, was used on one's own machine."""


class Reference(NamedTuple):
    """The texts that detectors were fitted on.

    Attributes:
        kind: `gibberish`, `names`, or `attacked names` as in the authors' release.
        n: How many.
        sha256: The hash of the texts.
        source: Where they come from, in words.
    """

    kind: str
    n: int
    sha256: str
    source: str


class KindFinding(NamedTuple):
    """What was found of the texts of one kind, none of which was trained on.

    Attributes:
        features: Similarity and dispersion `[texts, 2]`.
        votes: Which detectors call each text abnormal `[texts, detectors]`; those that look at photos call none so.
        scores: How abnormal each is `[texts]`, on the scale of the attacked people's scores.
    """

    features: Float64[np.ndarray, "texts 2"]
    votes: Bool[np.ndarray, "texts detectors"]
    scores: Float64[np.ndarray, " texts"]


@dataclass(frozen=True, eq=False, slots=True)
class TextOnlyFinding:
    """What an attack by names alone found in one model, besides its scores.

    People are along the first axis, in the experiment's order; or, where not all were scored, in the order of `rows`.
    Then the finding's own scores, and those under controls and by blind guesses, are of these people, too.

    Attributes:
        mode: `cheap`, `full` or `release`.
        inversion: How images were optimised, under `INVERSION_KEYS`.
        reference: What detectors were fitted on.
        detectors: What the detectors are called.
        needed: How many of them must call a name abnormal for the person to be called a member.
        contamination: The fraction of the reference population that a detector is told to call abnormal.
        defects: Which defects of the authors' release were repeated, by their ids.
        votes: Which detectors call each person abnormal `[people, detectors]`.
        features: Similarity and dispersion of each person's name `[people, 2]`.
        reference_features: The same of the reference population `[references, 2]`.
        kinds: What was found of never-trained texts, by their kind.
        queries: How many images and texts the model was shown.
        gradient_steps: How many times a gradient was followed.
        access: What must be seen of the model.
        cpu_seconds: How long it took.
        rows: Which of the experiment's people were scored `[scored]`; None for all of them.

    Raises:
        ShapeError: Votes and features are not of the same people, detectors or kinds of texts.
    """

    mode: str
    inversion: Mapping[str, str | int | float | None]
    reference: Reference
    detectors: tuple[str, ...]
    needed: int
    contamination: float
    defects: tuple[str, ...]
    votes: Bool[np.ndarray, "people detectors"]
    features: Float64[np.ndarray, "people 2"]
    reference_features: Float64[np.ndarray, "references 2"]
    kinds: Mapping[str, KindFinding]
    queries: int
    gradient_steps: int
    access: Access
    cpu_seconds: float
    rows: Int[np.ndarray, " scored"] | None = None

    def __post_init__(self) -> None:
        n_people = len(self.features) if self.rows is None else len(self.rows)
        of = {"people": (n_people, self.features, self.votes)}
        of |= {kind: (len(scores), features, votes) for kind, (features, votes, scores) in self.kinds.items()}
        for whose, (n, features, votes) in of.items():
            expected = (n, 2), (n, len(self.detectors))
            if (features.shape, votes.shape) != expected:
                raise ShapeError(
                    f"expected features and votes of shapes {expected[0]} and {expected[1]} of {whose}, got "
                    f"{features.shape} and {votes.shape}."
                )
        if set(self.inversion) != set(INVERSION_KEYS):
            raise ShapeError(f"expected the settings {', '.join(INVERSION_KEYS)}, got {', '.join(self.inversion)}.")

    @property
    def photos(self) -> str | None:
        """The representation of people's photos that was used locally; None where no photo was looked at."""
        photos = self.inversion["photos"]
        return None if photos is None else str(photos)

    def described(self) -> dict[str, Any]:
        """Returns what a record's protocol says of how images were optimised."""
        return {"mode": self.mode} | {key: self.inversion[key] for key in INVERSION_KEYS}
