import copy
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.errors import RecordError
from idia.records import Record, check_writable, read_records, record_path, write_record


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _changed(record: Record, **model: Any) -> Record:
    document = copy.deepcopy(dict(record.document))
    document["model"] |= model
    return Record(document, record.votes)


def test_a_record_lies_under_people_attack_model_weights_and_protocol(tmp_path: Path, document: dict[str, Any]) -> None:
    sha8 = {key: hashlib.sha256(key.encode()).hexdigest()[:8] for key in ("manifest", "weights", "protocol")}

    expected = (
        tmp_path
        / "records"
        / f"four-people-{sha8['manifest']}"
        / "idia"
        / f"ViT-B-32-quickgelu-laion400m_e32-{sha8['weights']}-{sha8['protocol']}.json"
    )
    assert expected == record_path(tmp_path, document)


@pytest.mark.parametrize(
    "other",
    [
        lambda d: d.update(control={"kind": "permuted-map", "of": "a model"}),
        lambda d: d["model"].update(spec=f"{d['model']['spec']}?activation=gelu"),
        lambda d: d["model"].update(weights_sha256="f" * 64),
        lambda d: d["people"].update(manifest_sha256="f" * 64),
    ],
)
def test_controls_overrides_weights_and_people_have_files_of_their_own(
    tmp_path: Path, record: Record, other: Callable[[dict[str, Any]], None]
) -> None:
    document = copy.deepcopy(dict(record.document))
    other(document)
    write_record(tmp_path, record)

    assert write_record(tmp_path, Record(document, record.votes))
    assert len(read_records(tmp_path)) == 2


@given(name=st.text(min_size=1), people=st.text(min_size=1))
@settings(deadline=None)
def test_no_name_leads_out_of_the_folder_or_is_no_file_name(name: str, people: str) -> None:
    hashes = {"weights_sha256": "a" * 64}
    document = {
        "model": {"name": name, "spec": name, **hashes},
        "people": {"id": people, "manifest_sha256": "b" * 64},
        "protocol": {"sha256": "c" * 64},
        "control": None,
        "attack": "idia",
    }
    parts = record_path(Path(), document).parts

    assert len(parts) == 4
    for part in parts:
        assert part.isascii()
        assert len(part) < 200
        assert ".." not in part
        assert not set(part) & set('\\/:*?"<>| \0')
        assert part[0] not in ".-"


def test_long_names_that_differ_in_the_middle_have_different_files(tmp_path: Path, record: Record) -> None:
    paths = {record_path(tmp_path, _changed(record, name=f"{'a' * 80}{middle}{'z' * 80}").document) for middle in "bcd"}

    assert len(paths) == 3


def test_a_writable_folder_is_created_and_left_empty(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "results")
    check_writable(tmp_path / "a" / "results")

    assert list((tmp_path / "a" / "results").iterdir()) == []


@pytest.mark.parametrize("blocked", ["results", "results/records", "results/figures"])
def test_a_file_in_the_place_of_a_folder_is_found_before_the_run(tmp_path: Path, blocked: str) -> None:
    (tmp_path / blocked).parent.mkdir(exist_ok=True)
    (tmp_path / blocked).touch()

    with pytest.raises(RecordError, match=r"results cannot be written to .*Choose another folder"):
        check_writable(tmp_path / "results")


def test_a_folder_below_a_file_or_a_dangling_link_is_found_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere" / "at all")

    for folder in (tmp_path / "file" / "results", tmp_path / "link"):
        with pytest.raises(RecordError, match="results cannot be written"):
            check_writable(folder)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, where nobody may write")
def test_a_folder_where_nobody_may_write_is_found_before_the_run() -> None:
    for folder in (Path("/proc/self"), Path("/proc/results")):
        with pytest.raises(RecordError, match="results cannot be written"):
            check_writable(folder)
