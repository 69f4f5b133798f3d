"""What one pytest process knows about the benchmark, and the hooks that need it."""

import os
import time
from collections.abc import Callable, Generator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from idia.benchmark_session.attempts import Attempts, is_benchmark
from idia.benchmark_session.kept import Kept
from idia.benchmark_session.parcels import Parcel
from idia.benchmark_session.rules import Rules, read_rules
from idia.benchmark_session.summary import TOTAL, print_summary, write_job_summary
from idia.errors import IdiaError, SettingError
from idia.settings import Settings
from idia.timing import CpuClock

if TYPE_CHECKING:
    from idia.audit import Audit, Auditor, TextOnlyAudit, TextOnlyAuditor
    from idia.gates import Judgement
    from idia.models import Progress
    from idia.plan import Plan, Target
    from idia.settings import Mode
    from idia.utility_audit import ModelUtility, UtilityAuditor

_T = TypeVar("_T")


class BenchmarkSession:
    """What one pytest process knows about the benchmark, and the hooks that need it.

    Args:
        config: The pytest run.
        settings: What was asked for, or what is wrong with it.
        is_checked: Whether another process has found that all photos can be read and results be written.

    Attributes:
        rules: What gates allow; known once there is a plan.
        attempts: What became of the benchmarks.
    """

    def __init__(self, config: pytest.Config, settings: Settings | SettingError, *, is_checked: bool) -> None:
        self._config = config
        self.settings = settings
        self.is_worker = hasattr(config, "workerinput")
        self.is_checked = is_checked
        self.rules = Rules()
        self.attempts = Attempts()
        self._plan: Plan | IdiaError | None = settings if isinstance(settings, SettingError) else None
        self._auditing: tuple[Auditor, UtilityAuditor, TextOnlyAuditor] | None = None
        self._failed: set[Target | tuple[Target, Mode]] = set()
        self._sent: set[tuple[str, Target]] = set()
        self._parcel = Parcel()
        self._clock = CpuClock()
        self._kept = Kept(settings, self._clock)
        self._usage_error: str | None = None

    def plan(self) -> "Plan | IdiaError":
        """Returns the plan, or what is wrong with it or with what gates ask of it."""
        if self._plan is None:
            from idia.plan import make_plan

            assert isinstance(self.settings, Settings)
            try:
                self.rules = read_rules(self.settings)
                # Merely listing tests leaves no trace, and decodes no photo.
                is_checked = self.is_checked or self._config.option.collectonly
                self._plan = make_plan(self.settings, is_checked=is_checked)
                self.is_checked = True
            except IdiaError as error:
                self._plan = error
        return self._plan

    def raise_if_broken(self) -> None:
        """Ends the run with one clean message if the plan was made and cannot be carried out."""
        if isinstance(self._plan, IdiaError):
            raise pytest.UsageError(str(self._plan))

    def refuse(self, items: list[pytest.Item], reason: str) -> None:
        """Ends the run with one clean message, from any process.

        A worker is left nothing to do: raised there, an error would be an internal one to the controlling process.

        Raises:
            UsageError: In any other process.
        """
        if not self.is_worker:
            raise pytest.UsageError(reason)
        self._config.workeroutput["idia_usage_error"] = reason  # type: ignore[attr-defined]  # set by pytest-xdist
        items.clear()

    def audit(self, target: "Target", title: str) -> "Audit":
        """Returns what was measured on one model, or fails the test with our own message."""
        audit = self._measured(target, title, lambda progress: self._auditors()[0].audit(target, progress))
        if ("audit", target) not in self._sent:
            self._sent.add(("audit", target))
            self._parcel.records += audit.records
        return audit

    def utility(self, target: "Target", title: str) -> "ModelUtility":
        """Returns what one model is good for, or skips the test where nobody says what it should be."""
        if not self.has_tasks(target):
            from idia.utility_plan import NO_TASKS

            pytest.skip(f"{title}: {NO_TASKS}")
        utility = self._measured(target, title, lambda progress: self._auditors()[1].utility(target, progress))
        if ("utility", target) not in self._sent:
            self._sent.add(("utility", target))
            self._parcel.utilities.append(utility.document)
        return utility

    def text_only(self, target: "Target", mode: "Mode", title: str) -> "TextOnlyAudit":
        """Returns what was measured on one model by names alone, or fails the test with our own message.

        A model that cannot be attacked so, such as one without gradients, is attacked with photos all the same.
        """
        audit = self._measured(
            (target, mode),
            f"{title}, from text alone ({mode})",
            lambda progress: self._auditors()[2].audit(target, mode, progress),
        )
        if (f"text only, {mode}", target) not in self._sent:
            self._sent.add((f"text only, {mode}", target))
            self._parcel.records += audit.records
        return audit

    def has_tasks(self, target: "Target") -> bool:
        """Returns whether anything says what a model should be good for."""
        plan = self.plan()
        assert not isinstance(plan, IdiaError)
        return target.spec in plan.tasks

    def has_failed(self, target: "Target", mode: "Mode | None" = None) -> bool:
        """Returns whether this process has tried to measure a model, or it by names alone in a mode, and could not."""
        return (target if mode is None else (target, mode)) in self._failed

    def judge(self, number: int, judgement: "Judgement") -> None:
        """Keeps what a gate says.

        Args:
            number: The place of the gate among all.
            judgement: What it says.
        """
        self._parcel.judgements[number] = judgement

    def _auditors(self) -> "tuple[Auditor, UtilityAuditor, TextOnlyAuditor]":
        """What measures leakage with photos, utility, and leakage from text alone; they share the loaded model."""
        if self._auditing is None:
            from idia.audit import Auditor, TextOnlyAuditor
            from idia.utility_audit import UtilityAuditor

            plan = self.plan()
            assert not isinstance(plan, IdiaError)
            auditor = Auditor(plan, self._clock)
            utility = UtilityAuditor(plan, auditor.model, self._clock)
            self._auditing = auditor, utility, TextOnlyAuditor(plan, auditor, self._clock)
        return self._auditing

    def _measured(
        self, what: "Target | tuple[Target, Mode]", title: str, measure: "Callable[[Progress | None], _T]"
    ) -> "_T":
        from idia.progress import shown_on_terminal

        if what in self._failed:
            pytest.skip(f"{title} could not be scored; the first of its tests says why")
        # Until it is measured the model counts as failed, whatever may be raised: it is not tried a second time.
        self._failed.add(what)
        try:
            with self._terminal(), shown_on_terminal(title, self._is_interactive()) as progress:
                result = measure(progress)
        except IdiaError as error:
            reason = f"{title}: {error}"
        except SystemExit as error:
            reason = f"{title} ended the process with exit code {error.code}."
        except Exception as error:
            error.add_note(f"raised while {title} was scored")
            raise
        else:
            self._failed.remove(what)
            return result
        pytest.fail(reason, pytrace=False)

    def _is_interactive(self) -> bool:
        reporter = self._config.pluginmanager.getplugin("terminalreporter")
        return bool(not self.is_worker and reporter is not None and reporter.isatty and not os.environ.get("CI"))

    def _terminal(self) -> Any:
        """Lets progress through to the terminal, which pytest otherwise captures."""
        capture = self._config.pluginmanager.getplugin("capturemanager")
        if capture is None or not self._is_interactive():
            return nullcontext()
        return capture.global_and_fixture_disabled()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keeps what was measured; a worker sends it with the next report, which the controlling process gets."""
        report = yield
        report.idia_is_benchmark = is_benchmark(item)  # type: ignore[attr-defined]  # reports carry extra attributes
        parcel, self._parcel = self._parcel, Parcel()
        if parcel and self.is_worker:
            report.idia_parcel = parcel.packed()  # type: ignore[attr-defined]
        elif parcel:
            self._kept.take(parcel)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keeps what arrives from a worker."""
        if self.is_worker:
            return
        self.attempts.count(report, is_benchmark=getattr(report, "idia_is_benchmark", False))
        content = getattr(report, "idia_parcel", None)
        if content is not None:
            self._kept.take(Parcel.unpacked(content))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Counts the benchmarks that are to run."""
        self.attempts.n_selected = sum(map(is_benchmark, session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learns from a worker of pytest-xdist what it spent, and whether the plan cannot be carried out."""
        output = getattr(node, "workeroutput", {})
        self._usage_error = self._usage_error or output.get("idia_usage_error")
        for stage, seconds in output.get("idia_cpu_seconds", {}).items():
            self._clock.seconds[stage] = self._clock.seconds.get(stage, 0.0) + seconds
        for name, number in output.get("idia_attempts", {}).items():
            setattr(self.attempts, name, number)  # every worker has collected the same

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Renders what was measured; fails the run if nothing was, if a result could not be kept, and so on."""
        if self.is_worker:
            output: dict[str, Any] = self._config.workeroutput  # type: ignore[attr-defined]  # set by pytest-xdist
            output["idia_cpu_seconds"] = {**self._clock.seconds, TOTAL: time.process_time()}
            output["idia_attempts"] = {
                "n_collected": self.attempts.n_collected,
                "n_selected": self.attempts.n_selected,
                "n_gates": self.attempts.n_gates,
            }
            return
        self._kept.render()
        is_usable = self._usage_error is None and session.exitstatus != pytest.ExitCode.USAGE_ERROR
        is_complete = session.exitstatus not in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
        if is_usable and is_complete and not self._config.option.collectonly:
            self._look_back(is_green=session.exitstatus == pytest.ExitCode.OK)
        write_job_summary(self._kept)
        if self._usage_error is not None and is_complete:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        elif self._kept.problems and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _look_back(self, *, is_green: bool) -> None:
        """Whether a finished run has done what it was for."""
        if is_green and self._kept.n_ok < self.attempts.n_gates:
            self._kept.problems.append(
                f"{self._kept.n_ok} of {self.attempts.n_gates} gates are ok, and no test of the others failed: "
                "something skipped them, took them out, or changed what they reported, such as a hook in a conftest.py"
            )
        if not self._kept.has_results:
            reason, is_other_run = self.attempts.nothing_ran(self._config)
            if reason and is_other_run:
                self._kept.remarks.append(reason)
            elif reason:
                self._kept.problems.append(reason)
        if isinstance(self.settings, Settings) and self.settings.update_baseline:
            self._kept.update_baseline()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints what leaked, what the models are good for, and what gates say."""
        if self._usage_error is not None:
            terminalreporter.write_line(f"ERROR: {self._usage_error}", red=True)
        if not self.is_worker:
            print_summary(self._kept, terminalreporter, self._clock)
