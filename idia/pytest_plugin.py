"""The pytest plugin: options, parametrisation, the `idia_audit` fixture and the table at the end of a run.

Loaded into every pytest run on a machine where this package is installed, so it imports nothing heavy until a test asks
for a benchmark fixture. Under pytest-xdist the workers measure, and the controlling process alone writes.
"""

import os
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import pytest

from idia.benchmark_session import PARAMETERS, BenchmarkSession, is_benchmark
from idia.errors import IdiaError, SettingError
from idia.gate_items import DESCRIPTION as GATES_DESCRIPTION
from idia.gate_items import GateCollector
from idia.options import OPTIONS, is_card
from idia.settings import Settings, resolve
from idia.speed.selection import DESCRIPTION, IN_PARALLEL, SpeedSelection, speed_tests

if TYPE_CHECKING:
    from idia.audit import Audit, TextOnlyAudit
    from idia.plan import Plan, Target
    from idia.settings import Mode
    from idia.speed.session import SpeedSession
    from idia.speed.stopwatch import Stopwatch
    from idia.utility_audit import ModelUtility


_SESSION = pytest.StashKey[BenchmarkSession]()
_SPEED: pytest.StashKey["SpeedSession"] = pytest.StashKey()
_NO_TEXT_ONLY = "nobody is attacked by their name alone: --idia-text-only MODE asks for it"
_RUN, _GATES, _SELECTION = _PARTS = ("idia-run", "idia-gates", "idia-speed-selection")


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
    for part in _PARTS:
        if config.pluginmanager.is_blocked(part):
            raise pytest.UsageError(f"-p no:{part} takes out a part of idia, and the rest would be green on nothing.")
    run = config.stash[_SESSION] = BenchmarkSession(config, settings, is_checked=is_checked)
    config.pluginmanager.register(run, _RUN)
    # Whatever else gates are asked by, they belong to benchmarks, and run beside those only.
    is_asked = bool(config.getoption("idia_fail") or config.getoption("idia_gates"))
    config.pluginmanager.register(GateCollector(run, is_asked=is_asked), _GATES)
    for description in (DESCRIPTION, GATES_DESCRIPTION):
        config.addinivalue_line("markers", description)
    is_speed = on_card = is_tuning = False
    if isinstance(settings, Settings) and settings.speed:
        is_speed, on_card, is_tuning = True, is_card(settings.device), settings.tune
    if is_speed and not config.getoption("benchmark_columns", None):
        config.option.benchmark_columns = ["min", "median", "max", "rounds"]  # its table beside ours
    selection = SpeedSelection(is_speed, on_card=on_card, is_tuning=is_tuning)
    config.pluginmanager.register(selection, _SELECTION)


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
    if isinstance(run.settings, Settings) and run.settings.speed:
        return  # speed tests need no models, people or names; benchmarks that do are checked when they are collected
    if not run.is_worker and _given(session.config)[0]:
        run.plan()
        run.raise_if_broken()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrises benchmark tests over models, modes of text-only attacks, photos per person and occurrences."""
    wanted = set(PARAMETERS) & set(metafunc.fixturenames)
    if not wanted:
        return
    plan = metafunc.config.stash[_SESSION].plan()
    if isinstance(plan, IdiaError):
        # The run ends after collection, with the message; until then its tests stand there without parameters.
        for name in wanted:
            metafunc.parametrize(name, [])
        return
    names = [name for name in PARAMETERS if name in wanted]
    # Together: what there is to ask depends on the people that a model is asked about.
    rows = _rows(plan, names, only_useful="idia_utility" in metafunc.fixturenames)
    if not rows and "idia_text_mode" in wanted:
        rows = [pytest.param(*[None] * len(names), marks=pytest.mark.skip(reason=_NO_TEXT_ONLY), id="off")]
    metafunc.parametrize(names, rows)


def _rows(plan: "Plan", names: Sequence[str], *, only_useful: bool) -> list[Any]:
    """What to run a test with: every target with every bin and number of photos of its own experiment."""
    from idia.plan import labels

    rows: dict[tuple[object, ...], str] = {}
    for target, label in zip(plan.targets, labels(plan.targets), strict=True):
        if only_useful and not target.has_utility:
            continue
        experiment = plan.experiment(target)
        values: dict[str, list[tuple[object, str]]] = {
            "idia_target": [(target, label)],
            "idia_text_mode": [(mode, f"text-{mode}") for mode in plan.text_only(target)],
            "idia_occurrences": [(str(each), f"occurrences-{each}") for each in experiment.bins],
            "idia_photos": [(size, f"photos-{size}") for size in experiment.sizes],
        }
        for row in product(*(values[name] for name in names)):
            # Without a target among the names, several experiments may ask the same.
            rows.setdefault(tuple(value for value, _ in row), "-".join(label for _, label in row))
    return [pytest.param(*row, id=label) for row, label in rows.items()]


@pytest.hookimpl(trylast=True)  # after deselection: what is not run need not be possible
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps the tests of one model together; ends the run with one clean message if they cannot be carried out."""
    run = config.stash[_SESSION]
    if speed_tests(items) and not config.option.collectonly:
        _prepare_for_speed(config, items)
    benchmarks = list(filter(is_benchmark, items))
    if not benchmarks:
        return
    plan = run.plan()
    if run.is_worker and isinstance(plan, IdiaError):
        run.refuse(items, str(plan))
        return
    run.raise_if_broken()
    assert not isinstance(plan, IdiaError)
    _keep_together(items, benchmarks, plan, can_group=config.pluginmanager.hasplugin("xdist"))


