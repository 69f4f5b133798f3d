from dataclasses import replace

import pytest

from idia.errors import RecordError
from idia.speed.rows import SpeedRow, as_csv, from_csv, merged, not_measured


def test_rows_survive_their_file(row: SpeedRow) -> None:
    rows = [replace(row, unit="s/draw", remark='a "quoted", remark'), SpeedRow("memory", "few", "another machine")]

    assert from_csv(as_csv(rows), "speed.csv") == rows


def test_the_file_has_the_columns_that_readers_expect(row: SpeedRow) -> None:
    header, written = as_csv([row]).decode().splitlines()

    assert header.startswith("stage,size,ours,baseline,ratio,low,high,machine,")
    assert ',0.193,0.948,4.913,4.7,5.021,"AMD EPYC, 2 cores",s,torch matmul + argmax,5,1,' in written


@pytest.mark.parametrize(("cell", "damaged"), [(b"4.913", b"many"), (b",5,1,", b",5,,"), (b"ratio", b"spread")])
def test_a_damaged_file_is_named(row: SpeedRow, cell: bytes, damaged: bytes) -> None:
    content = as_csv([row]).replace(cell, damaged)

    assert content != as_csv([row])
    with pytest.raises(RecordError, match=r"results/speed\.csv is not a table of speeds.*Remove it"):
        from_csv(content, "results/speed.csv")


def test_a_partial_run_keeps_the_rows_of_other_stages_sizes_baselines_and_machines(row: SpeedRow) -> None:
    others = [
        replace(row, stage="tokenising"),
        replace(row, size="900 people"),
        replace(row, against="numpy"),
        replace(row, machine="another"),
    ]
    again = replace(row, ours=1.0, code="idia 0.2.0")

    rows = merged([row, *others], [again])

    assert again in rows
    assert row not in rows
    assert len(rows) == 5
    assert set(others) < set(rows)


def test_rows_of_a_stage_stand_together_whenever_they_were_measured(row: SpeedRow) -> None:
    first, second = replace(row, stage="first"), replace(row, stage="second")
    later = replace(first, size="larger")

    assert merged([first, second], [later]) == [first, later, second]


def test_what_was_not_measured_gives_way_to_any_machine_that_measured_it(row: SpeedRow) -> None:
    planned = [not_measured("GPU screen", "few", against=name) for name in ("cuBLAS", "faiss")]
    measured = replace(row, stage="GPU screen", size="few", machine="NVIDIA H100", against="cuBLAS")

    assert merged([row], planned) == [row, *planned]
    assert set(merged([row, *planned], [measured])) == {row, measured, planned[1]}
    assert merged([row, measured], planned) == [row, measured, planned[1]]
    assert from_csv(as_csv(planned), "speed.csv") == planned


def test_what_cannot_be_run_was_measured_as_far_as_it_can_be(row: SpeedRow) -> None:
    planned = not_measured("GPU screen", "few", against="faiss")
    tried = replace(planned, machine="NVIDIA H100", remark="n/a: pip install faiss-gpu")

    assert merged([planned], [tried]) == [tried]


def test_a_new_list_of_what_was_not_measured_takes_the_place_of_the_old(row: SpeedRow) -> None:
    old, new = not_measured("GPU screen", "few"), not_measured("GPU screen", "more")

    assert merged([row, old], [new]) == [row, new]
    assert merged([row, old], [row]) == [row, old]
