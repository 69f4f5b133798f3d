"""The Identity Inference Attack (IDIA), exactly as published."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from idia.attacks.predictions import NamePredictions
from idia.attacks.scan import NameScan
from idia.attacks.voting import Size, Votes, count_votes
from idia.errors import DatasetError
from idia.models import EmbeddingCache, Model, Progress
from idia.names import NamePool
from idia.people import Person
from idia.photos import photo_sha256
from idia.prompts import PAPER_PROMPTS, PromptTemplates
from idia.timing import Stage, untimed


@dataclass(frozen=True)
class IdentityInferenceAttack:
    """Shows a model photos of a person and lets it choose among many names, prompt by prompt.

    The person's photos vote on each prompt; the membership score is the number of prompts won by the true name, and a
    person counts as a member of the training data if the score reaches a threshold τ. The attack sees names and
    photos, and no ground truth.

    Attributes:
        names: The candidate names; they must hold the name of everybody who is attacked.
        prompts: The prompt templates, 21 in the paper.

    Source:
        Hintersdorf, Struppek, Brack, Friedrich, Schramowski, Kersting, "Does CLIP Know My Face?", JAIR 80 (2024).
    """

    names: NamePool
    prompts: PromptTemplates = PAPER_PROMPTS

    def predict(
        self,
        model: Model,
        people: Sequence[Person],
        *,
        cache: EmbeddingCache | None = None,
        progress: Progress | None = None,
        stage: Stage = untimed,
    ) -> NamePredictions:
        """Returns the name that the model chooses for every photo and prompt: the only expensive step.

        Args:
            model: The model under audit.
            people: Whom to look for; nobody without photos.
            cache: Where embeddings are kept between runs, and how far a scan over many names has come; nothing is kept
                by default.
            progress: Told how many photos and names are done.
            stage: Told how long `encoding photos`, `encoding prompts` and `predicting` last.

        Raises:
            UnknownPersonError: Somebody's name is not among the candidates.
            DatasetError: There is nobody to attack, or somebody has no photos.
        """
        if not people:
            raise DatasetError("expected at least one person to attack, got none.")
        for person in people:
            if not person.photos:
                raise DatasetError(f"{person.name!r} has no photos. Leave the person out, or add photos.")
        targets = self.names.index_of([person.name for person in people])
        embeddings = cache or EmbeddingCache(None)
        with stage("encoding photos"):
            images = embeddings.photos(model, [photo for person in people for photo in person.photos], progress)

        scan = NameScan(model, self.names, self.prompts, embeddings)
        standing = scan.best(images, progress=progress, stage=stage)
        ends = np.cumsum([len(person.photos) for person in people])
        return NamePredictions(
            predicted=tuple(np.split(standing.indices, ends[:-1])),
            targets=np.array(targets),
            n_names=len(self.names),
            person_ids=tuple(person.name for person in people),
            photo_ids=tuple(tuple(map(photo_sha256, person.photos)) for person in people),
            near_tie_rate=standing.near_ties / standing.indices.size,
            backend=standing.backend,
        )

    def vote(
        self,
        predictions: NamePredictions,
        *,
        sizes: Sequence[Size] | None = None,
        draws: int = 20,
        seed: int = 0,
    ) -> Votes:
        """Returns how many prompts everybody wins, for every number of photos and every draw.

        Args:
            predictions: What `predict` returned.
            sizes: Photos per person, numbers or `"all"`; by default the published 1, 3, 5, … 29, 30, clipped to the
                smallest person's number, and `"all"`.
            draws: How many times to draw that many photos, without replacement.
            seed: Keys the draws, together with the person and the number of the draw.

        Raises:
            SettingError: A size is more than somebody's photos, or there are no draws.
        """
        return count_votes(predictions, sizes=sizes, draws=draws, seed=seed)
