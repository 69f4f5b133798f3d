"""Gates as tests: every verdict, wherever it is reached, and whatever else is selected."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.pytest_plugin.staged.conftest import Staged

GATES = """
[defaults]
tpr_max = 0.2

[models."python:staged:good"]
fpr_max = 0.2
utility_min = 0.4
"""


def failures_in(junit: Path) -> dict[str, str | None]:
    """What each gate says in a JUnit file; None where it is green."""
    cases = ET.parse(junit).getroot().iter("testcase")
    said = {}
    for case in cases:
        if "gates" in case.attrib["classname"] or "idia-fail" in case.attrib["classname"]:
            failure = case.find("failure")
            said[case.attrib["name"].removeprefix("python:staged:")] = (
                None if failure is None else failure.attrib["message"]
            )
    return said


@pytest.mark.parametrize("is_parallel", [False, True], ids=["serial", "xdist"])
def test_every_verdict_is_a_test_that_fails_or_passes(
    staged: "Staged", is_parallel: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = staged.folder / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    invalid = {"status": "invalid", "invalid_because": "the planted positive was not found"}
    staged.models(
        good={"found": 0}, leaky={"found": 30}, few={"found": 1, "n": 10}, broken={"found": 0} | invalid, gone={}
    )
    (staged.folder / "idia-gates.toml").write_text(GATES)
    report = "--junitxml=junit.xml"
    run = staged.run_on_workers(2, report) if is_parallel else staged.run(report)

    said = failures_in(staged.folder / "junit.xml")
    assert {name: text and text.partition(":")[0] for name, text in said.items()} == {
        "good[fpr_max=0.2]": None,
        "good[utility_min=0.4]": "no evidence",
        "good[tpr_max=0.2]": None,
        "leaky[tpr_max=0.2]": "regressed",
        "few[tpr_max=0.2]": "no evidence",
        "broken[tpr_max=0.2]": "invalid",
        "gone[tpr_max=0.2]": "no evidence",
    }
    assert "--idia-utility-labels DIR" in str(said["good[utility_min=0.4]"])
    assert str(said["leaky[tpr_max=0.2]"]).startswith("regressed: TPR 0.500 [0.3")
    assert str(said["leaky[tpr_max=0.2]"]).endswith("idia-gates.toml, line 3")
    assert "the planted positive was not found" in str(said["broken[tpr_max=0.2]"])
    assert run.ret == pytest.ExitCode.TESTS_FAILED
    text = run.stdout.str()
    assert "Traceback" not in text
    assert "FAILED idia-gates.toml::python:staged:leaky[tpr_max=0.2] - regressed: TPR 0.500" in text
    assert "2 of 7 ok, 1 regressed, 3 no evidence, 1 invalid" in text
    assert text.count("test_leak[python:staged:gone] - Failed: python:staged:gone: no such weights") == 1
    assert "2 of 7 ok" in summary.read_text()


def test_nothing_deselects_a_gate_and_it_measures_on_its_own(staged: "Staged") -> None:
    staged.models(defended={"found": 6, "weights": "new"})
    asked = (staged.baseline(defended={"found": 6}), "--idia-fail=tpr:+0.15")

    for selection in [("-k", "nothing"), ("-m", "idia_speed"), ("--deselect", "test_leak.py"), ("--benchmark-only",)]:
        run = staged.run(*selection, *asked)
        assert run.ret == 0, selection
        run.stdout.fnmatch_lines(["*1 gate, whatever else is selected", "ok       defended  tpr:+0.15  +0.000*"])
        assert list((staged.folder / "results").rglob("*.json"))


def test_a_planted_regression_is_caught_by_its_baseline_and_stays_so(staged: "Staged") -> None:
    """Neither --lf nor anything about the run before makes it green."""
    staged.models(defended={"found": 30, "weights": "undefended"})
    asked = (staged.baseline(defended={"found": 3}), "--idia-fail=tpr:+0.05")

    for _ in range(2):
        run = staged.run(*asked, "--lf", "--junitxml=junit.xml")
        assert run.ret == pytest.ExitCode.TESTS_FAILED
        (said,) = failures_in(staged.folder / "junit.xml").values()
        assert str(said).startswith("regressed: TPR 0.050 in the baseline, 0.500 now: +0.450 [")


def test_marked_tests_have_gates_of_their_own(staged: "Staged") -> None:
    staged.models(good={"found": 0}, leaky={"found": 30})
    staged.pytester.makepyfile(
        test_leak="import pytest\n@pytest.mark.idia_gate(tpr_max=0.2)\ndef test_leak(idia_audit):\n    pass\n"
    )
    run = staged.run("-k", "nothing", "--junitxml=junit.xml")

    run.assert_outcomes(passed=1, failed=1, deselected=2)
    assert "FAILED test_leak.py::test_leak::python:staged:leaky[tpr_max=0.2] - regressed" in run.stdout.str()

    for marker, test, message in [
        ("(tpr_max=0.2)", "def test_leak(): pass", "asks for no model: give the test the fixture idia_audit"),
        ("(0.2)", "def test_leak(idia_audit): pass", r"write limits into its marker idia_gate by name"),
        ("(tpr_mx=0.2)", "def test_leak(idia_audit): pass", "test_leak*marker idia_gate*tpr_max"),
    ]:
        staged.pytester.makepyfile(
            test_leak=f"import pytest\n@pytest.mark.idia_gate{marker}\n{test}\ndef test_b(idia_audit): pass"
        )
        refused = staged.run()
        assert refused.ret == pytest.ExitCode.USAGE_ERROR
        refused.stderr.fnmatch_lines([f"ERROR: *{message}*"])


def test_tables_of_limits_for_nobody_are_not_green(staged: "Staged") -> None:
    """A model that calls itself otherwise once it is loaded is told so; one that does not exist is not overlooked."""
    staged.models(good={"found": 0})
    gates = staged.folder / "idia-gates.toml"
    gates.write_text('[models."god"]\ntpr_max = 0.2\n')
    run = staged.run("--junitxml=junit.xml")
    assert run.ret == pytest.ExitCode.TESTS_FAILED
    assert "no evidence: no gate is about a model of this run" in str(
        failures_in(staged.folder / "junit.xml")["nothing"]
    )

    gates.write_text('[defaults]\ntpr_max = 0.2\n[models."good"]\ntpr_max = 0.1\n')
    run = staged.run("--junitxml=junit.xml")
    assert run.ret == pytest.ExitCode.TESTS_FAILED
    assert 'write [models."python:staged:good"]' in str(failures_in(staged.folder / "junit.xml")["good[tpr_max=0.2]"])


def test_other_tests_have_gates_only_where_they_are_asked_for(staged: "Staged") -> None:
    staged.models(good={"found": 0})
    staged.pytester.makepyfile(test_leak="def test_unrelated(): pass")
    (staged.folder / "idia-gates.toml").write_text("[defaults]\ntpr_max = 0.2\n")

    staged.run().assert_outcomes(passed=1)
    staged.run("--idia-gates=idia-gates.toml").assert_outcomes(passed=2)
    staged.run("--idia-gates=idia-gates.toml", "--collect-only").stdout.fnmatch_lines(
        ["*<GateItem python:staged:good*"]
    )


def test_without_gates_a_summary_of_the_job_holds_rates(staged: "Staged", monkeypatch: pytest.MonkeyPatch) -> None:
    summary = staged.folder / "summary.md"
    summary.write_text("of an earlier step\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    staged.run()

    before, heading, _, header, _, row = summary.read_text().rstrip().splitlines()
    assert (before, heading) == ("of an earlier step", "### Identity leakage")
    assert header.split("|")[5].strip() == "TPR [95 %]"
    assert [cell.strip() for cell in row.split("|")[1:6]] == [
        "good",
        "four-people",
        "idia",
        "60 / 60",
        "0.00 [0.00, 0.06]",
    ]

    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(staged.folder))
    run = staged.run()
    assert run.ret == pytest.ExitCode.OK
    run.stdout.fnmatch_lines(["idia: the summary of the job could not be written to *"])
