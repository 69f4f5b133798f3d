"""Runs what is written against the fixture `device` where there is no card, in a process of its own.

Whether Triton interprets programs is settled when they are imported.
"""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("triton")

import triton

FOLDER = Path(__file__).parent
SUITES = {"test_answers.py": 25, "test_bounds.py": 25, "test_sharing.py": 6}  # and how many tests there are at least

_MINOR = tuple(int(part) for part in triton.__version__.split(".")[:2])


def test_no_file_is_forgotten() -> None:
    is_written_against_device = re.compile(r"def test_\w+\([^)]*\b(device|assert_exact):").search
    files = [file for file in FOLDER.glob("test_*.py") if is_written_against_device(file.read_text())]

    assert sorted(file.name for file in files) == sorted(SUITES)


@pytest.mark.skipif(
    _MINOR < (3, 7) and np.lib.NumpyVersion(np.__version__) >= "2.4.0",
    reason="the interpreter of Triton 3.6 needs NumPy before 2.4",
)
def test_everything_passes_in_the_interpreter(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}

    # All in one process: importing costs as much as many of the tests.
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *SUITES, "-q", "-p", "no:cacheprovider", f"--junitxml={report}"],
        capture_output=True,
        text=True,
        # More threads are of no use for so small arrays.
        env={**outside, "TRITON_INTERPRET": "1", "OMP_NUM_THREADS": "1"},
        cwd=FOLDER,
        check=False,
    )

    assert run.returncode == pytest.ExitCode.OK, run.stdout + run.stderr
    (counts,) = ET.parse(report).getroot().iter("testsuite")
    cases = list(counts.iter("testcase"))
    assert int(counts.attrib["tests"]) == len(cases)
    assert {counts.attrib[what] for what in ("failures", "errors", "skipped")} == {"0"}
    n_of = Counter(case.attrib["classname"].rpartition(".")[2] + ".py" for case in cases)
    assert set(n_of) == set(SUITES)
    assert all(n_of[suite] >= least for suite, least in SUITES.items()), n_of
