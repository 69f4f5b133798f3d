import pytest

from idia.errors import RecordError
from idia.speed.csv_files import cell_number, number_cell, read_csv


def read(content: bytes) -> list[int]:
    return read_csv(content, ("n", "of"), lambda cells: int(cells["n"]), kind="sizes", source="results/sizes.csv")


def test_a_number_is_what_its_cell_says() -> None:
    assert [number_cell(each) for each in (1 / 3, 12345678.0, 0.0, None)] == ["0.333333", "1.23457e+07", "0", ""]
    assert [cell_number(each) for each in ("0.333333", "1.23457e+07", "0", "")] == [0.333333, 12345700.0, 0.0, None]


def test_rows_are_read_in_their_order() -> None:
    assert read(b"n,of\n3,a\n1,b\n") == [3, 1]
    assert read(b"n,of\n") == []


@pytest.mark.parametrize("content", [b"", b"of,n\na,3\n", b"n,of\nmany,a\n", b'n,of\n3,"a', b"\xff\xfe", b"n,of\n,\n"])
def test_a_damaged_file_is_named(content: bytes) -> None:
    with pytest.raises(RecordError, match=r"results/sizes\.csv is not a table of sizes \(.+\)\. Remove it"):
        read(content)
