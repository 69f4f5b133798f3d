"""Adds the gates of a run to its tests, after everything that leaves tests out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, final

import pytest

from idia.benchmark_session import BenchmarkSession, is_benchmark
from idia.errors import IdiaError
from idia.gate_items.items import GateItem
from idia.gate_items.marks import MARKER, limits_of
from idia.settings import Settings

if TYPE_CHECKING:
    from idia.gate_items.planned import Gate

DESCRIPTION = (
    f"{MARKER}(**limits): what the models of a test may leak, or must be good for, as in "
    f"{MARKER}(tpr_max=0.1, utility_min=0.7); each limit of each model is a test of its own, which nothing deselects."
)


@final
class GateCollector:
    """Hooks that make tests of limits.

    Args:
        run: What knows the plan, and measures.
        is_asked: Whether gates were asked for on the command line, so that they run beside any tests.
    """

    def __init__(self, run: BenchmarkSession, *, is_asked: bool) -> None:
        self._run = run
        self._is_asked = is_asked
        self._gates: list[Gate | str] = []
        self._remarks: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Makes the gates of what was collected, before anything is left out of it."""
        run = self._run
        run.attempts.n_collected = sum(map(is_benchmark, items))
        is_wanted = self._is_asked or run.attempts.n_collected
        if not is_wanted or not isinstance(run.settings, Settings) or run.settings.update_baseline:
            return
        try:
            marked = [(item, limits) for item in items if (limits := limits_of(item))]
            if not (run.settings.fail or run.settings.gates or run.settings.baseline or marked):
                return
            from idia.gate_items.planned import planned

            plan = run.plan()
            if isinstance(plan, IdiaError):
                raise plan
            self._gates += self._made(*planned(plan, run.rules, marked, config.rootpath))
        except IdiaError as error:
            run.refuse(items, str(error))

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Adds them to what is left: neither -k nor -m, --deselect or --lf can leave them out."""
        self._run.attempts.n_gates = len(self._gates)
        is_grouped = getattr(session.config.option, "loadgroup", False)
        for number, gate in enumerate(self._gates):
            name = "nothing" if isinstance(gate, str) else gate.name
            source = "gates" if isinstance(gate, str) else gate.source
            # As pytest-xdist writes it, where one worker is to have all tests of a model.
            group = f"@{gate.label}" if is_grouped and not isinstance(gate, str) else ""
            item = GateItem.from_parent(
                session, name=name, nodeid=f"{source}::{name}{group}", gate=gate, number=number, run=self._run
            )
            session.items.append(item)

    def pytest_report_collectionfinish(self) -> list[str]:
        """Says how many there are, since they are not among the collected."""
        count = sum(not isinstance(gate, str) for gate in self._gates)
        said = [f"idia: {count} gate{'' if count == 1 else 's'}, whatever else is selected"] if count else []
        return said + self._remarks

    def _made(self, gates: "Sequence[Gate]", overlooked: Sequence[str]) -> "Sequence[Gate | str]":
        settings = self._run.settings
        assert isinstance(settings, Settings)
        strangers = ", ".join(f'[models."{name}"]' for name in overlooked)
        if strangers:
            self._remarks.append(f"idia: {settings.gates}: {strangers} is about no model of this run")
        if gates:
            return gates
        if strangers:
            return [f"no gate is about a model of this run: {settings.gates} has limits for {strangers} only"]
        return ["gates were asked for, and every model of this run is a control, which has none"]
