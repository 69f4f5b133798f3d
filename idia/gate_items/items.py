"""Gates as tests: one for each model and limit, which measures on its own whatever else is selected."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import pytest

from idia.benchmark_session import BenchmarkSession
from idia.errors import IdiaError, SettingError

if TYPE_CHECKING:
    from idia.gate_items.planned import Gate
    from idia.gates import Judgement, Measured
    from idia.records import Record

_FAILED = "could not be scored; the first of its tests says why"


@final
class GateItem(pytest.Item):
    """A gate that is run as a test.

    Args:
        gate: What is asked; or, where there is nothing to ask, which is never good news, why.
        number: Its place among all gates.
        run: What measures.
    """

    def __init__(self, *, gate: "Gate | str", number: int, run: BenchmarkSession, **rest: Any) -> None:
        super().__init__(**rest)
        self._gate = gate
        self._number = number
        self._run = run

    def runtest(self) -> None:
        """Judges, on what this process has measured or measures now."""
        if isinstance(self._gate, str):
            pytest.fail(f"no evidence: {self._gate}", pytrace=False)
        judgement = self._judgement(self._gate)
        self._run.judge(self._number, judgement)
        self.user_properties.append(("idia_verdict", str(judgement.verdict)))
        numbers = (judgement.value, judgement.low, judgement.high)
        for name, number in zip(("value", "low", "high"), numbers, strict=True):
            if number is not None:
                self.user_properties.append((f"idia_{name}", round(number, 6)))
        if not judgement.is_ok:
            where = "" if self._gate.line is None else f"\n{self._gate.source}, line {self._gate.line}"
            pytest.fail(f"{judgement.verdict}: {judgement.sentence}{where}", pytrace=False)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Shows one readable block, and has annotations point at the line that says what is allowed."""
        shown = super().repr_failure(excinfo, style)
        crash = getattr(shown, "reprcrash", None)
        if crash is not None and isinstance(excinfo.value, pytest.fail.Exception):
            path, line, _ = self.reportinfo()
            crash.path, crash.lineno, crash.message = str(path), (line or 0) + 1, str(excinfo.value)
        return shown

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Returns where the limit is written, and what the test is called."""
        if isinstance(self._gate, str):
            return self.path, None, f"gates: {self.name}"
        line = None if self._gate.line is None else self._gate.line - 1
        return self._gate.path, line, f"{self._gate.source}: {self.name}"

    def _judgement(self, gate: "Gate") -> "Judgement":
        from idia.gates import Judgement, Verdict, baseline_of, judged

        try:
            now = self._measured(gate)
        except pytest.fail.Exception as error:
            return Judgement(Verdict.NO_EVIDENCE, gate.limit, gate.label, str(error))
        elsewhere = gate.called_otherwise(now.model)
        if elsewhere:
            return Judgement(Verdict.NO_EVIDENCE, gate.limit, now.model, elsewhere)
        recorded = self._run.rules.baseline if gate.limit.is_relative else None
        return judged(gate.limit, now, None if recorded is None else baseline_of(recorded, now))

    def _measured(self, gate: "Gate") -> "Measured":
        """What there is to say about the model, and about what it is good for where the limit asks."""
        from idia.gates import Measured
        from idia.gates.limits import TEXT_ONLY

        run, target = self._run, gate.target
        if gate.limit.attack in TEXT_ONLY:
            return Measured.of(self._by_names(gate))
        if run.has_failed(target):
            pytest.fail(f"{gate.label} {_FAILED}", pytrace=False)
        records = run.audit(target, gate.label).records
        if not gate.limit.is_utility:
            return Measured.of(records)
        if run.has_tasks(target):
            return Measured.of(records, [run.utility(target, gate.label).document])
        from idia.utility_plan import NO_TASKS

        return replace(Measured.of(records), absent={"utility": NO_TASKS})

    def _by_names(self, gate: "Gate") -> "Sequence[Record]":
        """The records of the attacks by names alone, in one mode."""
        from idia.gate_items.text_only import mode_of

        run, target, plan = self._run, gate.target, self._run.plan()
        assert not isinstance(plan, IdiaError)
        try:
            mode = mode_of(plan, target, gate.limit.attack)
        except SettingError as error:
            pytest.fail(str(error), pytrace=False)
        if run.has_failed(target, mode):
            pytest.fail(f"{gate.label}, from text alone ({mode}), {_FAILED}", pytrace=False)
        return run.text_only(target, mode, gate.label).records
