"""Identity inference from text alone: is a name abnormal beside texts that were surely never trained on?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Float32, Float64
from PIL import Image
from torch import Tensor

from idia.attacks.anomaly import CONTAMINATION, AnomalyDetectors
from idia.attacks.first_step import SharedFirstStep
from idia.attacks.inversion import Inversion
from idia.attacks.local_faces import FaceRepresentation
from idia.attacks.release import RELEASE_DEFECTS, ReleaseVerdicts, release_verdicts
from idia.attacks.text_features import TextFeatures, text_features
from idia.errors import SettingError
from idia.models import EmbeddingCache, Model, Progress, as_differentiable

INVERSIONS: dict[str, Inversion] = {
    # Few long steps from several starts: what a start happens to be near is most of the noise.
    "cheap": Inversion("low-rank", n_restarts=16, n_steps=2, learning_rate=20.0),
    "full": Inversion("pixels", n_restarts=100, n_steps=2_000, learning_rate=0.02),
    "release": Inversion("pixels", n_restarts=100, n_steps=2_000, learning_rate=0.02, has_one_start=True),
}
"""How images are optimised, by mode: cheaply, as published, and as in the authors' release."""


@final
@dataclass(frozen=True, slots=True)
class TextOnlyAttack:
    """Asks whether a model treats a name like texts that it was surely never trained on. It sees no photo.

    An image is optimised towards the name, anew from several pictures of nobody in question. How near the images come
    (`similarity`) and how far apart they end (`dispersion`) are compared with those of a reference population, by four
    anomaly detectors that were fitted on it and on nothing else. Whom more than half of them call abnormal is taken for
    a member; the score says how abnormal a name is.

    The null: whoever was not trained on is exchangeable with the reference texts. With gibberish as the reference that
    is false of every human name, trained on or not; so never-trained human names are the control that decides, as
    another reference population and as further texts whose false positives are counted.

    Attributes:
        how: How images are optimised; by default as `INVERSIONS` has it for the mode `cheap`.
        contamination: Which share of reference texts each detector calls abnormal.
        seed: Keys whatever detectors draw.
        faithful_to_release: Whether to repeat what the authors' release does, with all of its defects
            (`idia.attacks.release.RELEASE_DEFECTS`): one start for all restarts, detectors that were fitted on attacked
            names, thresholds from those that are tested.

    Source:
        Cheng, Li, Jia, "TUNI: A Textual Unimodal Detector for Identity Inference in CLIP Models", arXiv:2405.14517.
    """

    how: Inversion = INVERSIONS["cheap"]
    contamination: float = CONTAMINATION
    seed: int = 0
    faithful_to_release: bool = False

    def __post_init__(self) -> None:
        if self.faithful_to_release and not self.how.has_one_start:
            is_default = self.how == INVERSIONS["cheap"]
            how = INVERSIONS["release"] if is_default else replace(self.how, has_one_start=True)
            object.__setattr__(self, "how", how)

    @property
    def defects(self) -> tuple[str, ...]:
        """Which defects of the authors' release are repeated, by their ids in `RELEASE_DEFECTS`."""
        # Those of the votes by photos do not matter here: none are cast.
        defects = tuple(defect for defect in RELEASE_DEFECTS if not defect.startswith("photo"))
        return defects if self.faithful_to_release else ()

    def starts(self, model: Model, pictures: Sequence[Image.Image]) -> Float32[Tensor, "restarts 3 height width"]:
        """Returns the pixels that optimisation starts from, one picture per restart.

        Args:
            model: The model under attack, which has its own way of making pixels of pictures.
            pictures: Public pictures, upright and of mode `RGB`, such as faces of people who do not exist; never those
                of the people in question.

        Raises:
            ModelError: The model gives no gradients.
            SettingError: There are too few pictures.
        """
        needed = self.how.n_starts
        if len(pictures) < needed:
            raise SettingError(f"pictures to start from: expected at least {needed}, got {len(pictures)}.")
        return as_differentiable(model).pixels_of(pictures[:needed])

    def first_step(
        self, model: Model, starts: Float32[Tensor, "restarts 3 height width"], n_texts: int
    ) -> SharedFirstStep | None:
        """Returns what the first step of many texts has in common; None where each of them had better take its own.

        Args:
            model: The model under attack.
            starts: What `starts` returned.
            n_texts: How many texts are asked about in all.

        Raises:
            ModelError: The model gives no gradients.
        """
        if self.how.has_one_start:
            return None
        first = SharedFirstStep(as_differentiable(model), starts, self.how.image)
        return first if first.is_worthwhile(n_texts) else None

    def features(
        self,
        model: Model,
        texts: Sequence[str],
        starts: Float32[Tensor, "restarts 3 height width"],
        *,
        first: SharedFirstStep | None = None,
        cache: EmbeddingCache | None = None,
        representation: FaceRepresentation | None = None,
        progress: Progress | None = None,
    ) -> TextFeatures:
        """Returns what the model makes of texts; what was interrupted goes on where it was.

        Args:
            model: The model under attack.
            texts: Names as they are, without a template.
            starts: What `starts` returned.
            first: What `first_step` returned, where many texts are asked about.
            cache: Where features are kept.
            representation: What the optimised pictures are represented by, where photos are to be compared with them.
            progress: Told how many texts are done.

        Raises:
            ModelError: The model gives no gradients, or optimisation leaves the finite numbers.
        """
        as_differentiable(model)  # before anything is encoded
        # Always encoded together, and never taken from the cache: the last digits decide where a path ends.
        targets = model.encode_texts(list(texts))
        return text_features(
            model,
            targets,
            starts,
            self.how,
            first=first,
            cache=cache,
            representation=representation,
            progress=progress,
        )

    def detectors(self, reference: Float64[np.ndarray, "references features"]) -> AnomalyDetectors:
        """Returns detectors that have seen a reference population only; `judged` says what they make of other texts.

        Args:
            reference: Its features, as `TextFeatures.matrix`, of twenty texts or more.

        Raises:
            DatasetError: There are fewer than twenty reference texts.
            ShapeError: Features are no finite table.
        """
        return AnomalyDetectors.fitted(reference, contamination=self.contamination, seed=self.seed)

    def judged_as_released(self, features: Float64[np.ndarray, "texts 2"]) -> ReleaseVerdicts:
        """Returns what the authors' release says about the fifth of the names that it tests.

        Args:
            features: Of all names in question, on four fifths of which it fits its detectors.

        Raises:
            DatasetError: There are too few names for that.
        """
        summed = features * [1, self.how.n_restarts]  # the release adds distances up
        return release_verdicts(summed, seed=self.seed)
