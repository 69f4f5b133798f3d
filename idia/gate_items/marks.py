"""Limits that stand on a test, in its marker."""

from typing import TYPE_CHECKING

import pytest

from idia.errors import SettingError

if TYPE_CHECKING:
    from idia.gates import Limit

MARKER = "idia_gate"


def limits_of(item: pytest.Item) -> "list[Limit]":
    """Returns the limits that a test's markers hold, the closest where two speak of the same.

    Raises:
        SettingError: They hold something else, or the test asks for no model.
    """
    values: dict[str, object] = {}
    for mark in reversed(list(item.iter_markers(MARKER))):
        if mark.args or not mark.kwargs:
            raise SettingError(
                f"{item.nodeid}: write limits into its marker {MARKER} by name, as {MARKER}(tpr_max=0.1)."
            )
        values |= mark.kwargs
    if not values:
        return []
    if "idia_target" not in getattr(item, "fixturenames", ()):
        raise SettingError(
            f"{item.nodeid} has the marker {MARKER} and asks for no model: give the test the fixture idia_audit."
        )
    from idia.gates import Limit

    try:
        return [Limit.absolute(key, value) for key, value in values.items()]
    except SettingError as error:
        raise SettingError(f"{item.nodeid}, marker {MARKER}: {error}") from None
