"""Calibrated identity inference: one continuous score per person, against other names and other people."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int
from scipy.special import logsumexp

from idia.attacks.named_photos import NamedPhotos
from idia.attacks.scores import PersonScores
from idia.errors import DatasetError, SettingError, ShapeError
from idia.models import EmbeddingCache, Model, Progress
from idia.names import NamePool
from idia.people import Person
from idia.prompts import PAPER_PROMPTS, PromptTemplates
from idia.timing import Stage, untimed

CALIBRATED = "calibrated"
"""What the attack is called on the leaderboard."""

MOST_NAMES = 10_000
"""Names taken of a longer list: they are a sample to compare with, which more names hardly change."""

_ROUNDING = 1e-6  # of the largest similarity: what differs by less says nothing
_BLOCK = 4 << 20  # similarities held at once
_FEWEST_NAMES = 3  # the own name, and two others that have a spread


@dataclass(frozen=True)
class CalibratedAttack:
    """Asks how much closer a person's photos and name are than other pairs of people and names.

    Models like CLIP are trained to lower a contrastive loss: of each pair, a picture should be closer to its text than
    to the other texts of a batch, and the text closer to its picture than to the other pictures. The loss of members is
    what training lowered. So the score is that loss of the pair of a person and the own name, with the sign changed,
    other names and other people in place of the batch:

        z = (similarity - mean(others)) / deviation(others)         # of a person to every name; others: without the own
        among_names  = βz[own name] - log mean exp βz[other names]            # of the same person
        among_people = βz[own name] - log mean exp βz[own name, other people]
        score = among_names + among_people                                    # in nats

    The similarity is the cosine of photo and prompt, averaged over a person's photos and over prompts.

    **Why both terms.** What contrastive training converges to is a similarity of log p(name | photo) / p(name), plus
    anything that depends on the photo alone or on the name alone. The first comparison is blind to what depends on
    the photo alone, the second to what depends on the name alone.

    **The null.** Whoever was not trained on has a name like any other name to her or his photos, and is one more
    person to that name. Then z of the own name is exchangeable with z of the other names, and with that of other
    people; the score is distributed as that of a pair of somebody with somebody else's name. Nobody's photos take
    part in what they are compared with.

    **Standardising by person** removes what a face has with all names alike: a model may show every face that it has
    seen closer to any name ("seen faces look named"), which comparisons with other people's photos alone take for
    membership. It also puts people with few photos, whose similarities scatter more, on the scale of the others; so
    their scores shrink by themselves and nothing else is shrunk.

    **What the null does not cover.** A name that the model was trained on, under other faces, may look different from
    names that it never saw. The score is evidence of an association of face and name, as far as such names behave like
    others.

    Attributes:
        names: The candidate names, with the name of everybody who is attacked. At most 10,000 of them are taken.
        prompts: The prompt templates.
        sharpness: β, in 1 / deviations of similarity. The larger, the more the comparison is with the closest names
            and people alone, and the more of them it needs: at 2, some hundred.

    Raises:
        SettingError: The sharpness is not a finite number above 0.

    Source:
        The loss as a membership score: Yeom, Giacomelli, Fredrikson, Jha, "Privacy risk in machine learning", CSF 2018;
        compared with what is expected of the same sample: Watson, Guo, Cormode, Sablayrolles, "On the importance of
        difficulty calibration in membership inference attacks", ICLR 2022. What contrastive training converges to: van
        den Oord, Li, Vinyals, "Representation learning with contrastive predictive coding", 2018, section 2.3.
    """

    names: NamePool
    prompts: PromptTemplates = PAPER_PROMPTS
    sharpness: float = 2.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.sharpness) and self.sharpness > 0):
            raise SettingError(f"sharpness must be a finite number above 0, got {self.sharpness}.")

    def encode(
        self,
        model: Model,
        people: Sequence[Person],
        *,
        cache: EmbeddingCache | None = None,
        progress: Progress | None = None,
        stage: Stage = untimed,
    ) -> NamedPhotos:
        """Returns photos and names as the model embeds them: the only expensive step.

        Args:
            model: The model under audit.
            people: Whom to look for; nobody without photos.
            cache: Where embeddings are kept between runs; nothing is kept by default.
            progress: Told how many photos and names are done.
            stage: Told how long `encoding photos` and `encoding prompts` last.

        Raises:
            UnknownPersonError: Somebody's name is not among the candidates.
            DatasetError: There is nobody to attack, or somebody has no photos.
        """
        return NamedPhotos.encoded(
            model,
            people,
            self.names,
            self.prompts,
            most_names=MOST_NAMES,
            cache=cache,
            progress=progress,
            stage=stage,
        )

    def score(self, seen: NamedPhotos) -> PersonScores:
        """Returns the membership score of everybody, in nats; 0 of somebody to whom all names are alike.

        Args:
            seen: What `encode` returned, possibly with fewer photos.

        Raises:
            DatasetError: There are fewer than two people of different names to compare with each other.
            ShapeError: There are fewer than three names.
        """
        names, targets = seen.names.astype(np.float64), seen.targets
        same_name = np.bincount(targets, minlength=len(names))[targets]
        n_others = len(targets) - same_name
        if not n_others.all():
            raise DatasetError(
                "people are compared with each other: expected at least two of different names, got "
                f"{len(targets)} of one. Add people, members or not."
            )
        if len(names) < _FEWEST_NAMES:
            raise ShapeError(f"expected at least {_FEWEST_NAMES} candidate names, got {len(names)}.")

        means, n_people = seen.means, len(targets)
        own, among_names = np.empty(n_people), np.empty(n_people)
        among_people = np.full(n_people, -np.inf)
        rows = max(1, _BLOCK // max(len(names), n_people))
        for start in range(0, n_people, rows):
            block = slice(start, start + rows)
            sharpened = self.sharpness * standardised(means[block] @ names.T, targets[block])
            at_own = np.arange(len(sharpened)), targets[block]
            own[block] = sharpened[at_own]
            of_people = sharpened[:, targets]
            of_people[targets[block][:, None] == targets] = -np.inf
            among_people = np.logaddexp(among_people, logsumexp(of_people, axis=0))
            sharpened[at_own] = -np.inf
            among_names[block] = logsumexp(sharpened, axis=1)
        scores = 2 * own - (among_names - math.log(len(names) - 1)) - (among_people - np.log(n_others))
        return PersonScores(CALIBRATED, scores, seen.n_photos)


def standardised(
    similarities: Float64[np.ndarray, "people names"], targets: Int[np.ndarray, " people"]
) -> Float64[np.ndarray, "people names"]:
    """Returns similarities in deviations from a person's mean, both over all names but the person's own.

    They do not change if all similarities of a person are shifted or multiplied alike. Similarities that differ by no
    more than rounding become 0.

    Args:
        similarities: Of everybody to every name `[people, names]`.
        targets: Index of each person's own name `[people]`.

    >>> standardised(np.array([[0.9, 0.1, 0.2, 0.3]]), np.array([0])).round(3).tolist()
    [[7.0, -1.0, 0.0, 1.0]]
    """
    n_people, n_names = similarities.shape
    others: Bool[np.ndarray, "people names"] = np.ones((n_people, n_names), dtype=bool)
    others[np.arange(n_people), targets] = False
    mean = similarities.mean(axis=1, where=others, keepdims=True)
    deviation = similarities.std(axis=1, where=others, keepdims=True, ddof=1)
    tells = deviation > _ROUNDING * np.abs(similarities).max(axis=1, keepdims=True)
    standard: Float64[np.ndarray, "people names"] = np.where(
        tells, (similarities - mean) / np.where(tells, deviation, 1.0), 0.0
    )
    return standard
