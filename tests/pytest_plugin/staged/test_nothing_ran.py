"""Every way of running nothing ends not green, with the sentence that says why."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.pytest_plugin.staged.conftest import Staged

USAGE, FAILED, NOTHING_SELECTED = pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.TESTS_FAILED, 5


def test_benchmarks_that_are_all_left_out_are_not_green(staged: "Staged") -> None:
    for selection, status, reason in [
        (("-k", "nothing"), NOTHING_SELECTED, "deselected by -k 'nothing'"),
        (("-m", "idia_speed"), NOTHING_SELECTED, "deselected by -m 'idia_speed'"),
        (("--deselect=test_leak.py",), NOTHING_SELECTED, "deselected by --deselect test_leak.py"),
        (("--benchmark-only",), FAILED, "skipped: Skipping non-benchmark (--benchmark-only active)."),
    ]:
        run = staged.run(*selection)
        assert run.ret == status, selection
        assert f"ERROR: nothing was measured: the only benchmark was {reason}" in run.stdout.str()


def test_benchmarks_that_skip_themselves_are_not_green(staged: "Staged") -> None:
    staged.pytester.makepyfile(
        test_leak="import pytest\n@pytest.mark.skip(reason='no time')\ndef test_leak(idia_audit): pass\n"
        "def test_other(idia_target): pytest.skip('no time')\n"
    )
    run = staged.run()

    assert run.ret == FAILED
    assert "ERROR: nothing was measured: all 2 benchmarks were skipped: no time" in run.stdout.str()


def test_whoever_runs_other_tests_is_only_told(staged: "Staged") -> None:
    staged.pytester.makepyfile(test_other="def test_other(): pass")
    run = staged.run("-k", "other")

    assert run.ret == pytest.ExitCode.OK
    assert "idia: nothing was measured: the only benchmark was deselected by -k 'other'" in run.stdout.str()
    assert staged.run("--collect-only").ret == pytest.ExitCode.OK


def test_workers_with_nothing_to_do_are_not_green_and_replace_no_baseline(staged: "Staged") -> None:
    before = staged.baseline(good={"found": 3})
    run = staged.run_on_workers(1, "-k", "nothing", "--idia-update-baseline", before)

    assert run.ret == NOTHING_SELECTED
    assert "ERROR: nothing was measured: the only benchmark was deselected by -k 'nothing'" in run.stdout.str()
    assert "baseline is as it was: this run measured nothing" in run.stdout.str()


def test_gates_that_could_never_fail_end_the_run_before_it_begins(staged: "Staged") -> None:
    (staged.folder / "empty").mkdir()
    (staged.folder / "empty.toml").write_text("[defaults]\n")
    there = staged.baseline(good={"found": 0})
    for arguments, message in [
        (("--idia-fail=tpr:+0.05",), "--idia-fail tpr:+0.05 needs --idia-baseline*pytest benchmarks/*--idia-results*"),
        (
            ("--idia-fail=tpr:+0.05", "--idia-baseline=nowhere"),
            "--idia-baseline: there is nothing at *nowhere. Make it with*--idia-results*",
        ),
        (
            ("--idia-fail=tpr:+0.05", "--idia-baseline=empty"),
            "--idia-baseline: there is no record in *empty. Make some with*",
        ),
        (("--idia-fail=tpr", there), "'tpr' is no rule*"),
        ((there,), "--idia-baseline * is compared with nothing: add --idia-fail*"),
        (("--idia-gates=nowhere.toml",), "--idia-gates: there is no file *nowhere.toml*"),
        (("--idia-gates=empty.toml",), "*empty.toml*"),
        (("--idia-people=empty",), "*empty*"),
        (("-p", "no:idia", "-o", "required_plugins=idia"), "Missing required plugins: idia"),
    ]:
        run = staged.run(*arguments)
        assert run.ret == USAGE, arguments
        run.stderr.fnmatch_lines([f"ERROR: {message}"])
        assert not (staged.folder / "results").exists() or not list((staged.folder / "results").rglob("*.json"))
