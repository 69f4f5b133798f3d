import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idia.records import Record, read_records, read_utility, write_record
from idia.verification import removed_or_changed, verify

MakeRecord = Callable[..., Record]


@pytest.fixture
def results(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "results"))


def edited(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(path.read_bytes())
    edit(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def test_more_rows_change_nothing(whole: Path, results: Path, make_record: MakeRecord) -> None:
    write_record(results, make_record(model="c-model"))

    assert removed_or_changed(results, whole) == (6, ())


def test_who_computed_a_record_may_change(whole: Path, results: Path) -> None:
    edited(read_records(results)[0].path, lambda it: it["environment"].update(cpu="another processor"))
    edited(read_utility(results)[0].path, lambda it: it["suite"].update(dirty=True))

    assert removed_or_changed(results, whole) == (6, ())


@pytest.mark.parametrize("read", [read_records, read_utility])
def test_a_removed_row_is_named_and_how_to_withdraw_one(
    whole: Path, results: Path, read: Callable[[Path], tuple[Any, ...]]
) -> None:
    gone = read(results)[1].path
    gone.unlink()

    _, (mismatch,) = removed_or_changed(results, whole)

    assert mismatch.file == gone.relative_to(results).as_posix()
    assert mismatch.problem.startswith("was removed. A record is withdrawn by setting its status to invalid")


def test_a_row_that_says_something_else_is_named(whole: Path, results: Path) -> None:
    edited(read_records(results)[0].path, lambda it: it["cells"][0]["auc"].update(high=1.0))
    edited(read_utility(results)[0].path, lambda it: it["scores"][0].update(chance=0.5))

    _, mismatches = removed_or_changed(results, whole)

    assert [mismatch.problem[:44] for mismatch in mismatches] == ["was replaced by one that says something else"] * 2


def withdraw(document: dict[str, Any]) -> None:
    document |= {"status": "invalid", "invalid_because": "photos were mixed up"}


def test_a_withdrawn_row_stays_and_is_no_change(whole: Path, results: Path) -> None:
    edited(read_records(results)[0].path, withdraw)

    assert removed_or_changed(results, whole) == (6, ())
    assert verify(results).all_mismatches == ()


def test_a_withdrawn_row_with_other_numbers_is_a_change_and_so_is_one_that_comes_back(
    whole: Path, results: Path, tmp_path: Path
) -> None:
    path = read_records(results)[0].path
    edited(path, withdraw)
    before = Path(shutil.copytree(results, tmp_path / "before"))
    edited(path, lambda it: it["cells"][0]["auc"].update(high=1.0))
    with_other_numbers = removed_or_changed(results, whole)[1]
    shutil.copytree(whole, results, dirs_exist_ok=True)
    come_back = removed_or_changed(results, before)[1]

    assert len(with_other_numbers) == len(come_back) == 1


def test_what_cannot_be_read_is_said_once(whole: Path, results: Path) -> None:
    read_records(results)[0].path.write_text("{", encoding="utf-8")

    assert removed_or_changed(results, whole) == (6, ())
    assert len(verify(results).all_mismatches) == 1
    (mismatch,) = removed_or_changed(whole, results)[1]
    assert f"in {results}" in mismatch.problem
