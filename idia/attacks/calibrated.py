"""Calibrated identity inference: one continuous score per person, against other names and other people."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from idia.attacks.named_photos import NamedPhotos
from idia.attacks.scores import PersonScores
from idia.attacks.standardising import standardised_both_ways
from idia.errors import SettingError
from idia.models import EmbeddingCache, Model, Progress
from idia.names import NamePool
from idia.people import Person
from idia.prompts import PAPER_PROMPTS, PromptTemplates
from idia.timing import Stage, untimed

CALIBRATED = "calibrated"
"""What the attack is called on the leaderboard."""

MOST_NAMES = 10_000
"""Names taken of a longer list: they are a sample to compare with, which more names hardly change."""


@dataclass(frozen=True)
class CalibratedAttack:
    """Asks how much closer a person's photos and name are than other pairs of people and names.

    Models like CLIP are trained to lower a contrastive loss: of each pair, a picture should be closer to its text than
    to the other texts of a batch, and the text closer to its picture than to the other pictures. The loss of members is
    what training lowered. So the score is that loss of the pair of a person and the own name, with the sign changed,
    and with other names and other people in place of the batch:

        z = (similarity - mean over other names) / their deviation              # per person: the own name is left out
        z = (z - mean over other people) / their deviation                      # per name: the person is left out
        among_names = βz[own name] - log mean exp βz[other names]               # of the same person
        among_people = βz[own name] - log mean exp βz[own name, other people]
        score = among_names + among_people                                      # in nats

    The similarity is the cosine of photo and prompt, averaged over a person's photos and over prompts.

    **The null.** To photos of somebody who was not trained on, the own name is a name like any other; and to the name,
    this is a person like any other. Then z of the own name is exchangeable with the z of other names and of other
    people, and the score is distributed as that of somebody under somebody else's name. Nobody takes part in what she
    or he is compared with: neither the person's photos in a mean or deviation of a name, nor the own name in those of
    the person, nor a name in those of its bearer.

    **Why two standardisations.** What contrastive training converges to is log p(name | photo) / p(name), plus
    whatever depends on the photo alone or on the name alone. Names that were trained on differ from others, and maybe
    faces that were seen do, too: they are closer to all, or further away, or scatter more. None of this says that a
    face and a name belong together. Means and deviations per person and per name remove it. They also put people with
    few photos, whose similarities scatter more, on the scale of the others: what their own name stands out by shrinks
    with it. The mean and deviation of a name are shrunk towards 0 and 1, as if ten more people had been seen: that is
    where a person's own standardisation puts them, and it matters where there are few.

    **Why two comparisons.** After that, a name may still have a second group of people close to it, such as those of
    one sex; and a person a group of names. Comparing with the closest of them, more than with all, takes them into
    account.

    **What the null does not cover.** Training holds names of members away from the faces of other members. And what
    faces and names have in common without training on the person, such as a face that looks like a woman of a country
    and a name that sounds like one, is closeness too: people and names should be of one kind.

    Attributes:
        names: The candidate names, with the name of everybody who is attacked. At most 10,000 of them are taken.
        prompts: The prompt templates.
        sharpness: β, per deviation. The larger, the more the comparison is with the closest names and people alone: of
            a bell-shaped distribution, with what is β deviations above the mean. So 2 needs some hundred of them.

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
        targets, n_people = seen.targets, len(seen.targets)
        own, among_names = np.empty(n_people), np.empty(n_people)
        among_people = np.full(n_people, -np.inf)
        for block, z in standardised_both_ways(seen):
            sharpened = self.sharpness * z
            at_own = np.arange(len(z)), targets[block]
            own[block] = sharpened[at_own]
            of_people = sharpened[:, targets]
            of_people[targets[block][:, None] == targets] = -np.inf
            among_people = np.logaddexp(among_people, logsumexp(of_people, axis=0))
            sharpened[at_own] = -np.inf
            among_names[block] = logsumexp(sharpened, axis=1)
        n_others = n_people - np.bincount(targets)[targets]
        scores = 2 * own - (among_names - math.log(len(seen.names) - 1)) - (among_people - np.log(n_others))
        return PersonScores(CALIBRATED, scores, seen.n_photos)
