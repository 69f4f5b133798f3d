"""Everything that is found of one model by names alone, with the controls that belong to it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float64, Int

from idia.attacks.inversion import Inversion
from idia.attacks.local_faces import Eigenfaces, FaceRepresentation, thumbnails
from idia.attacks.release import rows_tested
from idia.attacks.text_features import TextFeatures, text_features
from idia.attacks.text_only import INVERSIONS, TextOnlyAttack
from idia.audit.auditor import Auditor
from idia.audit.counterparts import counterpart, or_unscored
from idia.audit.start_pictures import StartPictures, pictures_of
from idia.audit.text_findings import Asked, found
from idia.audit.text_lists import TextLists, text_lists
from idia.audit.text_looks import Judges, Photos, Said, TextLook
from idia.errors import DatasetError
from idia.evaluation.controls import ControlKind
from idia.models import EmbeddingCache, Model, ModelInfo, Progress, as_differentiable
from idia.models.devices import device_name
from idia.models.token_counts import token_counts
from idia.plan import Plan, Target
from idia.publication import Finding
from idia.randomness import cycle, key_of
from idia.settings import Mode, Settings, text_only_size
from idia.text_references import TextPopulation
from idia.timing import CpuClock

NO_PHOTO = "it looks at no photo"
"""Why nobody is asked about under another person's name: then there is nothing that could belong to that person."""

CLEAN_INSTEAD = "a clean model was asked instead, which has learned everything but these people"
"""Why an untrained model is not asked, too."""

_MOST_PHOTOS = 8  # of each person; a mean over more hardly changes
_PLANTED = 16  # pictures for which members' names stand where they are planted


def inversion(settings: Settings, mode: Mode) -> Inversion:
    """Returns how images are optimised in a mode, with the restarts and steps that were asked for.

    Args:
        settings: What was asked for.
        mode: How much the model is asked.
    """
    how, size = INVERSIONS[mode], text_only_size(settings, mode)
    return how if size is None else replace(how, n_restarts=size[0], n_steps=size[1])


