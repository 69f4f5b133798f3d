"""Gates: whether what a model leaks, and what it is good for, is within limits; and never green on nothing.

The names are resolved on first use: to read a limit needs no numpy.
"""

from typing import TYPE_CHECKING

from idia.lazy import lazily

if TYPE_CHECKING:
    from idia.gates.baselines import Recorded as Recorded
    from idia.gates.baselines import baseline_of as baseline_of
    from idia.gates.committed import GateRow as GateRow
    from idia.gates.committed import ModelGates as ModelGates
    from idia.gates.committed import gates_for as gates_for
    from idia.gates.committed import read_gates as read_gates
    from idia.gates.judging import judged as judged
    from idia.gates.limits import Limit as Limit
    from idia.gates.measured import Measured as Measured
    from idia.gates.measured import Scored as Scored
    from idia.gates.rendering import as_markdown as as_markdown
    from idia.gates.rendering import as_table as as_table
    from idia.gates.verdicts import Judgement as Judgement
    from idia.gates.verdicts import Verdict as Verdict

_HOME = {
    "GateRow": "idia.gates.committed",
    "Judgement": "idia.gates.verdicts",
    "Limit": "idia.gates.limits",
    "Measured": "idia.gates.measured",
    "ModelGates": "idia.gates.committed",
    "Recorded": "idia.gates.baselines",
    "Scored": "idia.gates.measured",
    "Verdict": "idia.gates.verdicts",
    "as_markdown": "idia.gates.rendering",
    "as_table": "idia.gates.rendering",
    "baseline_of": "idia.gates.baselines",
    "gates_for": "idia.gates.committed",
    "judged": "idia.gates.judging",
    "read_gates": "idia.gates.committed",
}

__all__ = sorted(_HOME)

__getattr__, __dir__ = lazily(__name__, _HOME)
