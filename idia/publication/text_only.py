"""What an attack by names alone found besides its scores, and the parts of a record that say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int

from idia.attacks.anomaly import majority
from idia.errors import SettingError, ShapeError
from idia.evaluation import OccurrenceBin
from idia.experiments import Experiment
from idia.prompts import PromptTemplates
from idia.records import text_only_numbers

Access = Literal["label", "score", "gradient"]
"""What must be seen of a model: its answer, how sure it is of each, or how that changes with what it is shown."""

_ALONE = PromptTemplates(("{}",))

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
        votes: Which detectors call each text abnormal `[texts, detectors]`, the same detectors as of people.
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
        mode: `strangers`, `cheap`, `full` or `release`.
        inversion: How images were optimised, under `INVERSION_KEYS`.
        reference: What detectors were fitted on.
        detectors: What the detectors are called.
        needed: How many of them must call a name abnormal for the person to be called a member: more than half.
        contamination: The fraction of the reference population that a detector is told to call abnormal.
        defects: Which defects of the authors' release were repeated, by their ids.
        votes: Which detectors call each person abnormal `[people, detectors]`.
        features: Similarity and dispersion of each person's name `[people, 2]`.
        reference_features: The same of the reference population `[references, 2]`.
        kinds: What was found of never-trained texts, by their kind.
        queries: How many images and texts the model was shown.
        gradient_steps: How many times a gradient was followed.
        access: What must be seen of the model.
        cpu_seconds: How long it took; None where that is not known, since embeddings were kept.
        rows: Which of the experiment's people were scored `[scored]`; None for all of them.
        prompts: The templates that names were put into; by default they stood alone.

    Raises:
        ShapeError: Votes and features are not of the same people, detectors or kinds of texts, or settings are missing.
        SettingError: Not more than half of the detectors are needed, or more than there are.
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
    cpu_seconds: float | None
    rows: Int[np.ndarray, " scored"] | None = None
    prompts: PromptTemplates = _ALONE

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
        if self.needed != len(self.detectors) // 2 + 1:
            raise SettingError(
                f"the smallest majority of {len(self.detectors)} detectors is {len(self.detectors) // 2 + 1}, got "
                f"needed={self.needed}."
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


def scored_bins(experiment: Experiment, text_only: TextOnlyFinding | None) -> tuple[OccurrenceBin, ...]:
    """Returns which bins of training occurrences are reported: those that hold somebody who was scored.

    Args:
        experiment: Whom the model was asked about.
        text_only: What an attack by names alone found; None of another.
    """
    if text_only is None or text_only.rows is None:
        return experiment.bins
    occurrences = experiment.occurrences[text_only.rows]
    return tuple(each for each in experiment.bins if each.holds(occurrences).any())


def names_document(text_only: TextOnlyFinding) -> dict[str, Any]:
    """Returns what a record's protocol says of an attack by names alone in place of prompts and candidate names.

    Args:
        text_only: What it found.
    """
    reference, prompts = text_only.reference, text_only.prompts
    return {
        "prompts": list(prompts.templates),
        "prompts_sha256": prompts.sha256,
        "n_prompts": len(prompts),
        "n_names": reference.n,
        "names_sha256": reference.sha256,
        "names_source": reference.source,
    }


def text_only_parts(
    text_only: TextOnlyFinding,
    scores: Float64[np.ndarray, " people"],
    occurrences: Int[np.ndarray, " people"],
    *,
    seed: int,
) -> dict[str, Any]:
    """Returns the parts `text_only` and `cost` of a record.

    Args:
        text_only: What an attack by names alone found.
        scores: How abnormal the name of each person who was scored is `[people]`.
        occurrences: How often each of them occurs in the training data `[people]`.
        seed: Keys the bootstrap.

    Raises:
        DatasetError: There are only members or only non-members.
    """
    reference = text_only.reference
    numbers = text_only_numbers(
        majority(text_only.votes),
        scores,
        text_only.features,
        occurrences,
        {kind: (majority(votes), texts) for kind, (_, votes, texts) in text_only.kinds.items()},
        seed=seed,
    )
    described = {
        "reference": {"kind": reference.kind, "n": reference.n, "sha256": reference.sha256},
        "detectors": list(text_only.detectors),
        "needed": text_only.needed,
        "contamination": text_only.contamination,
        "defects": list(text_only.defects),
    }
    cost = {"queries": text_only.queries, "gradient_steps": text_only.gradient_steps, "access": text_only.access}
    return {"text_only": described | numbers, "cost": cost}


def text_only_arrays(text_only: TextOnlyFinding, rows: Int[np.ndarray, " scored"]) -> dict[str, np.ndarray]:
    """Returns the arrays of a record that only attacks by names alone have.

    Args:
        text_only: What it found.
        rows: In which order the people who were scored are published `[scored]`.
    """
    found = text_only.kinds.values()
    counts = [len(scores) for _, _, scores in found]
    n_detectors = len(text_only.detectors)
    return {
        "detector_votes": text_only.votes[rows].astype(np.uint8),
        "features": text_only.features[rows].astype(np.float64),
        "reference_features": text_only.reference_features.astype(np.float64),
        "kind_of_text": np.repeat(np.arange(len(counts)), counts),
        "kind_features": np.concatenate([np.empty((0, 2)), *(features for features, _, _ in found)]),
        "kind_votes": np.concatenate([np.empty((0, n_detectors)), *(votes for _, votes, _ in found)]).astype(np.uint8),
        "kind_scores": np.concatenate([np.empty(0), *(scores for _, _, scores in found)]),
    }
