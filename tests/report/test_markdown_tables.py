from collections.abc import Sequence
from typing import Any

import pytest

from idia.report.markdown_tables import _places


def _estimate(low: float | None, high: float | None) -> dict[str, Any]:
    return {"low": low, "high": high}


@pytest.mark.parametrize(
    ("ends", "places"),
    [
        ([(0.4, 0.6)], ["1"]),
        ([(0.1, 0.2), (0.5, 0.6)], ["2", "1"]),
        ([(0.4, 0.6), (0.5, 0.7)], ["1–2", "1–2"]),
        ([(0.8, 0.9), (0.4, 0.6), (0.5, 0.7), (0.0, 0.1)], ["1", "2–3", "2–3", "4"]),
        # The middle one overlaps both its neighbours, which do not overlap each other.
        ([(0.6, 0.8), (0.45, 0.65), (0.3, 0.5)], ["1–2", "1–3", "2–3"]),
        ([(0.5, 0.6), (None, None)], ["1", "–"]),
    ],
)
def test_models_whose_intervals_overlap_share_places(
    ends: Sequence[tuple[float | None, float | None]], places: list[str]
) -> None:
    assert _places([_estimate(*each) for each in ends]) == places
