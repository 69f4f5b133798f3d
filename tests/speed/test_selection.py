"""Pytest runs with speed tests among others."""

from pathlib import Path

import pytest

import idia.speed.card  # with torch: what a run in this process imports, pytester forgets, and torch comes only once
from idia.speed.rows import SpeedRow, as_csv

SPEED = """
import time
import pytest

pytestmark = [pytest.mark.idia_speed, pytest.mark.benchmark(timer=time.process_time)]


def test_stage(idia_speed):
    from idia.speed.interleaved import Contestant

    outcome = idia_speed.interleaved(
        Contestant("ours", lambda: sum(range(9_000))), Contestant("other", lambda: sum(range(90_000))), rounds=3
    )
    idia_speed.keep(outcome, "adding", "9,000 numbers", checked="0 of 1 answers differ")


def test_another(idia_speed):
    idia_speed.once(lambda: None)
    idia_speed.row("memory", "few", unit="MiB", ours=1.0)


@pytest.mark.idia_speed(only_by_name="million")
def test_million(idia_speed):
    idia_speed.once(lambda: None)
    idia_speed.row("a million", "many", ours=2.0)
"""
CARD = """

from idia.speed.rows import not_measured


@pytest.mark.idia_speed(on_card=True)
@pytest.mark.parametrize(
    "size",
    [
        pytest.param("few", marks=pytest.mark.idia_speed(rows=(not_measured("GPU adding", "few"),))),
        pytest.param("many", marks=pytest.mark.idia_speed(rows=(not_measured("GPU adding", "many"),))),
        pytest.param("tiles", marks=pytest.mark.idia_speed(only_tuning=True)),
    ],
)
def test_gpu(idia_speed, size):
    idia_speed.once(lambda: None)
    idia_speed.row("GPU adding", size, ours=1.0)
    if size == "tiles":
        idia_speed.keep_tiles(512, "128x256", 0.5, low=0.25, high=1.0)
"""
HEAVY = "assert not {'torch', 'matplotlib', 'scipy', 'faiss'} & set(sys.modules)"


@pytest.fixture(autouse=True)
def _project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makepyfile(test_speed=SPEED, test_other="def test_other(): pass")
    pytester.makeini("[pytest]\naddopts = --strict-markers\n")
    monkeypatch.setenv("COLUMNS", "80")


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)


def test_without_the_option_they_are_left_out_quietly_and_cost_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_other=f"import sys\ndef test_other():\n    {HEAVY}\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(passed=1, deselected=3)
    assert "--idia-speed" not in result.stdout.str()
    assert "speed ====" not in result.stdout.str()
    assert not (pytester.path / "results").exists()


def test_where_nothing_else_is_asked_for_the_run_says_how(pytester: pytest.Pytester) -> None:
    result = run(pytester, "test_speed.py")

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines(["idia: 3 speed tests are left out; --idia-speed runs them"])


def test_with_the_option_they_run_and_their_table_comes_last(pytester: pytest.Pytester) -> None:
    result = run(pytester, "test_speed.py", "--idia-speed")
    lines = result.stdout.str().splitlines()

    result.assert_outcomes(passed=2, deselected=1)
    theirs = next(at for at, line in enumerate(lines) if "benchmark: 2 tests" in line)
    ours = next(at for at, line in enumerate(lines) if line.startswith("=") and " speed " in line)
    assert theirs < ours
    assert max(map(len, lines[ours:-2])) <= 80
    assert "  other " in lines[ours + 4]
    assert any(line.startswith("Table: ") for line in lines[ours:])
    written = (pytester.path / "results" / "speed.csv").read_text()
    assert 'adding,"9,000 numbers",' in written
    assert "memory,few,1," in written
    assert "Min" in result.stdout.str()
    assert "StdDev" not in result.stdout.str()


