"""The pytest plugin: options, parametrisation, the `idia_audit` fixture and the table at the end of a run.

Loaded into every pytest run on a machine where this package is installed, so it imports nothing heavy until a test asks
for a benchmark fixture. Under pytest-xdist the workers measure, and the controlling process alone writes.
"""

import os
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Literal

import pytest

from idia.errors import IdiaError, SettingError
from idia.options import OPTIONS
from idia.settings import Settings, resolve

if TYPE_CHECKING:
    from idia.audit import Audit
    from idia.plan import Plan, Target


class _Run:
    """What one pytest process knows about the benchmark; also the plugin object whose hooks need that."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self._config = config
        self.settings = settings
        self.is_worker = hasattr(config, "workerinput")
        self.failed: set[str] = set()
        self._plan: Plan | IdiaError | None = None
        self._auditor: Any = None
        self._attached: set[str] = set()
        self._documents: list[Any] = []
        self._problems: list[str] = []

    def plan(self) -> "Plan | IdiaError":
        """Returns the plan, or what is wrong with it."""
        if self._plan is None:
            from idia.plan import make_plan

            # A worker relies on the photos that the controlling process has checked.
            check_photos = not (self.is_worker or self._config.option.collectonly)
            try:
                self._plan = make_plan(self.settings, check_photos=check_photos)
            except IdiaError as error:
                self._plan = error
        return self._plan

    def raise_if_broken(self) -> None:
        """Ends the run with one clean message if the plan was made and cannot be carried out."""
        if isinstance(self._plan, IdiaError):
            raise pytest.UsageError(str(self._plan))

    def audit(self, target: Any) -> "Audit":
        """Returns what was measured on one model, or fails the test with our own message."""
        from idia.audit import Auditor
        from idia.progress import shown_on_terminal

        if str(target) in self.failed:
            pytest.fail(f"{target} could not be scored; the first of its tests says why.", pytrace=False)
        plan = self.plan()
        assert not isinstance(plan, IdiaError)
        self._auditor = self._auditor or Auditor(plan)
        try:
            with self._terminal(), shown_on_terminal(str(target), self._is_interactive()) as progress:
                audit: Audit = self._auditor.audit(target, progress)
        except IdiaError as error:
            self.failed.add(str(target))
            pytest.fail(f"{target}: {error}", pytrace=False)
        return audit

    def _is_interactive(self) -> bool:
        reporter = self._config.pluginmanager.getplugin("terminalreporter")
        return bool(not self.is_worker and reporter is not None and reporter.isatty and not os.environ.get("CI"))

    def _terminal(self) -> Any:
        """Lets progress through to the terminal, which pytest otherwise captures."""
        from contextlib import nullcontext

        capture = self._config.pluginmanager.getplugin("capturemanager")
        if capture is None or not self._is_interactive():
            return nullcontext()
        return capture.global_and_fixture_disabled()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attaches a model's record to the first report that follows it, which travels from worker to controller."""
        report = yield
        audit = getattr(item, "funcargs", {}).get("idia_audit")
        if audit is not None and str(audit.target) not in self._attached:
            from idia.records import packed

            self._attached.add(str(audit.target))
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
        if record.document in self._documents:
            return
        try:
            write_record(self.settings.results, record)
            render(self.settings.results, only=[record_path(self.settings.results, record.document)])
        except (IdiaError, OSError) as error:
            self._problems.append(f"the record of {record.document['model']['name']} could not be kept: {error}")
            return
        self._documents.append(record.document)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fails the run if a result could not be kept."""
        if self._problems:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints one table of what leaked."""
        if self.is_worker or not (self._documents or self._problems):
            return
        from idia.report import described_model, summary_table

        terminalreporter.section("identity leakage")
        if self._documents:
            terminalreporter.write_line(summary_table(self._documents, colour=terminalreporter.hasmarkup))
            terminalreporter.write_line("")
            for document in self._documents:
                terminalreporter.write_line(described_model(document))
            terminalreporter.write_line(f"Records, figures and leaderboard: {self.settings.results}")
        for problem in self._problems:
            terminalreporter.write_line(f"ERROR: {problem}", red=True)


