"""What writing a record leaves in a folder, also when it fails or is killed."""

import copy
import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import idia
from idia.errors import RecordError
from idia.records import Record, check_writable, load_votes, read_records, record_path, write_record
from idia.records.atomic import LEFTOVER_SUFFIX

Files = dict[str, bytes]


def _files(folder: Path) -> Files:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _with_accuracy(record: Record, accuracy: float) -> Record:
    document = copy.deepcopy(dict(record.document))
    document["cells"][0]["accuracy"] = accuracy
    return Record(document, record.votes)


def test_written_records_are_read_back_with_their_votes_beside_them(tmp_path: Path, record: Record) -> None:
    assert write_record(tmp_path, record)

    (stored,) = read_records(tmp_path)

    assert record_path(tmp_path, record.document) == stored.path
    assert stored.votes_path is not None
    assert stored.votes_path.parent == stored.path.parent
    assert hashlib.sha256(stored.votes_path.read_bytes()).hexdigest() == stored.document["votes"]["sha256"]
    assert {**record.document, "votes": stored.document["votes"]} == stored.document
    assert load_votes(stored.votes_path).keys() == record.votes.keys()


def test_writing_fills_in_the_votes_of_a_document_that_has_none(tmp_path: Path, record: Record) -> None:
    document = {key: value for key, value in record.document.items() if key != "votes"}
    write_record(tmp_path / "a", record)
    write_record(tmp_path / "b", Record(document, record.votes))

    assert _files(tmp_path / "a") == _files(tmp_path / "b")


def test_a_second_run_with_the_same_result_changes_nothing(tmp_path: Path, record: Record) -> None:
    write_record(tmp_path, record)
    before = _files(tmp_path)
    elsewhere = copy.deepcopy(dict(record.document))
    elsewhere["suite"]["dirty"] = True
    elsewhere["environment"]["cpu"] = "another processor"

    assert not write_record(tmp_path, Record(elsewhere, record.votes))
    assert _files(tmp_path) == before


def test_votes_compressed_otherwise_are_the_same_votes(tmp_path: Path, record: Record) -> None:
    write_record(tmp_path, record)
    (stored,) = read_records(tmp_path)
    assert stored.votes_path is not None
    np.savez(stored.votes_path, **record.votes)  # type: ignore[arg-type]  # numpy's stub takes arrays for its flag
    document = copy.deepcopy(dict(stored.document))
    document["votes"]["sha256"] = hashlib.sha256(stored.votes_path.read_bytes()).hexdigest()
    stored.path.write_text(json.dumps(document), encoding="utf-8")
    before = _files(tmp_path)

    assert not write_record(tmp_path, record)
    assert _files(tmp_path) == before


def test_a_changed_result_replaces_the_old_one_and_its_votes(tmp_path: Path, record: Record) -> None:
    write_record(tmp_path, record)
    changed = Record(_with_accuracy(record, 0.5).document, {**record.votes, "scores": record.votes["scores"] + 1})

    assert write_record(tmp_path, changed)

    (stored,) = read_records(tmp_path)

    assert stored.document["cells"][0]["accuracy"] == 0.5
    assert len(_files(tmp_path)) == 2


def test_damaged_votes_are_written_anew(tmp_path: Path, record: Record) -> None:
    write_record(tmp_path, record)
    (stored,) = read_records(tmp_path)
    before = _files(tmp_path)
    assert stored.votes_path is not None
    stored.votes_path.write_bytes(b"damaged")

    assert write_record(tmp_path, record)
    assert _files(tmp_path) == before


def test_a_record_of_a_newer_version_is_neither_read_nor_replaced(tmp_path: Path, record: Record) -> None:
    write_record(tmp_path, record)
    path = record_path(tmp_path, record.document)
    path.write_bytes(path.read_bytes().replace(b'"schema_version": 1', b'"schema_version": 2'))
    before = _files(tmp_path)

    with pytest.raises(RecordError, match=r"written by a newer version of idia\. Update idia"):
        read_records(tmp_path)
    with pytest.raises(RecordError, match="newer version"):
        write_record(tmp_path, record)
    assert {name: _files(tmp_path)[name] for name in before} == before


