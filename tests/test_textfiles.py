import json
from pathlib import Path

import pytest

from idia.errors import DatasetError
from idia.textfiles import Row, column_index, missing_column, read_bytes, read_recipe, read_rows, read_text


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_text_is_read_with_or_without_a_byte_order_mark(table: Path, mark: str) -> None:
    table.write_bytes(f"{mark}Zoë\n".encode())

    assert read_text(table) == "Zoë\n"


def test_text_that_is_not_utf8_is_refused_with_its_line(table: Path) -> None:
    table.write_bytes("name\nAda\nZoë\n".encode("latin-1"))

    with pytest.raises(DatasetError, match=r"table\.csv' is not UTF-8 text\. Line 3 holds other bytes"):
        read_text(table)


def test_utf16_is_recognised(table: Path) -> None:
    table.write_bytes("name\n".encode("utf-16"))

    with pytest.raises(DatasetError, match="looks like UTF-16"):
        read_text(table)


def test_a_file_that_cannot_be_read_is_an_error_of_our_own(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"missing\.csv': no such file"):
        read_bytes(tmp_path / "missing.csv")
    with pytest.raises(DatasetError, match="it is a folder"):
        read_bytes(tmp_path)
    with pytest.raises(DatasetError, match="cannot read"):
        read_bytes(tmp_path / "nul\0.csv")
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match="cannot read"):
        read_bytes(tmp_path / "file" / "inside.csv")


def test_rows_carry_the_line_they_begin_in(table: Path) -> None:
    table.write_bytes(b'name,count\r\n\r\n"Ada\nExample", 3\r\n,,\r\nBen,\r\nCleo\r\n')

    assert read_rows(table) == (
        Row(1, ("name", "count")),
        Row(3, ("Ada\nExample", "3")),
        Row(6, ("Ben", "")),
        Row(7, ("Cleo", "")),
    )


def test_an_unquoted_comma_cannot_shift_columns(table: Path) -> None:
    table.write_text("name,count\nExample, Ada,3\n")

    with pytest.raises(DatasetError, match=r"line 2: 3 columns, but the first line has 2\. Put .* quotes"):
        read_rows(table)


def test_a_quote_that_never_ends_is_refused(table: Path) -> None:
    table.write_text('name,count\n"Ada,3\nBen,4\n')

    with pytest.raises(DatasetError, match="line 2: not a CSV row"):
        read_rows(table)


@pytest.mark.parametrize("content", ["", "\n\n", ",,\n", "\ufeff"])
def test_an_empty_table_is_refused(table: Path, content: str) -> None:
    table.write_text(content, encoding="utf-8")

    with pytest.raises(DatasetError, match="is empty"):
        read_rows(table)


def test_a_column_is_found_in_any_case(table: Path) -> None:
    header = Row(1, ("", "Name", "COUNT"))

    assert column_index(header, ("name",), table) == 1
    assert column_index(header, ("occurrences", "count"), table) == 2
    assert column_index(header, ("group",), table) is None


def test_two_columns_of_one_meaning_are_refused(table: Path) -> None:
    with pytest.raises(DatasetError, match=r"'count' and 'occurrences'\. Keep one"):
        column_index(Row(1, ("name", "count", "occurrences")), ("occurrences", "count"), table)


def test_a_missing_column_is_told_with_those_that_came(table: Path) -> None:
    message = str(missing_column(Row(1, ("person", "n")), "'name'", table))

    assert "has no column 'name'; its first line holds 'person', 'n'." in message
    assert "Separate columns by commas" in str(missing_column(Row(1, ("name;count",)), "'name'", table))


def test_a_recipe_is_read_where_there_is_one(tmp_path: Path) -> None:
    assert read_recipe(tmp_path) == {}

    (tmp_path / "recipe.json").write_text(json.dumps({"people": "lfw"}))

    assert read_recipe(tmp_path) == {"people": "lfw"}


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_a_damaged_recipe_counts_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "recipe.json").write_bytes(content)

    assert read_recipe(tmp_path) == {}
