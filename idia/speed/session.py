"""One pytest process that measures speed: which tests run, and the table at its end."""

from collections.abc import Sequence
from pathlib import Path
from typing import final

import pytest

from idia.errors import IdiaError
from idia.options import is_card
from idia.records import check_writable
from idia.speed.curves import Curve
from idia.speed.interleaved import Benchmark
from idia.speed.results import TEXT, read_curves, read_rows, read_tiles, write_results
from idia.speed.rows import SpeedRow
from idia.speed.stopwatch import Stopwatch
from idia.speed.table import summary
from idia.speed.tiles import TileRow


@final
class SpeedSession:
    """Keeps what speed tests measure, and writes and shows it once, at the end of the run.

    Args:
        results: The results folder.
        device: What computes, as `--idia-device` names it.
        not_measured: What the table says of what nobody has measured.
    """

    def __init__(self, results: Path, *, device: str = "cpu", not_measured: Sequence[SpeedRow] = ()) -> None:
        self._results, self._device = results, device
        self._not_measured = not_measured
        self._tiles: list[TileRow] = []
        self._rows: list[SpeedRow] = []
        self._curves: list[Curve] = []
        self._problem: str | None = None

    def stopwatch(self, benchmark: Benchmark) -> Stopwatch:
        """Returns what a speed test is given."""
        keepers = self._rows.append, self._curves.append, self._tiles.append
        return Stopwatch(benchmark, *keepers, device=self._device)

    def check(self) -> None:
        """Finds before anything is measured what would keep the results from being written.

        Raises:
            RecordError: The folder cannot be written, or holds a damaged table.
            SettingError: There is no such device, or nothing of this package for it.
        """
        if is_card(self._device):
            from idia.speed.card import check_usable

            check_usable(self._device)
        check_writable(self._results)
        read_rows(self._results)
        read_curves(self._results)
        read_tiles(self._results)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Writes the table: also where the run was interrupted."""
        if not self._rows:
            return
        try:
            write_results(self._results, [*self._rows, *self._not_measured], self._curves, self._tiles)
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