def test_a_smaller_run_under_another_protocol_leaves_the_fuller_one_alone(tmp_path: Path, record: Record) -> None:
    write_record(tmp_path, record)
    before = _files(tmp_path)
    smaller = copy.deepcopy(dict(record.document))
    smaller["protocol"] |= {"sha256": "0" * 64, "sizes": [1], "draws": 1}
    smaller["cells"] = smaller["cells"][:1]

    write_record(tmp_path, Record(smaller, record.votes))

    after = _files(tmp_path)

    assert len(read_records(tmp_path)) == 2
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize("status", ["partial", "error"])
def test_an_unfinished_run_does_not_take_the_place_of_a_complete_one(
    tmp_path: Path, record: Record, status: str
) -> None:
    write_record(tmp_path, record)
    before = _files(tmp_path)

    assert not write_record(tmp_path, Record({**_with_accuracy(record, 0.5).document, "status": status}, record.votes))
    assert _files(tmp_path) == before


def test_an_invalid_result_does_take_the_place_of_a_complete_one(tmp_path: Path, record: Record) -> None:
    write_record(tmp_path, record)

    assert write_record(tmp_path, Record({**record.document, "status": "invalid"}, record.votes))


def test_a_failed_run_is_stored_without_votes(tmp_path: Path, record: Record) -> None:
    failed = {**record.document, "status": "error", "cells": [], "threshold_sweep": []}
    write_record(tmp_path, Record(failed, {}))

    (stored,) = read_records(tmp_path)

    assert stored.votes_path is None
    assert len(_files(tmp_path)) == 1


def test_an_invalid_record_is_not_written(tmp_path: Path, record: Record) -> None:
    model = {**record.document["model"], "weights_sha256": "abc"}

    with pytest.raises(RecordError, match=r"was not written; at model\.weights_sha256"):
        write_record(tmp_path, Record({**record.document, "model": model}, record.votes))
    with pytest.raises(RecordError, match="'people' is a required property"):
        write_record(tmp_path, Record({key: record.document[key] for key in record.document if key != "people"}, {}))
    assert _files(tmp_path) == {}


def test_a_link_that_leads_out_of_the_results_is_not_followed(tmp_path: Path, record: Record) -> None:
    results, elsewhere = tmp_path / "results", tmp_path / "elsewhere"
    results.mkdir()
    elsewhere.mkdir()
    (results / "records").symlink_to(elsewhere)

    with pytest.raises(RecordError, match="leads out of"):
        check_writable(results)
    with pytest.raises(RecordError, match="leads out of"):
        write_record(results, record)
    assert list(elsewhere.iterdir()) == []


def test_a_failure_between_votes_and_record_leaves_the_old_record_whole(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record(tmp_path, record)
    before = _files(tmp_path)
    (old,) = read_records(tmp_path)
    changed = Record(_with_accuracy(record, 0.5).document, {**record.votes, "scores": record.votes["scores"] + 1})
    replace, calls = os.replace, []

    def fails_at_the_second(*paths: Any) -> None:
        calls.append(paths)
        if len(calls) == 2:
            raise KeyboardInterrupt
        replace(*paths)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", fails_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            write_record(tmp_path, changed)
    (after,) = read_records(tmp_path)
    files_after = _files(tmp_path)

    assert len(calls) == 2
    assert {name: files_after[name] for name in before} == before
    assert after.document == old.document

    write_record(tmp_path, changed)
    (new,) = read_records(tmp_path)

    assert new.document["cells"][0]["accuracy"] == 0.5
    assert len(_files(tmp_path)) == 2


_KILLED = """
import os, pickle, signal, sys
from pathlib import Path
from idia.records import Record, write_record

results, stored, at = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
document, votes = pickle.loads(stored.read_bytes())
calls, replace = [], os.replace

def killed(*paths):
    calls.append(paths)
    if len(calls) == at:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(*paths)

os.replace = killed
write_record(results, Record(document, votes))
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")
@pytest.mark.parametrize("at", [1, 2])
def test_a_killed_run_leaves_the_old_record_whole_and_the_next_run_cleans_up(
    tmp_path: Path, record: Record, at: int
) -> None:
    import pickle

    results, stored = tmp_path / "results", tmp_path / "stored"
    write_record(results, record)
    before = _files(results)
    changed = Record(_with_accuracy(record, 0.5).document, {**record.votes, "scores": record.votes["scores"] + 1})
    stored.write_bytes(pickle.dumps((dict(changed.document), dict(changed.votes))))
    root = Path(idia.__file__).parents[1]

    command = [sys.executable, "-c", _KILLED, str(results), str(stored), str(at)]
    run = subprocess.run(command, cwd=root, check=False, capture_output=True)
    after = _files(results)

    assert run.returncode == -signal.SIGKILL, run.stderr
    assert any(name.endswith(LEFTOVER_SUFFIX) for name in after)
    assert {name: after[name] for name in before} == before
    assert len(read_records(results)) == 1

    assert write_record(results, changed)
    assert len(_files(results)) == 2
