"""`Auditor`: scores the models of a plan, each of them once, with the controls that belong to it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64, Int

from idia.attacks.calibrated import CalibratedAttack
from idia.attacks.identity_inference import IdentityInferenceAttack
from idia.audit.attacks import Asked, checked, found
from idia.audit.blind import BlindGuesses
from idia.audit.counterparts import counterpart, or_unscored
from idia.audit.line_ups import ranked
from idia.audit.looks import ATTACKS, Look, headline
from idia.errors import ModelError
from idia.evaluation import AttackResult, ScoreResult
from idia.evaluation.controls import ControlKind
from idia.models import EmbeddingCache, Model, ModelInfo, Progress, load_model
from idia.models.devices import device_name
from idia.models.token_counts import token_counts
from idia.plan import Plan, Target
from idia.publication import published, published_model
from idia.records import Record, check_nobody_named
from idia.timing import CpuClock

_Scores = Mapping[str, Float64[np.ndarray, " people"]]


@dataclass(frozen=True, eq=False)
class Audit:
    """What was measured on one model.

    Attributes:
        target: The model, and whether it is a control.
        records: The records to publish, one for each attack; they name nobody.
        results: What each attack measured.
    """

    target: Target
    records: tuple[Record, ...]
    results: Mapping[str, AttackResult | ScoreResult]

    @property
    def record(self) -> Record:
        """The record of the identity inference attack as published."""
        return self.records[0]

    @property
    def result(self) -> AttackResult:
        """What the identity inference attack as published measured."""
        result = self.results[self.record.document["attack"]]
        assert isinstance(result, AttackResult)
        return result


class Auditor:
    """Scores the models of a plan, one after the other, each of them once.

    Args:
        plan: Whom to attack, and how.
        clock: Told how long the stages last.
    """

    def __init__(self, plan: Plan, clock: CpuClock | None = None) -> None:
        self.plan = plan
        self._clock = clock or CpuClock()
        self._audits: dict[Target, Audit] = {}
        self._loaded: tuple[str, Model] | None = None
        self._looked: tuple[tuple[str, int], ModelInfo, Look] | None = None
        self._headlines: dict[tuple[str, int], _Scores | str] = {}
        self._blind = BlindGuesses(plan)

    def audit(self, target: Target, progress: Progress | None = None) -> Audit:
        """Returns what was measured on one model.

        Args:
            target: One of the plan's targets.
            progress: Told about encoding and scoring.

        Raises:
            IdiaError: The model cannot be loaded or does not behave.
        """
        if target not in self._audits:
            self._audits[target] = self._measured(target, progress)
        return self._audits[target]

    def model(self, target: Target) -> Model:
        """Returns the loaded model of a target; only the last one is kept.

        Raises:
            IdiaError: It cannot be loaded, or can be scored or published as no such target.
        """
        if self._loaded is None or self._loaded[0] != target.spec:
            self._loaded = None  # two need not fit into the memory
            with self._clock.during("loading models"):
                self._loaded = target.spec, load_model(target.spec, device=self.plan.settings.device)
        model = self._loaded[1]
        if model.info.is_random and target.control != "random-weights":
            raise ModelError(
                f"{model.info.name} has random weights, which only make sense as a control. Score a trained model, "
                "and add --idia-control random."
            )
        # Whatever cannot be published should be known before it is measured.
        texts = {f"the model's {fact}": str(value) for fact, value in published_model(model.info).items()}
        check_nobody_named(texts, [person.name for person in self.plan.experiment(target).people])
        return model

    def guesses(
        self, target: Target, tokens: Int[np.ndarray, " people"] | None, progress: Progress | None = None
    ) -> Mapping[str, Float64[np.ndarray, " people"] | str]:
        """Returns what those say about a model's people who never ask it `[people]`, or why they say nothing.

        Args:
            target: The model.
            tokens: Of how many tokens each name is to it `[people]`.
            progress: Told of how many people the photos were looked at.
        """
        with self._clock.during("controls and blind baselines"):
            return self._blind.of(target, tokens, progress)

    def _measured(self, target: Target, progress: Progress | None) -> Audit:
        info, look = self._look(target, progress)
        # The target's own look is held while its controls are loaded; the embeddings of both are on the disk.
        controls = {} if target.control is not None else self._control_scores(target, look, progress)
        experiment, settings = self.plan.experiment(target), self.plan.settings
        if target.control == "permuted-map":
            look = look.under_other_names(settings.seed)
            info = replace(info, name=f"{info.name} (permuted names)")
        asked = Asked(experiment, settings, self._calibrated(target))
        with self._clock.during("voting and evaluating"):
            findings = [found(attack, look, asked) for attack in _attacks(target, look)]
        if target.control is None:
            with self._clock.during("controls and blind baselines"):
                guesses = self._blind.of(target, look.tokens, progress)
                findings = [checked(each, asked, controls, guesses) for each in findings]
        with self._clock.during("recording"):
            records = tuple(published(self.plan, target, info, finding) for finding in findings)
        return Audit(target, records, {finding.attack: finding.result for finding in findings})

    def _control_scores(
        self, target: Target, look: Look, progress: Progress | None
    ) -> dict[ControlKind, _Scores | str]:
        """What each attack says about everybody where the answer is known, or why nobody was asked."""
        is_member, seed = self.plan.experiment(target).occurrences > 0, self.plan.settings.seed
        scores: dict[ControlKind, _Scores | str] = {
            "permuted-map": self._all_headlines(target, look.under_other_names(seed)),
            "planted-positive": self._all_headlines(target, look.planted(is_member)),
        }
        for kind in ("random-weights", "clean-model"):
            other = counterpart(self.plan, target, kind)
            scores[kind] = other if isinstance(other, str) else self._counterpart_scores(other, progress)
        return scores

    def _counterpart_scores(self, target: Target, progress: Progress | None) -> _Scores | str:
        key = target.spec, target.experiment
        if key not in self._headlines:
            kept = self._looked
            self._headlines[key] = or_unscored(lambda: self._all_headlines(target, self._look(target, progress)[1]))
            self._looked = kept
        return self._headlines[key]

    def _all_headlines(self, target: Target, look: Look) -> _Scores:
        calibrated, seed = self._calibrated(target), self.plan.settings.seed
        with self._clock.during("controls and blind baselines"):
            return {attack: headline(attack, look, calibrated, seed) for attack in ATTACKS}

    def _look(self, target: Target, progress: Progress | None) -> tuple[ModelInfo, Look]:
        # Only the last model's look is kept: its permuted control follows it.
        key = (target.spec, target.experiment)
        if self._looked is None or self._looked[0] != key:
            experiment, model = self.plan.experiment(target), self.model(target)
            with self._clock.during("drawing people"):
                experiment.people.draw(progress)
            people, stage = experiment.people.people, self._clock.during
            cache = EmbeddingCache(self.plan.settings.cache_dir, device_name(self.plan.settings.device))
            attack = IdentityInferenceAttack(experiment.names, self.plan.prompts)
            predictions = attack.predict(model, people, cache=cache, progress=progress, stage=stage)
            seen = self._calibrated(target).encode(model, people, cache=cache, progress=progress, stage=stage)
            tokens = token_counts(model, [person.name for person in people])
            evidence = ranked(self.plan, target, model, seen, progress=progress, stage=stage)
            self._looked = (key, model.info, Look(predictions, seen, tokens, evidence))
        return self._looked[1:]

    def _calibrated(self, target: Target) -> CalibratedAttack:
        return CalibratedAttack(self.plan.experiment(target).names, self.plan.prompts)


def _attacks(target: Target, look: Look) -> tuple[str, ...]:
    """Without a name, there is no other name to ask about, and of one photo nothing can agree."""
    is_nameless = target.control != "permuted-map" and int(look.predictions.n_photos.min()) > 1
    return ATTACKS if is_nameless else ATTACKS[:2]
