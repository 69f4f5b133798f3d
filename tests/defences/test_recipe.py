from typing import Any

import pytest

from idia.defences import UnlearningRecipe
from idia.errors import SettingError


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"steps": 0}, "number of steps must be a whole number from 1, got 0"),
        ({"steps": True}, "number of steps must be a whole number from 1, got True"),
        ({"seed": -1}, "seed must be a whole number from 0, got -1"),
        ({"threads": 1.5}, "number of threads must be a whole number from 1, got 1.5"),
        ({"kept_batch": 0}, "number of sentences with kept names"),
        ({"learning_rate": 0.0}, "learning rate must be a number from 1e-12 to 1, got 0.0"),
        ({"retain_weight": float("nan")}, "weight of what stays must be a number from 0 to 1e\\+06, got nan"),
        ({"residue_weight": -1.0}, "weight of the residue must be a number from 0"),
        ({"target": " "}, "the target must be the words that stand in for a name"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_values_out_of_range_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        UnlearningRecipe(**changed)
