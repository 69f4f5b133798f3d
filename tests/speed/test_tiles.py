from dataclasses import replace
from math import inf

import pytest

from idia.errors import RecordError
from idia.speed.tiles import TileRow, merged_tiles, tiles_as_csv, tiles_from_csv

ROW = TileRow("NVIDIA H100, 132 SMs", 512, "128x256x64, 8 warps", 0.004, 0.0039, 0.005, "", "torch 2.11", "idia 0.1.0")
FAILED = replace(ROW, tiles="=1+1", seconds=inf, low=inf, high=inf, problem="OutOfResources: shared memory")


def test_rows_survive_their_file() -> None:
    written = tiles_as_csv([ROW])

    assert tiles_from_csv(written, "tiles.csv") == [ROW]
    assert written.splitlines()[0] == b"machine,dim,tiles,seconds,low,high,problem,libraries,code"
    (read,) = tiles_from_csv(tiles_as_csv([FAILED]), "tiles.csv")
    assert (read.seconds, read.problem) == (inf, "OutOfResources: shared memory")
    assert not read.tiles.startswith("=")


@pytest.mark.parametrize("damaged", [b"dim\n", tiles_as_csv([ROW]).replace(b"0.004", b"")])
def test_a_damaged_file_is_named(damaged: bytes) -> None:
    with pytest.raises(RecordError, match=r"results/tiles\.csv is not a table of tiles.*Remove it"):
        tiles_from_csv(damaged, "results/tiles.csv")


def test_those_just_tried_replace_all_of_the_same_machine_and_length() -> None:
    other, again = replace(ROW, dim=768), replace(ROW, seconds=0.1)

    assert merged_tiles([ROW, FAILED, other], [again]) == [other, again]
    assert merged_tiles([ROW], []) == [ROW]
