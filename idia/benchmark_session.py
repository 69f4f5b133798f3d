"""One pytest process in a benchmark run: it plans and measures; the controlling one alone writes and reports."""

import os
from collections.abc import Generator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from idia.errors import IdiaError, SettingError
from idia.settings import Settings

if TYPE_CHECKING:
    from idia.audit import Audit
    from idia.plan import Plan, Target


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
        self._auditor: Any = None
        self._failed: set[Target] = set()
        self._attached: set[Target] = set()
        self._arrived: set[Path] = set()
        self._documents: list[Any] = []
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
        from idia.audit import Auditor
        from idia.progress import shown_on_terminal

        if target in self._failed:
            pytest.skip(f"{title} could not be scored; the first of its tests says why")
        plan = self.plan()
        assert not isinstance(plan, IdiaError)
        self._auditor = self._auditor or Auditor(plan)
        # Until it is measured the model counts as failed, whatever may be raised: it is not tried a second time.
        self._failed.add(target)
        try:
            with self._terminal(), shown_on_terminal(title, self._is_interactive()) as progress:
                audit: Audit = self._auditor.audit(target, progress)
        except IdiaError as error:
            reason = f"{title}: {error}"
        except SystemExit as error:
            reason = f"{title} ended the process with exit code {error.code}."
        except Exception as error:
            error.add_note(f"raised while {title} was scored")
            raise
        else:
            self._failed.remove(target)
            return audit
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
        """Attaches a model's record to the first report that follows it, which travels from worker to controller."""
        report = yield
        audit = getattr(item, "funcargs", {}).get("idia_audit")
        if audit is not None and audit.target not in self._attached:
            from idia.records import packed

            self._attached.add(audit.target)
            report.idia_record = packed(audit.record)  # type: ignore[attr-defined]  # reports carry extra attributes
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Writes a record as soon as it arrives, so that a kill loses nothing that was finished."""
        content = getattr(report, "idia_record", None)
        if content is None or self.is_worker:
            return
        from idia.records import record_path, unpacked, write_record
        from idia.report import render

        record = unpacked(content)
        assert isinstance(self.settings, Settings)
        results, name = self.settings.results, record.document["model"]["name"]
        path = record_path(results, record.document)
        if path in self._arrived:
            return  # another worker has measured the same
        self._arrived.add(path)
        try:
            write_record(results, record)
        except (IdiaError, OSError) as error:
            self._problems.append(f"the record of {name} could not be kept: {error}")
            return
        self._documents.append(record.document)
        try:
            render(results, only=[path])
        except (IdiaError, OSError) as error:
            self._problems.append(f"the record of {name} was kept, but the leaderboard could not be rendered: {error}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learns from a worker of pytest-xdist that the plan cannot be carried out."""
        self._usage_error = self._usage_error or getattr(node, "workeroutput", {}).get("idia_usage_error")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fails the run if a result could not be kept, or if the workers could not begin."""
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
        if self.is_worker or not (self._documents or self._problems):
            return
        from idia.report import described_model, summary_table

        terminalreporter.section("identity leakage")
        if self._documents:
            terminalreporter.write_line(summary_table(self._documents, colour=terminalreporter.hasmarkup))
            terminalreporter.write_line("")
            for document in self._documents:
                terminalreporter.write_line(described_model(document))
            assert isinstance(self.settings, Settings)
            terminalreporter.write_line(f"Records, figures and leaderboard: {self.settings.results}")
        for problem in self._problems:
            terminalreporter.write_line(f"ERROR: {problem}", red=True)
