"""A run that replaces what it is compared with shows what changed, and never passes."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.pytest_plugin.staged.conftest import Staged


def test_a_baseline_is_replaced_with_what_was_measured_and_then_compared_with(staged: "Staged") -> None:
    staged.models(defended={"found": 30, "weights": "new"}, added={"found": 0})
    there = staged.baseline(defended={"found": 3, "weights": "old"}, untouched={"found": 1})
    run = staged.run("--idia-update-baseline", there, "--idia-fail=tpr:+0.05")

    assert run.ret == pytest.ExitCode.TESTS_FAILED
    run.assert_outcomes(passed=2)  # no gates: the baseline they would speak of is on its way out
    text = run.stdout.str()
    assert "+0.450 [" in text
    assert "New, with nothing to compare: added" in text
    assert "Outdated and removed: records/" in text
    assert "2 records copied to" in text
    assert "ERROR: the baseline " in text
    kept = sorted(path.name.partition("-")[0] for path in (staged.folder / "baseline").rglob("*.json"))
    assert kept == ["added", "defended", "untouched"]
    assert len(list((staged.folder / "baseline").rglob("*.npz"))) == 3

    again = staged.run(there, "--idia-fail=tpr:+0.07")
    assert again.ret == pytest.ExitCode.OK
    again.assert_outcomes(passed=4)


def test_a_baseline_is_made_where_there_is_none(staged: "Staged") -> None:
    run = staged.run("--idia-update-baseline", "--idia-baseline=made/records")

    assert run.ret == pytest.ExitCode.TESTS_FAILED
    assert "1 record copied to" in run.stdout.str()
    assert list((staged.folder / "made" / "records").glob("*/idia/good-*.json"))
