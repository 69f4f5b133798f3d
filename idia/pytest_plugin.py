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

    def __init__(self, config: pytest.Config, settings: Settings | SettingError, *, is_checked: bool) -> None:
        self._config = config
        self.settings = settings
        self.is_worker = hasattr(config, "workerinput")
        self.is_checked = is_checked
        self._plan: Plan | IdiaError | None = settings if isinstance(settings, SettingError) else None
        self._auditor: Any = None
        self._failed: set[Target] = set()
        self._attached: set[Target] = set()
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
        if record.document in self._documents:
            return
        assert isinstance(self.settings, Settings)
        results, name = self.settings.results, record.document["model"]["name"]
        try:
            write_record(results, record)
        except (IdiaError, OSError) as error:
            self._problems.append(f"the record of {name} could not be kept: {error}")
            return
        self._documents.append(record.document)
        try:
            render(results, only=[record_path(results, record.document)])
        except (IdiaError, OSError) as error:
            self._problems.append(f"the record of {name} was kept, but the leaderboard could not be rendered: {error}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learns from a worker of pytest-xdist that the plan cannot be carried out."""
        self._usage_error = self._usage_error or getattr(node, "workeroutput", {}).get("idia_usage_error")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fails the run if a result could not be kept, or if the workers could not begin."""
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
    settings, is_checked = _settings(config)
    if isinstance(settings, Settings) and settings.offline:
        # huggingface_hub reads this once, when it is imported.
        os.environ["HF_HUB_OFFLINE"] = "1"
    run = config.stash[_RUN] = _Run(config, settings, is_checked=is_checked)
    config.pluginmanager.register(run, "idia-run")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Sends the settings to a worker of pytest-xdist."""
    run = node.config.stash[_RUN]
    broken = isinstance(run.settings, SettingError)
    node.workerinput["idia"] = {
        "settings": None if broken else run.settings.to_json(),
        "error": str(run.settings) if broken else None,
        "is_checked": run.is_checked,
    }


def pytest_report_header(config: pytest.Config) -> str:
    """Shows the resolved settings."""
    settings = config.stash[_RUN].settings
    return f"idia: {settings.described() if isinstance(settings, Settings) else settings}"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Checks what was asked for on the command line before anything is collected.

    Settings from elsewhere are checked when a benchmark is collected: they must not get in the way of other tests.
    """
    run = session.config.stash[_RUN]
    if not run.is_worker and _given(session.config)[0]:
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
        from idia.plan import labels

        # The scope keeps the tests of one model together.
        metafunc.parametrize("idia_target", plan.targets, scope="session", ids=labels(plan.targets))
    if "idia_photos" in wanted:
        metafunc.parametrize("idia_photos", plan.sizes, ids=lambda size: f"photos-{size}")
    if "idia_occurrences" in wanted:
        bins = [str(each) for each in plan.bins]
        metafunc.parametrize("idia_occurrences", bins, ids=lambda each: f"occurrences-{each}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Ends the run with one clean message if a benchmark was collected that cannot be carried out."""
    run = config.stash[_RUN]
    if not any("idia_target" in getattr(item, "fixturenames", ()) for item in items):
        return
    plan = run.plan()
    if run.is_worker and isinstance(plan, IdiaError):
        # Raised here it would be an internal error to the controlling process, which shows it instead.
        config.workeroutput["idia_usage_error"] = str(plan)  # type: ignore[attr-defined]  # set by pytest-xdist
        items.clear()
        return
    run.raise_if_broken()


@pytest.fixture
def idia_audit(request: pytest.FixtureRequest, idia_target: "Target") -> "Audit":
    """What was measured on one model: it is loaded, encoded and attacked once, whatever is asked of it afterwards."""
    from idia.plan import labels

    run = request.config.stash[_RUN]
    plan = run.plan()
    assert not isinstance(plan, IdiaError)
    title = dict(zip(plan.targets, labels(plan.targets), strict=True))[idia_target]
    return run.audit(idia_target, title)


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


def _settings(config: pytest.Config) -> tuple[Settings | SettingError, bool]:
    """The settings, or what is wrong with them, and whether another process has checked what they ask for."""
    sent = getattr(config, "workerinput", {}).get("idia")
    if sent is not None:
        broken = sent["settings"] is None
        return (SettingError(sent["error"]) if broken else Settings.from_json(sent["settings"])), sent["is_checked"]
    try:
        folder = config.invocation_params.dir
        return resolve(*_given(config), working_folder=folder, project_folder=config.rootpath), False
    except SettingError as error:
        return error, False
