"""Hooks of a project may skip, remove and rewrite tests: gates that are kept from failing so are not green."""

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.pytest_plugin.staged.conftest import Staged

HOOKS = {
    "skipped": "def pytest_runtest_setup(item):\n    if 'gates' in item.nodeid: pytest.skip('slow')",
    "not-run": "def pytest_runtest_protocol(item): return True if 'gates' in item.nodeid else None",
    "taken-out": "@pytest.hookimpl(trylast=True)\ndef pytest_collection_finish(session): del session.items[1:]",
    "turned-green": """
@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    report.outcome = "passed"
    return report
""",
}


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_gates_that_something_keeps_from_failing_are_not_green(staged: "Staged", hook: str) -> None:
    staged.models(good={"found": 0}, leaky={"found": 30})
    staged.pytester.makeconftest(f"import pytest\n{hook}\n")
    (staged.folder / "idia-gates.toml").write_text("[defaults]\ntpr_max = 0.2\n")
    run = staged.run()

    assert run.ret == pytest.ExitCode.TESTS_FAILED
    assert "of 2 gates are ok, and no test of the others failed" in run.stdout.str()


def test_gates_that_workers_skip_are_not_green(staged: "Staged", monkeypatch: pytest.MonkeyPatch) -> None:
    """The controlling process learns from workers how many there were to be."""
    (staged.folder / "idia-gates.toml").write_text("[defaults]\ntpr_max = 0.2\n")
    (staged.folder / "impatient.py").write_text(f"import pytest\n{HOOKS['skipped']}\n")
    staged.pytester.makepyfile(
        test_leak="pytest_plugins = ['impatient']\ndef test_leak(idia_audit): assert idia_audit.records"
    )
    monkeypatch.setenv("PYTHONPATH", str(staged.folder), prepend=os.pathsep)
    run = staged.run_on_workers(1)

    assert run.ret == pytest.ExitCode.TESTS_FAILED
    assert "ERROR: 0 of 1 gates are ok, and no test of the others failed" in run.stdout.str()


@pytest.mark.parametrize("part", ["idia-run", "idia-gates", "idia-speed-selection"])
def test_no_part_of_the_plugin_can_be_taken_out(staged: "Staged", part: str) -> None:
    """Without its gates a run would be green, and required_plugins would not notice."""
    (staged.folder / "idia-gates.toml").write_text("[defaults]\ntpr_max = 0.2\n")
    staged.models(leaky={"found": 30})
    run = staged.run("-p", f"no:{part}")

    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines([f"ERROR: -p no:{part} takes out a part of idia*"])
