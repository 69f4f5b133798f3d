"""Which speed tests run: all of the device where speed was asked for, none elsewhere, the longest only by name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, final

import pytest

if TYPE_CHECKING:  # not for runs that measure no speed
    from idia.speed.rows import SpeedRow

MARKER = "idia_speed"
DESCRIPTION = (
    f"{MARKER}(only_by_name=None, on_card=False, only_tuning=False, rows=()): measures speed; runs with --idia-speed "
    "only and, where a name is given, only if -k or an argument holds it; on_card with --idia-device cuda, and all "
    "others without; only_tuning with --idia-tune; rows are what the table says until somebody has measured them."
)

IN_PARALLEL = (
    "speed is not measured under pytest-xdist: tests that run side by side slow each other down. Add -n 0, or leave "
    "out --idia-speed."
)


@final
class SpeedSelection:
    """Leaves out the speed tests that are not to run, without a word for each.

    Args:
        is_on: Whether speed is to be measured.
        on_card: Whether on a graphics card.
        is_tuning: Whether to try what a card could do it with.
    """

    def __init__(self, is_on: bool, *, on_card: bool = False, is_tuning: bool = False) -> None:
        self._is_on, self._on_card, self._is_tuning = is_on, on_card, is_tuning
        self._n_left_out = 0
        self._rows: dict[SpeedRow, None] = {}

    @property
    def not_measured(self) -> "list[SpeedRow]":
        """The rows of tests that were collected, whether they run or not, for as long as nobody has measured them."""
        return list(self._rows)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Deselects them."""
        for item in speed_tests(items):
            self._rows |= dict.fromkeys(_marker(item).get("rows", ()))
        asked = " ".join([config.option.keyword, *config.args])
        left_out = [item for item in items if not self._runs(item, asked)]
        if left_out:
            self._n_left_out = 0 if self._is_on else len(left_out)
            gone = set(left_out)
            items[:] = [item for item in items if item not in gone]
            config.hook.pytest_deselected(items=left_out)

    def pytest_report_collectionfinish(self, items: Sequence[pytest.Item]) -> list[str]:
        """Says how to run them where there is nothing else to run."""
        if items or not self._n_left_out:
            return []
        plural = "s are" if self._n_left_out > 1 else " is"
        return [f"idia: {self._n_left_out} speed test{plural} left out; --idia-speed runs them"]

    def _runs(self, item: pytest.Item, asked: str) -> bool:
        if item.get_closest_marker(MARKER) is None:
            return True
        wanted = _marker(item)
        name = wanted.get("only_by_name")
        is_here = wanted.get("on_card", False) == self._on_card
        is_tried = self._is_tuning or not wanted.get("only_tuning", False)
        return self._is_on and is_here and is_tried and (name is None or name in asked)


def _marker(item: pytest.Item) -> dict[str, Any]:
    """What the markers of a speed test say, the closest last."""
    said: dict[str, Any] = {}
    for marker in reversed(list(item.iter_markers(MARKER))):
        said |= marker.kwargs
    return said


def speed_tests(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Returns the speed tests among some."""
    return [item for item in items if item.get_closest_marker(MARKER) is not None]
