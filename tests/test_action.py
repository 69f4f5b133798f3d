"""The action and the workflows: they cannot be run here, but what they say can be read."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from idia.options import OPTIONS

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "defended-model" / ".github" / "workflows" / "privacy.yml"
FILES = [ROOT / "action.yml", EXAMPLE, *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]


def read(path: Path) -> dict[Any, Any]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def steps_of(path: Path) -> Iterator[dict[str, Any]]:
    document = read(path)
    for job in [document["runs"]] if "runs" in document else document["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_other_peoples_actions_are_pinned_to_a_commit(path: Path) -> None:
    used = [step["uses"] for step in steps_of(path) if "uses" in step and not step["uses"].startswith("OWNER/idia@")]

    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", each) for each in used)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_text_of_others_is_written_into_a_script(path: Path) -> None:
    assert not [step["run"] for step in steps_of(path) if "${{" in step.get("run", "")]


@pytest.mark.parametrize("path", FILES[1:], ids=lambda path: path.name)
def test_a_workflow_may_only_read(path: Path) -> None:
    assert read(path)["permissions"] == {"contents": "read"}


def test_the_action_takes_what_it_uses_and_uses_what_it_takes() -> None:
    action = (ROOT / "action.yml").read_text(encoding="utf-8")
    inputs = read(ROOT / "action.yml")["inputs"]

    assert set(re.findall(r"inputs\.([\w-]+)", action)) == set(inputs)
    assert all(each["description"] and isinstance(each["default"], str) for each in inputs.values())


def test_the_action_names_options_that_exist() -> None:
    action = (ROOT / "action.yml").read_text(encoding="utf-8")

    assert set(re.findall(r"--idia-[a-z-]+", action)) <= {option.flag for option in OPTIONS}
    assert set(re.findall(r"\bIDIA_\w+", action)) <= {option.variable for option in OPTIONS}


@pytest.mark.parametrize(
    ("given", "gates"),
    [
        ({}, []),
        (
            {"BASELINE": "a place", "FAIL": "tpr:+0.05\n  utility/captions rank@1:-0.02\n"},
            ["--idia-baseline", "a place", "--idia-fail", "tpr:+0.05", "--idia-fail", "utility/captions rank@1:-0.02"],
        ),
    ],
)
def test_the_action_asks_for_gates_by_options(tmp_path: Path, given: dict[str, str], gates: list[str]) -> None:
    """Gates that a variable asks for run beside benchmarks alone: with none of them among the tests, nothing would."""
    (script,) = (step["run"] for step in steps_of(ROOT / "action.yml") if step.get("name") == "Benchmarks and gates")
    (tmp_path / "python").write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    (tmp_path / "python").chmod(0o755)
    inputs = dict.fromkeys(("TESTS", "BASELINE", "FAIL"), "") | {"RESULTS": "out", "ARGUMENTS": "-q -x"} | given
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", **inputs},
        capture_output=True,
        text=True,
        check=True,
    )

    results = ["--idia-results", "out", "--junit-xml", "out/junit.xml"]
    assert run.stdout.splitlines() == ["-m", "pytest", *results, *gates, "-q", "-x"]


def test_the_action_keeps_results_also_of_a_run_that_fails() -> None:
    upload = list(steps_of(ROOT / "action.yml"))[-1]

    assert upload["uses"].startswith("actions/upload-artifact@")
    assert upload["if"] == "always()"


def test_the_example_gives_the_action_inputs_that_it_takes() -> None:
    (given,) = (step["with"] for step in steps_of(EXAMPLE) if step.get("uses", "").startswith("OWNER/idia@"))

    assert set(given) <= set(read(ROOT / "action.yml")["inputs"])


def test_the_examples_readme_names_every_input_and_only_options_that_exist() -> None:
    readme = (EXAMPLE.parents[2] / "README.md").read_text(encoding="utf-8")
    table = readme.split("| input | meaning |")[1].split("\n\n")[0]
    named = [name for line in table.splitlines()[2:] for name in re.findall(r"`([\w-]+)`", line.split("|")[1])]

    assert sorted(named) == sorted(read(ROOT / "action.yml")["inputs"])
    assert set(re.findall(r"--idia-[a-z-]+", readme)) <= {option.flag for option in OPTIONS}