class Measurement:
    """One model in one mode.

    Args:
        plan: Whom to attack, and how.
        auditor: Shares loaded models, and guesses that ask none.
        clock: Told how long the stages last.
        target: The model.
        mode: How much it is asked.

    Attributes:
        info: What the model says about itself.

    Raises:
        ModelError: The model cannot be loaded, or gives no gradients.
    """

    def __init__(self, plan: Plan, auditor: Auditor, clock: CpuClock, target: Target, mode: Mode) -> None:
        self._plan, self._auditor, self._clock, self._target, self._mode = plan, auditor, clock, target, mode
        self._experiment, settings = plan.experiment(target), plan.settings
        how = inversion(settings, mode)
        self._attack = TextOnlyAttack(how, seed=settings.seed, faithful_to_release=mode == "release")
        self._judges = Judges(self._attack)
        self._cache = EmbeddingCache(settings.cache_dir, device_name(settings.device))
        self._n_starts = self._attack.how.n_starts
        self._model: Model | None = as_differentiable(auditor.model(target))
        self.info: ModelInfo = self._model.info

    def findings(self, progress: Progress | None = None) -> list[Finding]:
        """Returns what is found with each reference population, without and with photos.

        Args:
            progress: Told about optimising.

        Raises:
            IdiaError: A name cannot be asked about, or optimisation fails.
        """
        model, settings = self._model, self._plan.settings
        assert model is not None
        if self._mode == "release":
            _check_tested(self._experiment.occurrences)  # not after hours of optimising
        lists = text_lists(self._plan, self._target, model)
        tokens = token_counts(model, lists.people.texts)
        with self._clock.during("drawing people"):
            self._experiment.people.draw(progress)
            n_pictures = self._n_starts + _PLANTED
            starts = pictures_of(self._plan, self._target, n_pictures, at_least=n_pictures)
            # The release's vote of photos was not repeated: it fails.
            has_photos = settings.text_photos and self._mode != "release"
            photos, faces = self._photos() if has_photos else (None, None)
        ask = partial(self._look, lists=lists, starts=starts, faces=faces, progress=progress)
        look = ask(model)
        planted = self._planted(model, look, starts, faces, progress)
        self._model = model = None  # its controls need not fit into the memory beside it
        clean = self._other("clean-model", ask)
        others: dict[ControlKind, TextLook | str] = {
            # Each takes as long as the attack itself.
            "random-weights": self._other("random-weights", ask) if isinstance(clean, str) else CLEAN_INSTEAD,
            "clean-model": clean,
            "planted-positive": planted,
        }
        guesses = self._auditor.guesses(self._target, tokens, progress)
        asked = Asked(self._experiment, settings, self._attack, self._mode, lists, starts)
        findings = []
        for reference in lists.references if self._mode != "release" else [""]:
            for own in (None, photos) if photos is not None else (None,):
                with self._clock.during("judging texts"):
                    says = self._says(look, reference, own)
                    controls = self._controls(look, others, reference, own)
                with self._clock.during("voting and evaluating"):
                    representation = None if own is None or faces is None else faces.id
                    findings.append(found(asked, look, reference, says, controls, guesses, faces=representation))
        return findings

    def _says(self, look: TextLook, reference: str, photos: Photos | None) -> Said:
        if self._mode == "release":
            return self._judges.said_as_released(look)
        return self._judges.said(look, reference, photos)

    def _controls(
        self, look: TextLook, others: Mapping[ControlKind, TextLook | str], reference: str, photos: Photos | None
    ) -> dict[ControlKind, Float64[np.ndarray, " scored"] | str]:
        """What the attack says about everybody where the answer is known, or why nobody was asked."""
        controls: dict[ControlKind, Float64[np.ndarray, " scored"] | str] = {"permuted-map": NO_PHOTO}
        if photos is not None:
            keys = np.array([key_of(person.name) for person in self._experiment.people], dtype=np.uint64)
            whose = cycle(keys, self._plan.settings.seed)
            scores = self._says(look, reference, [photos[at] for at in whose]).scores
            # A score goes to whose photos these were: the name, which says most of it, is another person's.
            controls["permuted-map"] = scores[np.argsort(whose)]
        for kind, other in others.items():
            controls[kind] = other if isinstance(other, str) else self._scored(other, reference, photos)
        return controls

    def _scored(self, other: TextLook, reference: str, photos: Photos | None) -> Float64[np.ndarray, " scored"] | str:
        # Of an untrained model to which all texts are alike, nothing can be judged.
        return or_unscored(lambda: self._says(other, reference, photos).scores)

    def _look(
        self,
        model: Model,
        *,
        lists: TextLists,
        starts: StartPictures,
        faces: FaceRepresentation | None,
        progress: Progress | None,
        is_control: bool = False,
    ) -> TextLook:
        """What a model makes of the texts; of a control only what takes to judge the people."""
        is_of_people_alone = self._mode == "release"
        references = {} if is_of_people_alone else lists.references
        kinds = [] if is_of_people_alone or is_control else [each for each in lists.kinds if each.texts]
        pixels = self._attack.starts(model, starts.opened(end=self._n_starts))
        first = self._attack.first_step(model, pixels, len(lists.people) + sum(map(len, references.values())))

        def features(population: TextPopulation) -> TextFeatures:
            return self._attack.features(
                model, population.texts, pixels, first=first, cache=self._cache, representation=faces, progress=progress
            )

        with self._clock.during("optimising images"):
            return TextLook(
                features(lists.people),
                {kind: features(each) for kind, each in references.items()},
                {each.kind: features(each) for each in kinds},
            )

    def _planted(
        self,
        model: Model,
        look: TextLook,
        starts: StartPictures,
        faces: FaceRepresentation | None,
        progress: Progress | None,
    ) -> TextLook:
        """The look of a model that has each member's name where a certain picture is, so that images can get there."""
        is_member = self._experiment.occurrences > 0
        pixels = self._attack.starts(model, starts.opened(end=self._n_starts))
        there = model.encode_images(starts.opened(self._n_starts))
        targets = there[torch.arange(int(is_member.sum())) % len(there)]
        with self._clock.during("controls and blind baselines"):
            planted = text_features(
                model, targets, pixels, self._attack.how, cache=self._cache, representation=faces, progress=progress
            )
        return replace(look, people=look.people.replaced(is_member, planted), kinds={})

    def _other(self, kind: Literal["random-weights", "clean-model"], ask: Callable[..., TextLook]) -> TextLook | str:
        other = counterpart(self._plan, self._target, kind)
        if isinstance(other, str):
            return other
        return or_unscored(lambda: ask(self._auditor.model(other), is_control=True))

    def _photos(self) -> tuple[Photos, FaceRepresentation]:
        """Everybody's photos, as eigenfaces: they never leave this machine, and the model never sees them."""
        people = self._experiment.people
        chosen = [person.some_photos(_MOST_PHOTOS) for person in people]
        small = thumbnails([photo for photos in chosen for photo in photos])
        faces = Eigenfaces.fitted(small)
        ends = np.cumsum([len(photos) for photos in chosen])[:-1]
        return np.split(faces.represented(small), ends), faces


def _check_tested(occurrences: Int[np.ndarray, " people"]) -> None:
    """Raises unless there are members and non-members among the fifth of the people that the release tests."""
    is_member = occurrences[rows_tested(len(occurrences))] > 0
    if is_member.all() or not is_member.any():
        raise DatasetError(
            "the release tests a fifth of the people, always the same: expected members and non-members among these "
            f"{len(is_member)}, got {int(is_member.sum())} members. Attack more people, or leave the mode out."
        )