def _prepare_for_speed(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Makes room for what speed tests measure; ends the run with one clean message if they cannot be carried out."""
    run = config.stash[_SESSION]
    if run.is_worker:
        run.refuse(items, IN_PARALLEL)
        return
    from idia.speed.session import SpeedSession

    assert isinstance(run.settings, Settings)
    selection = config.pluginmanager.get_plugin(_SELECTION)
    assert isinstance(selection, SpeedSelection)
    speed = config.stash[_SPEED] = SpeedSession(
        run.settings.results, device=run.settings.device, not_measured=selection.not_measured
    )
    try:
        speed.check()
    except IdiaError as error:
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(speed, "idia-speed")


def _keep_together(items: list[pytest.Item], benchmarks: Sequence[pytest.Item], plan: "Plan", can_group: bool) -> None:
    """Puts benchmarks, in the places they have among all tests, in the order of the models, and groups them."""
    from idia.plan import labels

    order = {target: number for number, target in enumerate(plan.targets)}
    names = labels(plan.targets)

    def number(item: pytest.Item) -> int:
        target = item.callspec.params.get("idia_target") if hasattr(item, "callspec") else None
        return -1 if target is None else order.get(target, -1)

    ordered = iter(sorted(benchmarks, key=number))
    moved = set(benchmarks)
    items[:] = [next(ordered) if item in moved else item for item in items]
    for item in benchmarks:
        if can_group and number(item) >= 0:
            # With --dist loadgroup one worker gets all tests of a model, and no model is measured twice.
            item.add_marker(pytest.mark.xdist_group(names[number(item)]))


@pytest.fixture
def idia_audit(request: pytest.FixtureRequest, idia_target: "Target") -> "Audit":
    """What was measured on one model: it is loaded, encoded and attacked once, whatever is asked of it afterwards."""
    run = request.config.stash[_SESSION]
    return run.audit(idia_target, _title(run, idia_target))


@pytest.fixture
def idia_utility(request: pytest.FixtureRequest, idia_target: "Target") -> "ModelUtility":
    """What one model is good for; skips the test where nothing says what it should be good at."""
    run = request.config.stash[_SESSION]
    return run.utility(idia_target, _title(run, idia_target))


@pytest.fixture
def idia_text_only(request: pytest.FixtureRequest, idia_target: "Target", idia_text_mode: "Mode") -> "TextOnlyAudit":
    """What the names of a model's people alone give away, by one mode of the attack."""
    run = request.config.stash[_SESSION]
    return run.text_only(idia_target, idia_text_mode, _title(run, idia_target))


@pytest.fixture
def idia_speed(request: pytest.FixtureRequest, benchmark: Any) -> "Stopwatch":
    """Times a stage and its baselines in turn, and keeps the times for the table of speeds."""
    return request.config.stash[_SPEED].stopwatch(benchmark)


def _title(run: BenchmarkSession, target: "Target") -> str:
    from idia.plan import labels

    plan = run.plan()
    assert not isinstance(plan, IdiaError)
    return dict(zip(plan.targets, labels(plan.targets), strict=True))[target]


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
