from dataclasses import replace

import pytest

from idia.errors import RecordError
from idia.speed.rows import SpeedRow, as_csv, from_csv, merged

ROW = SpeedRow(
    "voting",
    "9 people, 5 draws",
    "AMD EPYC, 2 cores",
    unit="s/draw",
    ours=2.5e-5,
    baseline=0.25,
    ratio=10000.0,
    low=9000.0,
    high=11000.0,
    rounds=5,
    against="pandas",
    checked="0 of 9 decisions differ",
    remark='a "quoted", remark',
    threads=1,
    libraries="torch 2",
    code="idia 0.1.0",
)
BARE = SpeedRow("memory", "few", "another machine")


def test_rows_survive_their_file() -> None:
    assert from_csv(as_csv([ROW, BARE]), "speed.csv") == [ROW, BARE]


def test_the_file_has_the_columns_that_readers_expect() -> None:
    header, row = as_csv([ROW]).decode().splitlines()

    assert header.startswith("stage,size,ours,baseline,ratio,spread,machine,")
    assert '2.5e-05,0.25,10000,9000–11000,"AMD EPYC, 2 cores",s/draw,pandas,5,1,' in row


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", as_csv([ROW]).replace(b"10000", b"many"), as_csv([ROW]) + b'x,"unfinished', b"\xff\xfe"],
)
def test_a_damaged_file_is_named(content: bytes) -> None:
    with pytest.raises(RecordError, match=r"results/speed\.csv is not a table of speeds.*Remove it"):
        from_csv(content, "results/speed.csv")


def test_a_partial_run_keeps_the_rows_of_other_stages_sizes_baselines_and_machines() -> None:
    others = [
        replace(ROW, stage="tokenising"),
        replace(ROW, size="900 people"),
        replace(ROW, against="numpy"),
        replace(ROW, machine="another"),
    ]
    again = replace(ROW, ours=1.0, code="idia 0.2.0")

    rows = merged([ROW, *others], [again])

    assert again in rows
    assert ROW not in rows
    assert len(rows) == 5
    assert set(others) < set(rows)


def test_rows_of_a_stage_stand_together_whenever_they_were_measured() -> None:
    first, second = replace(ROW, stage="first"), replace(ROW, stage="second")
    later = replace(first, size="larger")

    assert merged([first, second], [later]) == [first, later, second]
