"""One model scored from end to end: load, predict, vote, evaluate."""

from dataclasses import dataclass, replace

from idia.attacks.anonymity import anonymised
from idia.attacks.identity_inference import IdentityInferenceAttack
from idia.attacks.predictions import NamePredictions
from idia.errors import ModelError
from idia.evaluation import AttackResult, evaluate
from idia.experiments import Experiment
from idia.models import EmbeddingCache, Model, ModelInfo, Progress, load_model
from idia.models.devices import device_name
from idia.plan import Plan, Target
from idia.publication import published, published_model
from idia.records import Record, check_nobody_named
from idia.timing import CpuClock


@dataclass(frozen=True, eq=False)
class Audit:
    """What was measured on one model.

    Attributes:
        target: The model, and whether it is a control.
        record: The record to publish; names nobody.
        result: The measured cells.
    """

    target: Target
    record: Record
    result: AttackResult


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
        self._predicted: tuple[tuple[str, int], ModelInfo, NamePredictions] | None = None

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

    def _measured(self, target: Target, progress: Progress | None) -> Audit:
        settings, experiment = self.plan.settings, self.plan.experiment(target)
        info, predictions = self._predictions(target, progress)
        with self._clock.during("voting and evaluating"):
            if target.control == "permuted-map":
                predictions = predictions.with_permuted_targets(settings.seed)
                info = replace(info, name=f"{info.name} (permuted names)")
            # Voted on as published, so that anybody can repeat the draws, and nobody can tell from them who was meant.
            predictions = anonymised(predictions)
            votes = self._attack(experiment).vote(
                predictions, sizes=experiment.sizes, draws=settings.draws, seed=settings.seed
            )
            result = evaluate(votes, experiment.occurrences, tau=settings.tau, bins=experiment.bins, seed=settings.seed)
        with self._clock.during("recording"):
            return Audit(target, published(self.plan, target, info, predictions, votes, result), result)

    def _predictions(self, target: Target, progress: Progress | None) -> tuple[ModelInfo, NamePredictions]:
        # Only the last model's predictions are kept: its permuted control follows it.
        key = (target.spec, target.experiment)
        if self._predicted is None or self._predicted[0] != key:
            people, model = self.plan.experiment(target).people, self.model(target)
            with self._clock.during("drawing people"):
                people.draw(progress)
            cache = EmbeddingCache(self.plan.settings.cache_dir, device_name(self.plan.settings.device))
            predictions = self._attack(self.plan.experiment(target)).predict(
                model, people.people, cache=cache, progress=progress, stage=self._clock.during
            )
            self._predicted = (key, model.info, predictions)
        return self._predicted[1:]

    def _attack(self, experiment: Experiment) -> IdentityInferenceAttack:
        return IdentityInferenceAttack(experiment.names, self.plan.prompts)
