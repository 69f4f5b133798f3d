from dataclasses import replace

import pytest

from idia.errors import RecordError
from idia.speed.curves import Curve, curves_as_csv, curves_from_csv, merged_curves
from idia.speed.growth import Point

NAMES = Curve(
    "names, 1 prompt", (Point(10, (1.5,)), Point(100, (9.0,), (3.5,))), "slope 0.91 [0.80, 1.02]", "a machine"
)
DRAWS = Curve("draws, 9 people", (Point(1, (1.0,)), Point(10, (9.0,))), "slope 0.95 [0.95, 0.95]", "a machine")


def test_curves_survive_their_file() -> None:
    assert curves_from_csv(curves_as_csv([NAMES, DRAWS]), "growth.csv") == [NAMES, DRAWS]


def test_of_several_rounds_the_median_and_the_most_memory_are_kept() -> None:
    curve = replace(NAMES, points=(Point(10, (1.0, 9.0, 2.0), (3.0, 5.0)),))
    (read,) = curves_from_csv(curves_as_csv([curve]), "growth.csv")

    assert read.points == (Point(10, (2.0,), (5.0,)),)


def test_a_damaged_file_is_named() -> None:
    with pytest.raises(RecordError, match=r"results/growth\.csv is not a table of growth.*Remove it"):
        curves_from_csv(b"grows,n\n", "results/growth.csv")


def test_those_just_measured_take_the_places_of_earlier_ones_and_their_machine_comes_last() -> None:
    elsewhere, again = replace(NAMES, machine="another"), replace(NAMES, points=DRAWS.points)

    assert merged_curves([NAMES, elsewhere, DRAWS], [again]) == [elsewhere, again, DRAWS]
    assert merged_curves([NAMES, elsewhere], []) == [NAMES, elsewhere]
