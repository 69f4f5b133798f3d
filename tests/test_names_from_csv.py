"""Pools of names from a list of one's own."""

from pathlib import Path

import pytest

from idia.errors import DatasetError
from idia.names import NamePool


@pytest.mark.parametrize("header", ["name\n", "Names\n", "full name\n", ""])
def test_an_own_list_may_be_one_column_with_or_without_header(tmp_path: Path, header: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(f"{header}Ada_Example\n\nBen  Sample\n")

    pool = NamePool.from_csv(path)

    assert pool.names == ("Ada Example", "Ben Sample")
    assert pool.source.startswith("own.csv ")


def test_an_own_list_may_have_other_columns(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes("\ufeffid,NAME,note\r\n1,Ada Example,\r\n2,Zoë Sample,x\r\n".encode())

    assert NamePool.from_csv(path).names == ("Ada Example", "Zoë Sample")


def test_people_missing_from_an_own_list_are_added(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("name\nzed person\nada example\n")

    pool = NamePool.from_csv(path, ["Cleo Specimen", "Ada_Example", "Ben Sample"])

    assert pool.names == ("zed person", "Ada Example", "Ben Sample", "Cleo Specimen")
    assert pool == NamePool.from_csv(path, ["Ben Sample", "Ada_Example", "Cleo Specimen"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name\nAda\nBen\nADA\n", r"line 4: 'ADA' is in line 2 already \(as 'Ada'\)"),
        ("id,name\n1,Ada\n2,\n", "line 3: the name is blank"),
        ("name\n_\n", "line 2: the name is blank"),
        ("id,person\n1,Ada\n", "no column 'name'"),
        ("name\n", "no names below its header"),
        ("", "is empty"),
        ("Ada Example\nSample, Ben\n", "line 2: 2 columns"),
    ],
)
def test_an_own_list_that_cannot_be_used_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(text)

    with pytest.raises(DatasetError, match=message):
        NamePool.from_csv(path)
