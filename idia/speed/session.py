"""One pytest process that measures speed: which tests run, and the table at its end."""

from pathlib import Path
from typing import final

import pytest

from idia.errors import IdiaError
from idia.records import check_writable
from idia.speed.curves import Curve
from idia.speed.interleaved import Benchmark
from idia.speed.results import TEXT, read_curves, read_rows, write_results
from idia.speed.rows import SpeedRow
from idia.speed.stopwatch import Stopwatch
from idia.speed.table import summary


@final
class SpeedSession:
    """Keeps what speed tests measure, and writes and shows it once, at the end of the run.

    Args:
        results: The results folder.
    """

    def __init__(self, results: Path) -> None:
        self._results = results
        self._rows: list[SpeedRow] = []
        self._curves: list[Curve] = []
        self._problem: str | None = None

    def stopwatch(self, benchmark: Benchmark) -> Stopwatch:
        """Returns what a speed test is given."""
        return Stopwatch(benchmark, self._rows.append, self._curves.append)

    def check(self) -> None:
        """Finds before anything is measured what would keep the results from being written.

        Raises:
            RecordError: The folder cannot be written, or holds a damaged table.
        """
        check_writable(self._results)
        read_rows(self._results)
        read_curves(self._results)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Writes the table: also where the run was interrupted."""
        if not self._rows:
            return
        try:
            write_results(self._results, self._rows, self._curves)
        except (IdiaError, OSError) as error:
            self._problem = str(error)
            if session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints the table, below that of pytest-benchmark."""
        if not self._rows:
            return
        terminalreporter.section("speed")
        terminalreporter.write_line(summary(self._rows, colour=terminalreporter.hasmarkup))
        if self._problem is None:
            terminalreporter.write_line(f"Table: {self._results / TEXT}")
        else:
            terminalreporter.write_line(f"ERROR: the table could not be written: {self._problem}", red=True)
