"""Whether anything was measured at all: a run of benchmarks that measured nothing is no good news."""

from collections import Counter

import pytest

PARAMETERS = ("idia_target", "idia_text_mode", "idia_occurrences", "idia_photos")
"""The fixtures that make a test a benchmark."""


def is_benchmark(item: pytest.Item) -> bool:
    """Returns whether a test asks something of a model."""
    return bool(set(PARAMETERS) & set(getattr(item, "fixturenames", ())))


class Attempts:
    """What became of the benchmarks of a run.

    Attributes:
        n_collected: How many there were, before any was deselected.
        n_selected: How many of them were to run.
        n_gates: How many gates there are, which were all to run.
    """

    def __init__(self) -> None:
        self.n_collected = 0
        self.n_selected = 0
        self.n_gates = 0
        self._n_run = 0
        self._n_others = 0
        self._skipped: Counter[str] = Counter()

    def count(self, report: pytest.TestReport, *, is_benchmark: bool) -> None:
        """Counts what became of a test, whatever process ran it."""
        if report.skipped and is_benchmark and not hasattr(report, "wasxfail"):
            self._skipped[_reason(report)] += 1
        elif report.when == "call":
            self._n_run += is_benchmark
            self._n_others += not is_benchmark

    def nothing_ran(self, config: pytest.Config) -> tuple[str, bool]:
        """Returns why no benchmark ran, and whether anything else did; no words where there is nothing to say.

        Args:
            config: The run, which says how benchmarks were selected.
        """
        if not self.n_collected or self._n_run:
            return "", bool(self._n_others)
        all_of_them = "the only benchmark was" if self.n_collected == 1 else f"all {self.n_collected} benchmarks were"
        if self._skipped:
            reasons = "; ".join(reason for reason, _ in self._skipped.most_common(2))
            how = "skipped" if self.n_selected == self.n_collected else "skipped or deselected"
            return f"nothing was measured: {all_of_them} {how}: {reasons}", bool(self._n_others)
        if not self.n_selected:
            by = _selection(config)
            return f"nothing was measured: {all_of_them} deselected{f' by {by}' if by else ''}", bool(self._n_others)
        return "nothing was measured: no benchmark was run", bool(self._n_others)


def _reason(report: pytest.TestReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ").strip()


def _selection(config: pytest.Config) -> str:
    """How tests were selected, as it was written."""
    given = [
        f"{flag} {text!r}" for flag, text in (("-k", config.option.keyword), ("-m", config.option.markexpr)) if text
    ]
    return " and ".join([*given, *(f"--deselect {each}" for each in config.option.deselect or ())])
