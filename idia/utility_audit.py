"""One model's utility from end to end: draw, encode, compare, record."""

from collections.abc import Callable
from dataclasses import dataclass

from idia.models import EmbeddingCache, Model, Progress
from idia.models.devices import device_name
from idia.plan import Plan, Target
from idia.provenance import environment, suite
from idia.publication import published_model
from idia.records import Document, utility_document
from idia.timing import CpuClock
from idia.utility import UtilityScore, measure_utility


@dataclass(frozen=True, eq=False)
class ModelUtility:
    """What one model was found to be good for.

    Attributes:
        target: The model.
        document: The record to publish: no word of what was asked is in it.
        scores: The measured scores.
    """

    target: Target
    document: Document
    scores: tuple[UtilityScore, ...]


class UtilityAuditor:
    """Measures the utility of the models of a plan, each of them once.

    Args:
        plan: What to ask of whom.
        load: Returns the model of a target.
        clock: Told how long the stages last.
    """

    def __init__(self, plan: Plan, load: Callable[[Target], Model], clock: CpuClock | None = None) -> None:
        self._plan = plan
        self._load = load
        self._clock = clock or CpuClock()
        self._measured: dict[str, ModelUtility] = {}

    def utility(self, target: Target, progress: Progress | None = None) -> ModelUtility:
        """Returns what one model is good for.

        Args:
            target: One of the plan's targets that there are tasks for.
            progress: Told about encoding.

        Raises:
            IdiaError: The model cannot be loaded or does not behave.
        """
        if target.spec not in self._measured:
            self._measured[target.spec] = self._measure(target, progress)
        return self._measured[target.spec]

    def _measure(self, target: Target, progress: Progress | None) -> ModelUtility:
        tasks, device = self._plan.tasks[target.spec], self._plan.settings.device
        model = self._load(target)
        cache = EmbeddingCache(self._plan.settings.cache_dir, device_name(device))
        with self._clock.during("utility"):
            scores = measure_utility(model, tasks.tasks, cache=cache, progress=progress)
            document = utility_document(
                tasks,
                scores,
                model=published_model(model.info),
                suite=suite(),
                environment=environment(device_name(device)),
            )
        return ModelUtility(target, document, scores)
