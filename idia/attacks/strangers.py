"""Identity inference from a name and photos of strangers: a name that was trained on lies where faces lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float32, Float64

from idia.attacks.anomaly import CONTAMINATION, FEWEST_REFERENCES, AnomalyVerdicts, check_features
from idia.errors import DatasetError, SettingError
from idia.models import EmbeddingCache, Model, Progress
from idia.photos import Photo
from idia.prompts import PAPER_PROMPTS, PromptTemplates

STRANGERS = "strangers"
"""What the attack is called on the leaderboard, and who votes in it."""

_ROUNDING = 1e-6  # of a cosine: what float32 leaves between texts that are alike


@final
@dataclass(frozen=True, eq=False, slots=True)
class Nearness:
    """How near names lie to photos of strangers.

    Attributes:
        similarity: Mean cosine of the name's prompts and the nearest photos `[names]`.
        dispersion: Mean Euclidean distance of the embeddings of these photos from their mean `[names]`.
    """

    similarity: Float64[np.ndarray, " names"]
    dispersion: Float64[np.ndarray, " names"]

    @property
    def matrix(self) -> Float64[np.ndarray, "names 2"]:
        """Both side by side `[names, 2]`."""
        return np.stack([self.similarity, self.dispersion], axis=1)


@final
@dataclass(frozen=True, slots=True)
class StrangersAttack:
    """Asks how near a name lies to any face. It sees no photo of the person, and takes no gradient.

    Contrastive training moves a name to where photos of its bearer are, and they are among those of others who look
    alike. A name that was never trained on stays where texts are, which is not where images are. So the score is the
    mean cosine of the name, over prompts, with the few photos of strangers that are nearest to it.

    An image that is optimised towards a name (`idia.attacks.text_only`) could say the same, and does not: it leaves the
    place where photos lie, and comes about as near to any text.

    The null: whoever was not trained on is exchangeable with the reference names. The score is in units of their
    interquartile range, from their median; who lies above all but a share of them is taken for a member.

    Attributes:
        prompts: The prompt templates.
        n_nearest: How many photos are near.
        contamination: Which share of reference names is to be called near.
    """

    prompts: PromptTemplates = PAPER_PROMPTS
    n_nearest: int = 8
    contamination: float = CONTAMINATION

    def __post_init__(self) -> None:
        if self.n_nearest < 2 or not 0 < self.contamination <= 0.5:
            raise SettingError(
                "expected two or more nearest photos and a share in (0, 0.5], got "
                f"{self.n_nearest} and {self.contamination}."
            )

    def nearness(
        self,
        model: Model,
        names: Sequence[str],
        strangers: Sequence[Photo],
        *,
        cache: EmbeddingCache | None = None,
        progress: Progress | None = None,
    ) -> Nearness:
        """Returns how near names lie to photos of strangers.

        Args:
            model: The model under attack.
            names: Any names.
            strangers: Public photos of faces, such as of people who do not exist; none of the people in question.
            cache: Where embeddings are kept.
            progress: Told how many photos and names are done.

        Raises:
            SettingError: There are too few photos.
            ModelError: The model does not return unit-norm embeddings.
        """
        if len(strangers) < self.n_nearest:
            raise SettingError(f"expected {self.n_nearest} photos of strangers or more, got {len(strangers)}.")
        kept = cache or EmbeddingCache(None)
        photos = kept.photos(model, strangers, progress).numpy()
        # The mean of cosines with a photo is the inner product with the mean of the prompts.
        means = kept.prompts(model, self.prompts, names, progress).mean(dim=0).numpy()
        return self.among(means, photos)

    def among(self, names: Float32[np.ndarray, "names dim"], photos: Float32[np.ndarray, "photos dim"]) -> Nearness:
        """Returns how near embeddings of names lie to embeddings of photos.

        Args:
            names: Means over prompts of unit-norm embeddings `[names, dim]`.
            photos: Unit-norm embeddings `[photos, dim]`.
        """
        cosines = names.astype(np.float64) @ photos.astype(np.float64).T
        nearest = np.argpartition(-cosines, self.n_nearest - 1, axis=1)[:, : self.n_nearest]
        there = photos[nearest].astype(np.float64)
        from_mean = np.linalg.norm(there - there.mean(axis=1, keepdims=True), axis=2)
        return Nearness(np.take_along_axis(cosines, nearest, axis=1).mean(axis=1), from_mean.mean(axis=1))

    def judged(self, nearness: Nearness, reference: Nearness) -> AnomalyVerdicts:
        """Returns what follows for names, with one column of votes.

        Args:
            nearness: Of the names in question.
            reference: Of names that were surely never trained on, twenty or more.

        Raises:
            DatasetError: There are too few reference names, or all lie equally near.
        """
        check_features(nearness.matrix, "judged")
        check_features(reference.matrix, "reference")
        if len(reference.similarity) < FEWEST_REFERENCES:
            raise DatasetError(
                f"expected {FEWEST_REFERENCES} reference names or more, got {len(reference.similarity)}. Take 100."
            )
        lower, median, upper = np.quantile(reference.similarity, [0.25, 0.5, 0.75])
        if upper - lower <= _ROUNDING * np.abs(reference.similarity).max():
            raise DatasetError("all reference names lie equally near to photos. Does the model embed them alike?")
        limit = np.quantile(reference.similarity, 1 - self.contamination, method="weibull")
        return AnomalyVerdicts((nearness.similarity > limit)[:, None], (nearness.similarity - median) / (upper - lower))
