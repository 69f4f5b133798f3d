"""`TextOnlyAuditor`: attacks the people of a plan by their names alone, beside the attacks that see photos."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from idia.audit.auditor import Auditor
from idia.audit.strangers import StrangersMeasurement
from idia.audit.text_measurement import Measurement
from idia.evaluation import AttackResult, ScoreResult
from idia.models import Progress
from idia.plan import Plan, Target
from idia.publication import published
from idia.records import Record
from idia.settings import Mode
from idia.timing import CpuClock


@dataclass(frozen=True, eq=False)
class TextOnlyAudit:
    """What was measured on one model by names alone.

    Attributes:
        target: The model.
        mode: How much it was asked.
        records: The records to publish, one for each reference population, without and with photos; they name nobody.
        results: What each of them measured, by the name of the attack.
    """

    target: Target
    mode: Mode
    records: tuple[Record, ...]
    results: Mapping[str, AttackResult | ScoreResult]


class TextOnlyAuditor:
    """Attacks the people of a plan by their names alone: every model and mode once.

    Args:
        plan: Whom to attack, and how.
        auditor: Shares loaded models, and guesses that ask none.
        clock: Told how long the stages last.
    """

    def __init__(self, plan: Plan, auditor: Auditor, clock: CpuClock | None = None) -> None:
        self.plan = plan
        self._auditor = auditor
        self._clock = clock or CpuClock()
        self._audits: dict[tuple[Target, Mode], TextOnlyAudit] = {}

    def audit(self, target: Target, mode: Mode, progress: Progress | None = None) -> TextOnlyAudit:
        """Returns what was measured on one model.

        Args:
            target: One of the plan's targets.
            mode: One of those that the plan has for it.
            progress: Told about optimising.

        Raises:
            IdiaError: The model cannot be loaded, gives no gradients, or a name cannot be asked about.
        """
        key = target, mode
        if key not in self._audits:
            measure = StrangersMeasurement if mode == "strangers" else partial(Measurement, mode=mode)
            measurement = measure(self.plan, self._auditor, self._clock, target)
            findings = measurement.findings(progress)
            with self._clock.during("recording"):
                records = tuple(published(self.plan, target, measurement.info, finding) for finding in findings)
            results = {finding.attack: finding.result for finding in findings}
            self._audits[key] = TextOnlyAudit(target, mode, records, results)
        return self._audits[key]
