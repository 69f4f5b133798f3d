"""The repository of somebody who defends a model, as its author would run it: green with the defence, red without."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "defended-model"
# In a run of everything the benchmarks have drawn and encoded the same people before; read before tests lose it.
CACHE = os.environ.get("IDIA_CACHE_DIR")
# Both in one process: what is imported is then imported once.
BOTH = """
import os, pytest
for defence in ("on", "off"):
    os.environ["DEFENCE"] = defence
    print(pytest.main(["-q", "-p", "no:cacheprovider", f"--junit-xml={defence}.xml", f"--idia-results={defence}"]).name)
"""


def verdicts(report: Path) -> dict[str, str]:
    """What became of each test and gate, by its name."""
    cases = ET.parse(report).getroot().iter("testcase")
    return {case.attrib["name"]: "failed" if case.find("failure") is not None else "passed" for case in cases}


def test_its_gates_are_green_with_the_defence_and_close_without_it(tmp_path: Path) -> None:
    here = shutil.copytree(EXAMPLE, tmp_path / "example")
    variables = os.environ | {"IDIA_CACHE_DIR": CACHE or str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", BOTH], cwd=here, env=variables, check=True, capture_output=True, text=True
    )

    assert [line for line in done.stdout.splitlines() if line in pytest.ExitCode.__members__] == ["OK", "TESTS_FAILED"]
    on, off = (verdicts(here / f"{defence}.xml") for defence in ("on", "off"))
    assert len(on) == 10
    assert set(on.values()) == {"passed"}
    assert {name.partition("defended")[2].strip("[]") for name, verdict in off.items() if verdict == "failed"} == {
        *("", "tpr_max=0.05", "auc_max=0.6", "calibrated/auc_max=0.65", "tpr:+0.02", "calibrated/auc:+0.05")
    }


def test_it_is_as_short_as_its_readme_says() -> None:
    lines = (EXAMPLE / "test_privacy.py").read_text(encoding="utf-8").splitlines()

    assert sum(bool(line.strip()) and not line.strip().startswith('"""') for line in lines) <= 10
