"""Which records a folder holds, and what is said of those that were damaged."""

from collections.abc import Callable
from pathlib import Path

import pytest

from idia.errors import RecordError
from idia.records import Record, read_records, record_path, write_record


def test_no_folder_means_no_records(tmp_path: Path) -> None:
    assert read_records(tmp_path / "nowhere") == ()


def test_records_come_in_the_order_of_their_paths(tmp_path: Path, record: Record) -> None:
    for name in ("b", "a", "c"):
        model = {**record.document["model"], "name": name}
        write_record(tmp_path, Record({**record.document, "model": model}, record.votes))

    assert [stored.document["model"]["name"] for stored in read_records(tmp_path)] == ["a", "b", "c"]


def test_hidden_files_are_no_records(tmp_path: Path, record: Record) -> None:
    write_record(tmp_path, record)
    (stored,) = read_records(tmp_path)
    (stored.path.parent / f"._{stored.path.name}").write_bytes(b"what some systems leave on a shared disk")

    assert len(read_records(tmp_path)) == 1


def _break_json(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _edit(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"status": "ok"', b'"status": "perfect"'))


def _spoil_votes(path: Path) -> None:
    next(path.parent.glob("*.npz")).write_bytes(b"other votes")


def _lose_votes(path: Path) -> None:
    next(path.parent.glob("*.npz")).unlink()


def _copy(path: Path) -> None:
    path.with_name("copy.json").write_bytes(path.read_bytes())


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_break_json, "is not a valid record: expected JSON"),
        (_edit, "is not a valid record: at status"),
        (_spoil_votes, "its votes .* have the hash"),
        (_lose_votes, "its votes .* cannot be read: No such file"),
        (_copy, r"copy\.json lies where no record of its content belongs"),
    ],
)
def test_damage_is_found_and_the_file_and_the_remedy_are_named(
    tmp_path: Path, record: Record, damage: Callable[[Path], None], message: str
) -> None:
    write_record(tmp_path, record)
    damage(record_path(tmp_path, record.document))

    with pytest.raises(RecordError, match=message) as error:
        read_records(tmp_path)
    assert str(tmp_path) in str(error.value)
    assert "delete it and run the benchmark again" in str(error.value)