@pytest.mark.parametrize("spelling", ["environment", "ini"])
def test_the_other_spellings(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    if spelling == "environment":
        monkeypatch.setenv("IDIA_SPEED", "1")
    else:
        pytester.makeini("[pytest]\nidia_speed = true\n")

    run(pytester).assert_outcomes(passed=3, deselected=1)  # other tests run beside them


def test_the_longest_runs_only_by_name(pytester: pytest.Pytester) -> None:
    run(pytester, "--idia-speed", "-k", "million").assert_outcomes(passed=1, deselected=3)
    run(pytester, "--idia-speed", "test_speed.py::test_million").assert_outcomes(passed=1)
    run(pytester, "--idia-speed", "-k", "not million").assert_outcomes(passed=3, deselected=1)
    run(pytester, "-k", "million").assert_outcomes(deselected=4)


def test_markers_and_keywords_select_among_them(pytester: pytest.Pytester) -> None:
    run(pytester, "--idia-speed", "-m", "idia_speed", "-k", "stage").assert_outcomes(passed=1, deselected=3)
    run(pytester, "--idia-speed", "-m", "not idia_speed").assert_outcomes(passed=1, deselected=3)


def test_a_partial_run_keeps_the_rows_of_the_others(pytester: pytest.Pytester) -> None:
    run(pytester, "--idia-speed", "-k", "stage")
    run(pytester, "--idia-speed", "-k", "another")
    table = (pytester.path / "results" / "speed.md").read_text()

    assert "| adding " in table
    assert "| memory " in table


def test_side_by_side_they_are_refused(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--idia-speed", "-n", "2")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["ERROR: speed is not measured under pytest-xdist*Add -n 0*"])
    assert result.stdout.str().count("ERROR: ") == 1
    assert not (pytester.path / "results").exists()
    others = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--idia-speed", "-n", "1", "test_other.py")
    others.assert_outcomes(passed=1)


def test_a_stage_with_wrong_answers_fails_and_leaves_no_row(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_speed=SPEED.replace("idia_speed.keep(outcome", "assert outcome.answer == 1\n    idia_speed.keep(outcome")
    )
    result = run(pytester, "test_speed.py", "--idia-speed")

    result.assert_outcomes(passed=1, failed=1, deselected=1)
    assert "adding" not in (pytester.path / "results" / "speed.csv").read_text()


@pytest.mark.parametrize(("file", "kind"), [("speed.csv", "speeds"), ("figures/speed/growth.csv", "growth")])
def test_results_that_cannot_be_written_are_found_before_anything_is_measured(
    pytester: pytest.Pytester, file: str, kind: str
) -> None:
    damaged = pytester.path / "results" / file
    damaged.parent.mkdir(parents=True)
    damaged.write_text("mine\n")
    result = run(pytester, "test_speed.py", "--idia-speed")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: *{damaged.name} is not a table of {kind}*"])
    assert damaged.read_text() == "mine\n"


def test_listing_and_checking_answers_alone_write_nothing(pytester: pytest.Pytester) -> None:
    run(pytester, "test_speed.py", "--idia-speed", "--collect-only")
    run(pytester, "test_speed.py", "--idia-speed", "--benchmark-disable").assert_outcomes(passed=2, deselected=1)

    assert not list(Path(pytester.path, "results").glob("*"))


def test_rows_of_another_machine_stay(pytester: pytest.Pytester) -> None:
    (pytester.path / "results").mkdir()
    elsewhere = SpeedRow("adding", "9,000 numbers", "another machine", ours=1.0, against="other")
    (pytester.path / "results" / "speed.csv").write_bytes(as_csv([elsewhere]))
    run(pytester, "test_speed.py", "--idia-speed", "-k", "stage")

    assert (pytester.path / "results" / "speed.csv").read_text().count("adding,") == 2


@pytest.fixture
def card(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of a graphics card beside the others, and something that stands in for one."""
    pytester.makepyfile(test_speed=SPEED + CARD)
    monkeypatch.setattr(idia.speed.card, "check_usable", lambda device: None)
    monkeypatch.setattr(idia.speed.card, "card_words", lambda device: f"a card at {device}")


@pytest.mark.usefixtures("card")
def test_tests_of_a_card_run_on_it_and_no_others_do(pytester: pytest.Pytester) -> None:
    device = ["--idia-device", "cuda:1"]
    result = run(pytester, "test_speed.py", "--idia-speed", *device, "--idia-results", "elsewhere")

    result.assert_outcomes(passed=2, deselected=4)
    result.stdout.fnmatch_lines(["Table: *elsewhere/speed.md"])
    written = (pytester.path / "elsewhere" / "speed.csv").read_text()
    assert "GPU adding,few,1,,,,,a card at cuda:1,s," in written
    assert "not measured" not in written
    assert not (pytester.path / "elsewhere" / "speed").exists()
    assert not (pytester.path / "results").exists()
    run(pytester, "--idia-speed").assert_outcomes(passed=3, deselected=4)
    run(pytester, "test_speed.py", *device).assert_outcomes(deselected=6)


@pytest.mark.usefixtures("card")
def test_tiles_are_tried_only_where_asked_for(pytester: pytest.Pytester) -> None:
    result = run(pytester, "test_speed.py", "--idia-speed", "--idia-device", "cuda", "--idia-tune")

    result.assert_outcomes(passed=3, deselected=3)
    assert "a card at cuda,512,128x256,0.5,0.25,1," in (pytester.path / "results" / "speed" / "tiles.csv").read_text()


@pytest.mark.parametrize("given", [["--idia-speed"], ["--idia-device", "cuda"], []])
def test_tiles_cannot_be_tried_without_a_card_to_measure(pytester: pytest.Pytester, given: list[str]) -> None:
    result = run(pytester, "test_speed.py", "--idia-tune", *given)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --idia-tune needs --idia-speed and --idia-device cuda: *"])


@pytest.mark.usefixtures("card")
def test_until_a_card_has_measured_it_the_table_says_that_nobody_has(pytester: pytest.Pytester) -> None:
    run(pytester, "test_speed.py", "--idia-speed", "-k", "stage")
    table = pytester.path / "results" / "speed.csv"

    assert table.read_text().count(",not measured: needs a CUDA device,") == 2
    run(pytester, "test_speed.py", "--idia-speed", "--idia-device", "cuda", "-k", "few")
    assert table.read_text().count(",not measured: needs a CUDA device,") == 1
    assert "GPU adding,many,,,,,,CUDA device,s," in table.read_text()


def test_a_device_that_is_not_there_ends_the_run_before_anything_is_measured(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_speed=SPEED + CARD)
    result = run(pytester, "test_speed.py", "--idia-speed", "--idia-device", "cuda:99")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: no device 'cuda:99' here. Expected auto, cpu*."])
    assert not (pytester.path / "results").exists()
