"""Bad input ends a run with one clean message, and runs that have nothing to do with benchmarks do nothing."""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from idia.options import OPTIONS
from idia.people import Person
from idia.testing import toy_people

if TYPE_CHECKING:
    from tests.pytest_plugin.conftest import RunIn, WritePeople


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["serial", "xdist"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--idia-tau=22",), "τ must be in [1, 21]"),
        (
            ("--idia-model=random:ViT-B-32", "--idia-people=.", "--idia-membership=x.csv"),
            "only make sense as a control",
        ),
        (("--idia-model=a,b", "--idia-people=nowhere", "--idia-membership=x.csv"), "nowhere"),
        (("--idia-results=file/results",), "file"),
        (("--idia-model=ViT-B-32", "--idia-people=people", "--idia-membership=who.csv"), "names no weights"),
    ],
)
def test_bad_input_ends_the_run_with_one_clean_message(
    tmp_path: Path,
    cache: Path,
    arguments: tuple[str, ...],
    message: str,
    workers: tuple[str, ...],
    run_in: "RunIn",
    write_people: "WritePeople",
) -> None:
    (tmp_path / "file").write_text("")
    write_people(tmp_path, toy_people()[0].people[:2], [1, 0])
    run = run_in(tmp_path, cache, *arguments, *workers)

    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert run.output.count("ERROR: ") == 1
    assert message in run.output.split("ERROR: ")[1]
    assert "Traceback" not in run.output
    assert not (tmp_path / "results" / "leaderboard.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--idia-text-only=chaep:9x9",), "got 'chaep:9x9'. Did you mean 'cheap'?"),
        (("--idia-text-only=cheap", "--idia-text-reference=10"), "--idia-text-reference must be at least 20, got 10"),
        (("--idia-text-only=cheap",), "name 1 of 3 cannot be attacked from text alone: expected a name with letters"),
    ],
)
def test_what_cannot_be_asked_by_names_alone_ends_the_run_before_a_model_is_loaded(
    tmp_path: Path,
    cache: Path,
    arguments: tuple[str, ...],
    message: str,
    run_in: "RunIn",
    write_people: "WritePeople",
) -> None:
    first, *others = toy_people()[0].people[:3]
    write_people(tmp_path, [Person("!!! ???", first.photos), *others], [1, 1, 0])
    whom = ("--idia-model=python:nowhere:model", "--idia-people=people", "--idia-membership=who.csv")
    run = run_in(tmp_path, cache, *whom, *arguments)

    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert run.output.count("ERROR: ") == 1
    assert message in run.output.split("ERROR: ")[1]
    assert "Traceback" not in run.output
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["serial", "xdist"])
def test_bad_input_from_the_environment_ends_the_run_as_cleanly(
    tmp_path: Path, cache: Path, workers: tuple[str, ...], run_in: "RunIn"
) -> None:
    run = run_in(tmp_path, cache, *workers, IDIA_TAU="22")

    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert run.output.count("ERROR: ") == 1
    assert "τ must be in [1, 21]" in run.output
    assert "Traceback" not in run.output


def test_a_default_results_folder_that_cannot_be_written_ends_a_run_on_two_workers(
    tmp_path: Path, cache: Path, run_in: "RunIn"
) -> None:
    (tmp_path / "results").write_text("")
    run = run_in(tmp_path, cache, "-n", "2")

    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert "results cannot be written" in run.output
    assert "Traceback" not in run.output


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["serial", "xdist"])
def test_settings_of_the_environment_do_not_get_in_the_way_of_other_tests(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    pytester.makepyfile("def test_unrelated(): pass")
    monkeypatch.setenv("IDIA_PEOPLE", "nowhere")
    monkeypatch.setenv("IDIA_DRAWS", "many")

    pytester.runpytest_subprocess("-p", "no:cacheprovider", *workers).assert_outcomes(passed=1)
    assert not (pytester.path / "results").exists()


def test_listing_the_benchmarks_writes_nothing(tmp_path: Path, cache: Path, run_in: "RunIn") -> None:
    run = run_in(tmp_path, cache, "--collect-only", "-q", "--idia-tau=1")

    assert run.status == 0
    assert not (tmp_path / "results").exists()


def test_unrelated_tests_load_nothing_heavy_and_write_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import sys\n"
        "def test_light():\n"
        "    assert not {'torch', 'open_clip', 'matplotlib', 'pandas', 'scipy', 'triton', 'PIL'} & set(sys.modules)\n"
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)

    assert not (pytester.path / "results").exists()


def test_listing_the_benchmarks_does_not_import_torch(tmp_path: Path, benchmarks: Path) -> None:
    code = "import pytest, sys; pytest.main(sys.argv[1:]); assert 'torch' not in sys.modules"
    command = [sys.executable, "-c", code, str(benchmarks), "--collect-only", "-q", "-p", "no:cacheprovider"]

    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)


def test_help_lists_every_option(pytester: pytest.Pytester) -> None:
    text = pytester.runpytest_subprocess("--help").stdout.str()

    for option in OPTIONS:
        assert option.flag in text
        assert option.ini in text
