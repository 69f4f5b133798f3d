"""What the gates of a run allow, and what they compare with: read before anything is measured."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idia.errors import SettingError
from idia.settings import Settings

if TYPE_CHECKING:
    from idia.gates import Limit, ModelGates, Recorded


@dataclass(frozen=True, eq=False)
class Rules:
    """What was asked of the models of a run.

    Attributes:
        relative: Rules against the baseline, for every model.
        committed: The limits in the project's file of gates.
        baseline: What is compared with.
    """

    relative: "tuple[Limit, ...]" = ()
    committed: "tuple[ModelGates, ...]" = ()
    baseline: "Recorded | None" = None


def read_rules(settings: Settings) -> Rules:
    """Returns what the gates of a run allow.

    Raises:
        SettingError: A rule cannot be used, or would guard nothing.
        RecordError: The baseline is damaged.
    """
    if not (settings.fail or settings.gates or settings.baseline):
        return Rules()
    from idia.gates import Limit, Recorded, read_gates

    relative = tuple(dict.fromkeys(Limit.parsed(rule) for rule in settings.fail))
    committed = () if settings.gates is None else read_gates(settings.gates)
    if settings.update_baseline:
        return Rules(relative, committed)
    if relative and settings.baseline is None:
        raise SettingError(
            f"--idia-fail {relative[0]} needs --idia-baseline, the results it is compared with. Make some with the "
            "model to compare with: pytest benchmarks/ --idia-model MODEL --idia-results baseline"
        )
    if settings.baseline is None:
        return Rules(relative, committed)
    rows = [row.limit for gates in committed for row in gates.rows]
    if not any(limit.is_relative for limit in (*relative, *rows)):
        raise SettingError(
            f"--idia-baseline {settings.baseline} is compared with nothing: add --idia-fail with a rule, such as "
            "tpr:+0.05, which lets the TPR rise by .05 at most; or --idia-update-baseline to replace it."
        )
    baseline = Recorded.read(settings.baseline)
    if not (baseline.records or baseline.utility):
        raise SettingError(
            f"--idia-baseline: there is no record in {settings.baseline}. Make some with the model to compare with: "
            f"pytest benchmarks/ --idia-model MODEL --idia-results {settings.baseline}"
        )
    return Rules(relative, committed, baseline)
