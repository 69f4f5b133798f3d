"""Which speed tests run: all where speed was asked for, none elsewhere, the longest only by name."""

from collections.abc import Sequence
from typing import final

import pytest

MARKER = "idia_speed"
DESCRIPTION = (
    f"{MARKER}(only_by_name=None): measures speed; runs with --idia-speed only and, where a name is given, only if "
    "-k or an argument holds it."
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
    """

    def __init__(self, is_on: bool) -> None:
        self._is_on = is_on
        self._n_left_out = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Deselects them."""
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
        marker = item.get_closest_marker(MARKER)
        if marker is None:
            return True
        name = marker.kwargs.get("only_by_name")
        return self._is_on and (name is None or name in asked)


def speed_tests(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Returns the speed tests among some."""
    return [item for item in items if item.get_closest_marker(MARKER) is not None]
