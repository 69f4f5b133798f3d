from typing import Any

import pytest

from idia.errors import SettingError
from idia.training.settings import TrainingSettings


@pytest.mark.parametrize(
    ("option", "setting"),
    [
        ("--members", {"members": 0.0}),
        ("--members", {"members": 1.0}),
        ("--members", {"members": float("nan")}),
        ("--crop", {"crop": 0.0}),
        ("--crop", {"crop": 1.5}),
        ("--seed", {"seed": -1}),
        ("--steps", {"steps": 0}),
        ("--held-out", {"n_held_out": 0}),
        ("--min-photos", {"min_photos": 0}),
        ("--filler-photos", {"n_filler": 0}),
        ("--threads", {"threads": 0}),
        ("--occurrences", {"occurrences": ()}),
        ("--occurrences", {"occurrences": (0, 5)}),
        ("--occurrences", {"occurrences": (5, 5)}),
    ],
)
def test_a_value_out_of_range_names_its_option(option: str, setting: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=f"^{option} must be "):
        TrainingSettings(**setting)
