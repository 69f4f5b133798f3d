"""The attack that holds names against photos of strangers, with the controls that belong to it."""

from typing import Literal

import numpy as np
from jaxtyping import Float64

from idia.attacks.strangers import STRANGERS, Nearness, StrangersAttack
from idia.audit.auditor import Auditor
from idia.audit.counterparts import counterpart, or_unscored
from idia.audit.start_pictures import StartPictures, pictures_of
from idia.audit.text_findings import finding_of
from idia.audit.text_lists import TextLists, text_lists
from idia.audit.text_looks import Said, rounded
from idia.audit.text_measurement import NO_PHOTO
from idia.evaluation.controls import ControlKind
from idia.models import EmbeddingCache, Model, ModelInfo, Progress
from idia.models.devices import device_name
from idia.models.token_counts import token_counts
from idia.plan import Plan, Target
from idia.publication import Finding, KindFinding, Reference, TextOnlyFinding
from idia.timing import CpuClock

N_STRANGERS = 1_500
"""How many synthetic faces there are; with 300, areas on the shipped models are lower by up to a tenth."""

FEWEST_STRANGERS = 100
"""Of fewer, the nearest are hardly near."""

_PLANTED = 16  # photos where members' names stand where they are planted
_NAMES = "names"  # of the reference populations, the one that faces have anything to do with


class StrangersMeasurement:
    """One model, asked how near names lie to photos of strangers.

    Args:
        plan: Whom to attack, and how.
        auditor: Shares loaded models, and guesses that ask none.
        clock: Told how long the stages last.
        target: The model.

    Attributes:
        info: What the model says about itself.

    Raises:
        ModelError: The model cannot be loaded.
    """

    def __init__(self, plan: Plan, auditor: Auditor, clock: CpuClock, target: Target) -> None:
        self._plan, self._auditor, self._clock, self._target = plan, auditor, clock, target
        self._attack = StrangersAttack(plan.prompts)
        self._cache = EmbeddingCache(plan.settings.cache_dir, device_name(plan.settings.device))
        self.info: ModelInfo = auditor.model(target).info

    def findings(self, progress: Progress | None = None) -> list[Finding]:
        """Returns what is found.

        Args:
            progress: Told about encoding.

        Raises:
            IdiaError: A name cannot be asked about.
        """
        experiment, settings = self._plan.experiment(self._target), self._plan.settings
        model = self._auditor.model(self._target)
        lists = text_lists(self._plan, self._target, model)
        tokens = token_counts(model, lists.people.texts)
        with self._clock.during("drawing people"):
            strangers = pictures_of(self._plan, self._target, N_STRANGERS, at_least=FEWEST_STRANGERS)
        people, reference = self._near(model, lists, strangers, progress)
        with self._clock.during("encoding prompts"):
            kinds = {
                each.kind: self._nearness(model, each.texts, strangers, progress) for each in lists.kinds if each.texts
            }
        says = Said(
            (STRANGERS,),
            self._attack.judged(people, reference),
            {kind: self._attack.judged(each, reference) for kind, each in kinds.items()},
        )
        text_only = self._text_only(lists, strangers, says, people, reference, kinds)
        controls: dict[ControlKind, Float64[np.ndarray, " people"] | str] = {
            "permuted-map": NO_PHOTO,
            "random-weights": self._other("random-weights", lists, strangers, progress),
            "clean-model": self._other("clean-model", lists, strangers, progress),
            "planted-positive": self._planted(model, strangers, people, reference),
        }
        guesses = self._auditor.guesses(self._target, tokens, progress)
        with self._clock.during("voting and evaluating"):
            return [finding_of(STRANGERS, experiment, settings.seed, says, controls, guesses, text_only)]

    def _near(
        self, model: Model, lists: TextLists, strangers: StartPictures, progress: Progress | None
    ) -> tuple[Nearness, Nearness]:
        """How near the people's names lie, and those of the reference."""
        with self._clock.during("encoding prompts"):
            people = self._nearness(model, lists.people.texts, strangers, progress)
            return people, self._nearness(model, lists.references[_NAMES].texts, strangers, progress)

    def _nearness(
        self, model: Model, names: tuple[str, ...], strangers: StartPictures, progress: Progress | None
    ) -> Nearness:
        near = self._attack.nearness(model, names, strangers.photos, cache=self._cache, progress=progress)
        # As it is published, so that what is said follows from that.
        return Nearness(rounded(near.similarity), rounded(near.dispersion))

    def _other(
        self,
        kind: Literal["random-weights", "clean-model"],
        lists: TextLists,
        strangers: StartPictures,
        progress: Progress | None,
    ) -> Float64[np.ndarray, " people"] | str:
        other = counterpart(self._plan, self._target, kind)
        if isinstance(other, str):
            return other

        def scores() -> Float64[np.ndarray, " people"]:
            people, reference = self._near(self._auditor.model(other), lists, strangers, progress)
            return rounded(self._attack.judged(people, reference).scores)

        return or_unscored(scores)

    def _planted(
        self, model: Model, strangers: StartPictures, people: Nearness, reference: Nearness
    ) -> Float64[np.ndarray, " people"]:
        """What is said of a model that has members' names where some of the photos lie, among the others."""
        is_member = self._plan.experiment(self._target).occurrences > 0
        photos = self._cache.photos(model, strangers.photos).numpy()
        there = self._attack.among(photos[:_PLANTED], photos[_PLANTED:])
        similarity, dispersion = people.similarity.copy(), people.dispersion.copy()
        for values, planted in ((similarity, there.similarity), (dispersion, there.dispersion)):
            values[is_member] = np.resize(planted, int(is_member.sum()))
        return rounded(self._attack.judged(Nearness(similarity, dispersion), reference).scores)

    def _text_only(
        self,
        lists: TextLists,
        strangers: StartPictures,
        says: Said,
        people: Nearness,
        reference: Nearness,
        kinds: dict[str, Nearness],
    ) -> TextOnlyFinding:
        names = lists.references[_NAMES]
        return TextOnlyFinding(
            mode=STRANGERS,
            inversion={
                "image": "unchanged",
                "restarts": self._attack.n_nearest,
                "steps": 0,
                "optimiser": "none",
                "learning_rate": 0.0,
                "starts": f"the nearest of {len(strangers.photos):,} {strangers.source}",
                "starts_sha256": strangers.sha256,
                "photos": None,
            },
            reference=Reference(_NAMES, len(names), names.sha256, names.source),
            detectors=says.voters,
            needed=1,
            contamination=self._attack.contamination,
            defects=(),
            votes=says.people.votes,
            features=rounded(people.matrix),
            reference_features=rounded(reference.matrix),
            kinds={
                kind: KindFinding(rounded(kinds[kind].matrix), each.votes, rounded(each.scores))
                for kind, each in says.kinds.items()
            },
            queries=len(strangers.photos) + len(self._attack.prompts) * (len(lists.people) + len(names)),
            gradient_steps=0,
            access="score",
            cpu_seconds=None,  # most of it was kept from other attacks
            prompts=self._attack.prompts,
        )
