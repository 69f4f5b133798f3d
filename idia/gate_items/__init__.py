"""Gates as tests: one for each model and limit, which measures on its own whatever else is selected."""

from idia.gate_items.collecting import DESCRIPTION as DESCRIPTION
from idia.gate_items.collecting import GateCollector as GateCollector