_RUN = pytest.StashKey[_Run]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds every setting as an option and as an ini key."""
    group = parser.getgroup("idia", "identity leakage of CLIP-like models")
    for option in OPTIONS:
        destination, described = f"idia_{option.name}", option.help.replace("%", "%%")
        if not option.metavar:
            group.addoption(option.flag, action="store_const", const="true", dest=destination, help=described)
        else:
            action = "append" if option.is_list else "store"
            group.addoption(option.flag, action=action, dest=destination, metavar=option.metavar, help=described)
        kind: Literal["linelist", "string"] = "linelist" if option.is_list else "string"
        parser.addini(option.ini, f"{option.flag}, {option.variable}", type=kind)


def pytest_configure(config: pytest.Config) -> None:
    """Resolves the settings; a worker takes those of the controlling process."""
    if hasattr(config, "workerinput"):
        settings = Settings.from_json(config.workerinput["idia_settings"])
    else:
        try:
            settings = _resolved(config)
        except SettingError as error:
            raise pytest.UsageError(str(error)) from None
    if settings.offline:
        # huggingface_hub reads this once, when it is imported.
        os.environ["HF_HUB_OFFLINE"] = "1"
    run = config.stash[_RUN] = _Run(config, settings)
    config.pluginmanager.register(run, "idia-run")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Sends the settings to a worker of pytest-xdist."""
    node.workerinput["idia_settings"] = node.config.stash[_RUN].settings.to_json()


def pytest_report_header(config: pytest.Config) -> str:
    """Shows the resolved settings."""
    return f"idia: {config.stash[_RUN].settings.described()}"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Checks what was asked for on the command line before anything is collected.

    Under pytest-xdist the controlling process collects nothing itself, and checks whatever was asked for anywhere.
    """
    config = session.config
    run = config.stash[_RUN]
    if run.is_worker:
        return
    command_line, environment, ini = _given(config)
    if command_line or (config.getoption("numprocesses", None) and (environment or ini)):
        run.plan()
        run.raise_if_broken()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrises benchmark tests over models, photos per person and bins of training occurrences."""
    wanted = {"idia_target", "idia_photos", "idia_occurrences"} & set(metafunc.fixturenames)
    if not wanted:
        return
    plan = metafunc.config.stash[_RUN].plan()
    if isinstance(plan, IdiaError):
        # The run ends after collection, with the message; until then its tests stand there without parameters.
        for name in wanted:
            metafunc.parametrize(name, [])
        return
    if "idia_target" in wanted:
        # The scope keeps the tests of one model together.
        metafunc.parametrize("idia_target", plan.targets, scope="session", ids=str)
    if "idia_photos" in wanted:
        metafunc.parametrize("idia_photos", plan.sizes, ids=lambda size: f"photos-{size}")
    if "idia_occurrences" in wanted:
        bins = [str(each) for each in plan.bins]
        metafunc.parametrize("idia_occurrences", bins, ids=lambda each: f"occurrences-{each}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config) -> None:
    """Ends the run with one clean message if its plan cannot be carried out."""
    config.stash[_RUN].raise_if_broken()


@pytest.fixture
def idia_audit(request: pytest.FixtureRequest, idia_target: "Target") -> "Audit":
    """What was measured on one model: it is loaded, encoded and attacked once, whatever is asked of it afterwards."""
    return request.config.stash[_RUN].audit(idia_target)


_Values = dict[str, list[str]]


def _given(config: pytest.Config) -> tuple[_Values, _Values, _Values]:
    """The values given on the command line, in the environment and in the ini file, by option name."""
    command_line: _Values = {}
    environment: _Values = {}
    ini: _Values = {}
    for option in OPTIONS:
        given = config.getoption(f"idia_{option.name}")
        if given is not None:
            command_line[option.name] = given if isinstance(given, list) else [given]
        variable = os.environ.get(option.variable, "").strip()
        if variable:
            environment[option.name] = variable.splitlines()
        written = config.getini(option.ini)
        if written:
            ini[option.name] = written if isinstance(written, list) else [written]
    return command_line, environment, ini


def _resolved(config: pytest.Config) -> Settings:
    return resolve(
        *_given(config),
        working_folder=config.invocation_params.dir,
        project_folder=config.rootpath,
    )
