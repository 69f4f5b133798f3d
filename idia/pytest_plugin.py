"""The pytest plugin: options, parametrisation, the `idia_audit` fixture and the table at the end of a run.

Loaded into every pytest run on a machine where this package is installed, so it imports nothing heavy until a test asks
for a benchmark fixture. Under pytest-xdist the workers measure, and the controlling process alone writes.
"""

import os
from typing import TYPE_CHECKING, Any, Literal

import pytest

from idia.benchmark_session import BenchmarkSession
from idia.errors import IdiaError, SettingError
from idia.options import OPTIONS
from idia.settings import Settings, resolve

if TYPE_CHECKING:
    from idia.audit import Audit
    from idia.plan import Target


_SESSION = pytest.StashKey[BenchmarkSession]()
_PARAMETERS = {"idia_target", "idia_photos", "idia_occurrences"}


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
    run = config.stash[_SESSION] = BenchmarkSession(config, settings, is_checked=is_checked)
    config.pluginmanager.register(run, "idia-run")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Sends the settings to a worker of pytest-xdist."""
    run = node.config.stash[_SESSION]
    broken = isinstance(run.settings, SettingError)
    node.workerinput["idia"] = {
        "settings": None if broken else run.settings.to_json(),
        "error": str(run.settings) if broken else None,
        "is_checked": run.is_checked,
    }


def pytest_report_header(config: pytest.Config) -> str:
    """Shows the resolved settings."""
    settings = config.stash[_SESSION].settings
    return f"idia: {settings.described() if isinstance(settings, Settings) else settings}"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Checks what was asked for on the command line before anything is collected.

    Settings from elsewhere are checked when a benchmark is collected: they must not get in the way of other tests.
    """
    run = session.config.stash[_SESSION]
    if not run.is_worker and _given(session.config)[0]:
        run.plan()
        run.raise_if_broken()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrises benchmark tests over models, photos per person and bins of training occurrences."""
    wanted = _PARAMETERS & set(metafunc.fixturenames)
    if not wanted:
        return
    plan = metafunc.config.stash[_SESSION].plan()
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


@pytest.hookimpl(trylast=True)  # after deselection: what is not run need not be possible
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Ends the run with one clean message if a benchmark was collected that cannot be carried out."""
    run = config.stash[_SESSION]
    if not any(_PARAMETERS & set(getattr(item, "fixturenames", ())) for item in items):
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

    run = request.config.stash[_SESSION]
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
