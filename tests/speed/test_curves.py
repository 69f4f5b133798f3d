from dataclasses import replace

import pytest

from idia.errors import RecordError
from idia.speed.curves import Curve, curves_as_csv, curves_from_csv, merged_curves
from idia.speed.growth import Growth, Point

NAMES = Curve(
    "names, 1 prompt",
    (Point(10, (1.5,)), Point(100, (9.0,), (3.5,))),
    Growth(0.91, 0.8, 1.02, 10.0, 6.0),
    "a machine",
)
DRAWS = Curve(
    "draws, 9 people", (Point(1, (1.0,)), Point(10, (9.0,))), Growth(0.95, 0.95, 0.95, 10.0, 9.0), "a machine"
)


def test_curves_survive_their_file() -> None:
    assert curves_from_csv(curves_as_csv([NAMES, DRAWS]), "growth.csv") == [NAMES, DRAWS]


def test_numbers_have_columns_of_their_own() -> None:
    header, _, last = curves_as_csv([NAMES]).decode().splitlines()

    assert header == "grows,n,cpu_seconds,extra_mib,slope,slope_low,slope_high,last_size,last_time,machine"
    assert last == '"names, 1 prompt",100,9,3.5,0.91,0.8,1.02,10,6,a machine'


def test_of_several_rounds_the_median_and_the_most_memory_are_kept() -> None:
    curve = replace(NAMES, points=(Point(10, (1.0, 9.0, 2.0), (3.0, 5.0)),))
    (read,) = curves_from_csv(curves_as_csv([curve]), "growth.csv")

    assert read.points == (Point(10, (2.0,), (5.0,)),)


@pytest.mark.parametrize("damaged", [b"grows,n\n", curves_as_csv([NAMES]).replace(b"0.91", b"steep")])
def test_a_damaged_file_is_named(damaged: bytes) -> None:
    with pytest.raises(RecordError, match=r"results/growth\.csv is not a table of growth.*Remove it"):
        curves_from_csv(damaged, "results/growth.csv")


def test_those_just_measured_take_the_places_of_earlier_ones_and_their_machine_comes_last() -> None:
    elsewhere, again = replace(NAMES, machine="another"), replace(NAMES, points=DRAWS.points)

    assert merged_curves([NAMES, elsewhere, DRAWS], [again]) == [elsewhere, again, DRAWS]
    assert merged_curves([NAMES, elsewhere], []) == [NAMES, elsewhere]
