"""Runs pytest as often as it is asked to, each time in a process of its own, in which what is large is imported.

Importing takes longer than most runs of few people. A line of JSON asks for a run: its folder, arguments, variables of
the environment, and the file that takes its output; a line with its exit status answers, negative for a signal.
"""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

FORKS = sys.platform == "linux"  # libraries of other systems may not survive it
LARGE = [
    *("matplotlib.figure", "pandas", "scipy.stats", "sklearn.linear_model", "tabulate", "torch"),
    *("idia.audit", "idia.models.open_clip", "idia.report", "idia.utility_audit"),
]
KNOWN = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # of modules that are there already


def run(asked: dict[str, Any]) -> int:
    """Runs pytest here as `python -m pytest` would."""
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["variables"])
    sys.path[0] = asked["folder"]
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # what this process is asked next is not for its copies
    output = os.open(asked["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)
    return int(pytest.main([*KNOWN, *asked["arguments"]]))


def forked(asked: dict[str, Any]) -> int:
    """Runs pytest in a copy of this process."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        status = run(asked)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def started(asked: dict[str, Any]) -> int:
    """Runs pytest in a process that imports everything again."""
    command = [sys.executable, "-m", "pytest", *asked["arguments"]]
    with Path(asked["output"]).open("wb") as output:
        done = subprocess.run(
            command,
            cwd=asked["folder"],
            env=asked["variables"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return done.returncode


def main() -> None:
    """Answers until nobody asks any more."""
    if FORKS:
        for name in LARGE:
            import_module(name)
    for line in sys.stdin:
        status = (forked if FORKS else started)(json.loads(line))
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
