"""One pytest process in a benchmark run: it plans and measures; the controlling one alone writes and reports."""

import os
import time
from collections.abc import Callable, Generator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from idia.errors import IdiaError, SettingError
from idia.settings import Settings
from idia.timing import CpuClock

if TYPE_CHECKING:
    from idia.audit import Audit, Auditor
    from idia.models import Progress
    from idia.plan import Plan, Target
    from idia.records import Document, Record
    from idia.utility_audit import ModelUtility, UtilityAuditor

_T = TypeVar("_T")
_TOTAL = "in all"


class BenchmarkSession:
    """What one pytest process knows about the benchmark, and the hooks that need it.

    Args:
        config: The pytest run.
        settings: What was asked for, or what is wrong with it.
        is_checked: Whether another process has found that all photos can be read and results be written.
    """

    def __init__(self, config: pytest.Config, settings: Settings | SettingError, *, is_checked: bool) -> None:
        self._config = config
        self.settings = settings
        self.is_worker = hasattr(config, "workerinput")
        self.is_checked = is_checked
        self._plan: Plan | IdiaError | None = settings if isinstance(settings, SettingError) else None
        self._auditing: tuple[Auditor, UtilityAuditor] | None = None
        self._failed: set[Target] = set()
        self._attached: set[tuple[str, Target]] = set()
        self._arrived: set[Path] = set()
        self._written: list[Path] = []
        self._clock = CpuClock()
        self._documents: list[Any] = []
        self._utilities: list[Any] = []
        self._problems: list[str] = []
        self._usage_error: str | None = None

    def plan(self) -> "Plan | IdiaError":
        """Returns the plan, or what is wrong with it."""
        if self._plan is None:
            from idia.plan import make_plan

            assert isinstance(self.settings, Settings)
            try:
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

    def audit(self, target: "Target", title: str) -> "Audit":
        """Returns what was measured on one model, or fails the test with our own message."""
        return self._measured(target, title, lambda progress: self._auditors()[0].audit(target, progress))

    def utility(self, target: "Target", title: str) -> "ModelUtility":
        """Returns what one model is good for, or skips the test where nobody says what it should be."""
        plan = self.plan()
        assert not isinstance(plan, IdiaError)
        if target.spec not in plan.tasks:
            from idia.utility_plan import NO_TASKS

            pytest.skip(f"{title}: {NO_TASKS}")
        return self._measured(target, title, lambda progress: self._auditors()[1].utility(target, progress))

    def _auditors(self) -> "tuple[Auditor, UtilityAuditor]":
        """What measures leakage and utility; they share the loaded model."""
        if self._auditing is None:
            from idia.audit import Auditor
            from idia.utility_audit import UtilityAuditor

            plan = self.plan()
            assert not isinstance(plan, IdiaError)
            auditor = Auditor(plan, self._clock)
            self._auditing = auditor, UtilityAuditor(plan, auditor.model, self._clock)
        return self._auditing

    def _measured(self, target: "Target", title: str, measure: "Callable[[Progress | None], _T]") -> "_T":
        from idia.progress import shown_on_terminal

        if target in self._failed:
            pytest.skip(f"{title} could not be scored; the first of its tests says why")
        # Until it is measured the model counts as failed, whatever may be raised: it is not tried a second time.
        self._failed.add(target)
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
            self._failed.remove(target)
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
        """Keeps a model's record; a worker attaches it to the first report that follows, which the controller gets."""
        report = yield
        measured = getattr(item, "funcargs", {})
        audit, utility = measured.get("idia_audit"), measured.get("idia_utility")
        if audit is not None and ("audit", audit.target) not in self._attached:
            self._attached.add(("audit", audit.target))
            if self.is_worker:
                from idia.records import packed

                report.idia_record = packed(audit.record)  # type: ignore[attr-defined]  # reports carry extra attributes
            else:
                self._keep(audit.record)
        if utility is not None and ("utility", utility.target) not in self._attached:
            self._attached.add(("utility", utility.target))
            if self.is_worker:
                report.idia_utility = utility.document  # type: ignore[attr-defined]
            else:
                self._keep_utility(utility.document)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keeps a record that arrives from a worker."""
        if self.is_worker:
            return
        content, utility = getattr(report, "idia_record", None), getattr(report, "idia_utility", None)
        if content is not None:
            from idia.records import unpacked

            self._keep(unpacked(content))
        if utility is not None:
            self._keep_utility(utility)

    def _keep(self, record: "Record") -> None:
        """Writes a record as soon as it is there, so that a kill loses nothing that was finished."""
        from idia.records import record_path, write_record

        path = record_path(self._results, record.document)
        if self._is_kept(path, record.document, lambda: write_record(self._results, record)):
            self._documents.append(record.document)

    def _keep_utility(self, document: "Document") -> None:
        """The same for a record of utility."""
        from idia.records import utility_path, write_utility

        path = utility_path(self._results, document)
        if self._is_kept(path, document, lambda: write_utility(self._results, document)):
            self._utilities.append(document)

    def _is_kept(self, path: Path, document: "Document", write: "Callable[[], bool]") -> bool:
        """Writes a record and returns whether it is there; not if another worker has measured the same."""
        if path in self._arrived:
            return False
        self._arrived.add(path)
        try:
            with self._clock.during("recording"):
                write()
        except (IdiaError, OSError) as error:
            self._problems.append(f"the record of {document['model']['name']} could not be kept: {error}")
            return False
        self._written.append(path)
        return True

    @property
    def _results(self) -> Path:
        assert isinstance(self.settings, Settings)
        return self.settings.results

    def _render(self) -> None:
        """Renders the leaderboard and the figures of what was measured, once: also where the run was interrupted."""
        if self.is_worker or not self._written:
            return
        from idia.report import render

        try:
            with self._clock.during("rendering"):
                render(self._results, only=self._written)
        except (IdiaError, OSError) as error:
            self._problems.append(f"all records were kept, but the leaderboard could not be rendered: {error}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learns from a worker of pytest-xdist what it spent, and whether the plan cannot be carried out."""
        output = getattr(node, "workeroutput", {})
        self._usage_error = self._usage_error or output.get("idia_usage_error")
        for stage, seconds in output.get("idia_cpu_seconds", {}).items():
            self._clock.seconds[stage] = self._clock.seconds.get(stage, 0.0) + seconds

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Renders what was measured; fails the run if a result could not be kept, or if the workers could not begin."""
        if self.is_worker:
            self._config.workeroutput["idia_cpu_seconds"] = {  # type: ignore[attr-defined]  # set by pytest-xdist
                **self._clock.seconds,
                _TOTAL: time.process_time(),
            }
        self._render()
        if session.exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR):
            return
        if self._usage_error is not None:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        elif self._problems:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints one table of what leaked."""
        if self._usage_error is not None:
            terminalreporter.write_line(f"ERROR: {self._usage_error}", red=True)
        if self.is_worker or not (self._documents or self._utilities or self._problems):
            return
        from idia.report import described_models, summary_table, utility_summary

        if self._utilities:
            terminalreporter.section("utility")
            terminalreporter.write_line(utility_summary(self._utilities, colour=terminalreporter.hasmarkup))
        if self._documents or self._problems:
            terminalreporter.section("identity leakage")
        if self._documents:
            terminalreporter.write_line(summary_table(self._documents, colour=terminalreporter.hasmarkup))
            terminalreporter.write_line("")
            terminalreporter.write_line(described_models(self._documents))
        if self._written:
            terminalreporter.write_line(f"Records, figures and leaderboard: {self._results}")
            terminalreporter.write_line(self._spent())
        for problem in self._problems:
            terminalreporter.write_line(f"ERROR: {problem}", red=True)

    def _spent(self) -> str:
        seconds = dict(self._clock.seconds)
        total = time.process_time() + seconds.pop(_TOTAL, 0.0)
        stages = ", ".join(f"{stage} {spent:.1f}" for stage, spent in seconds.items() if spent >= 0.05)
        return f"CPU seconds: {total:.0f} in all; {stages or 'no stage took any'}"
