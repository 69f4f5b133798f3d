"""One model scored from end to end: load, predict, vote, evaluate."""

from dataclasses import dataclass, replace

from idia.attacks.anonymity import anonymised
from idia.attacks.identity_inference import IdentityInferenceAttack
from idia.attacks.predictions import NamePredictions
from idia.errors import ModelError
from idia.evaluation import AttackResult, evaluate
from idia.models import EmbeddingCache, Model, ModelInfo, Progress, load_model
from idia.models.devices import device_name
from idia.plan import Plan, Target
from idia.publication import published, published_model
from idia.records import Record, check_nobody_named


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
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._attack = IdentityInferenceAttack(plan.names, plan.prompts)
        self._audits: dict[Target, Audit] = {}
        self._predicted: tuple[str, ModelInfo, NamePredictions] | None = None

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

    def _measured(self, target: Target, progress: Progress | None) -> Audit:
        plan, settings = self.plan, self.plan.settings
        info, predictions = self._predictions(target, progress)
        if target.control == "permuted-map":
            predictions = predictions.with_permuted_targets(settings.seed)
            info = replace(info, name=f"{info.name} (permuted names)")
        # Voted on as published, so that anybody can repeat the draws, and nobody can tell from them who was meant.
        predictions = anonymised(predictions)
        votes = self._attack.vote(predictions, sizes=plan.sizes, draws=settings.draws, seed=settings.seed)
        result = evaluate(votes, plan.occurrences, tau=settings.tau, bins=plan.bins, seed=settings.seed)
        return Audit(target, published(plan, target, info, predictions, votes, result), result)

    def _predictions(self, target: Target, progress: Progress | None) -> tuple[ModelInfo, NamePredictions]:
        # Only the last model's predictions are kept: its permuted control follows it.
        spec = target.spec
        if self._predicted is None or self._predicted[0] != spec:
            model: Model = load_model(spec, device=self.plan.settings.device)
            if model.info.is_random and target.control != "random-weights":
                raise ModelError(
                    f"{model.info.name} has random weights, which only make sense as a control. Score a trained model, "
                    "and add --idia-control random."
                )
            # Whatever cannot be published should be known before it is measured.
            texts = {f"the model's {key}": str(value) for key, value in published_model(model.info).items()}
            check_nobody_named(texts, [person.name for person in self.plan.people.people])
            cache = EmbeddingCache(self.plan.settings.cache_dir, device_name(self.plan.settings.device))
            predictions = self._attack.predict(model, self.plan.people.people, cache=cache, progress=progress)
            self._predicted = (spec, model.info, predictions)
        return self._predicted[1:]
