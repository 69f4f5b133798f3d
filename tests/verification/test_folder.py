"""What an honest folder says, and every way in which one that is not must not pass."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.records import Record, estimate_document, read_records, write_record
from idia.statistics import proportion
from idia.verification import Verification, verify

MakeRecord = Callable[..., Record]
IsCaught = Callable[[Record], bool]
Change = Callable[[Any, Callable[[list[Any]], Any]], str]

_FEW = settings(max_examples=12, deadline=None, derandomize=True)


def test_an_honest_folder_says_what_was_recomputed(whole: Path) -> None:
    told: list[str] = []

    verification = verify(whole, lambda each: told.append(each.file))

    assert verification.all_mismatches == ()
    assert verification.n_recomputed == len(told) == 6
    said = {each.file.split("/")[2]: each.what for each in verification.records}
    shared = ("6 cells", "2 groups", "precision", "2 controls", "claim")
    assert said["idia"] == ("votes", "6 cells", "3 thresholds", "trend", "2 groups", "precision", "2 controls", "claim")
    assert said["calibrated"] == (*shared, "evidence")
    assert {each.n for each in verification.records} == {26}
    assert {each.what for each in verification.utilities} == {("4 rates",)}


@pytest.mark.parametrize("folder", ["", "records", "utility"])
def test_an_empty_folder_is_no_verification(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)

    assert verify(tmp_path) == Verification((), (), ())
    assert verify(tmp_path).n_recomputed == 0


@pytest.fixture(scope="module")
def single(make_record: MakeRecord, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("single")
    write_record(folder, make_record())
    return folder


@pytest.fixture
def results(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "results"))


@_FEW
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_every_flipped_bit_of_a_votes_file_is_caught(single: Path, where: float, bit: int) -> None:
    (votes,) = single.rglob("*.npz")
    content = votes.read_bytes()
    flipped = bytearray(content)
    flipped[int(where * len(content))] ^= 1 << bit
    votes.write_bytes(flipped)
    try:
        (mismatch,) = verify(single).all_mismatches
    finally:
        votes.write_bytes(content)

    assert "were changed: expected the hash" in mismatch.problem


def test_votes_files_that_change_places_are_caught_in_both_records(results: Path) -> None:
    one, other = (record.votes_path for record in read_records(results)[:2])
    assert one is not None
    assert other is not None
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)

    mismatches = verify(results).all_mismatches

    assert len(mismatches) == 2
    assert all("were changed" in mismatch.problem for mismatch in mismatches)


def test_votes_of_another_model_are_caught_though_their_hash_is_right(
    make_record: MakeRecord, is_caught: IsCaught
) -> None:
    assert is_caught(Record(make_record(model="a-model").document, make_record(model="b-model").votes))


def test_one_damaged_record_hides_no_other(results: Path) -> None:
    first, *_, last = read_records(results)
    first.path.write_text("{", encoding="utf-8")
    document = json.loads(last.path.read_bytes())
    document["cells"][0]["auc"]["high"] += 0.001
    last.path.write_text(json.dumps(document), encoding="utf-8")

    verification = verify(results)

    assert {mismatch.file for mismatch in verification.all_mismatches} == {
        path.relative_to(results).as_posix() for path in (first.path, last.path)
    }
    assert "cells[0].auc.high" in {mismatch.where for mismatch in verification.all_mismatches}


def test_a_copied_record_and_votes_of_nobody_are_caught(results: Path) -> None:
    record = read_records(results)[0]
    assert record.votes_path is not None
    shutil.copy(record.votes_path, record.votes_path.with_name("more.npz"))

    (stray,) = verify(results).all_mismatches
    shutil.copy(record.path, record.path.with_name("another.json"))
    (copied,) = verify(results).all_mismatches

    assert "belong to no record" in stray.problem
    assert "lies where no record of its content belongs" in copied.problem


def test_records_that_say_other_things_of_the_same_people_are_caught(results: Path, make_record: MakeRecord) -> None:
    record = make_record(model="c-model")
    arrays = {name: array for name, array in record.votes.items() if name != "groups"}
    document = {key: value for key, value in record.document.items() if key != "groups"}
    write_record(results, Record(document, arrays))
    assert verify(results).all_mismatches == ()

    order = np.arange(26)[::-1]
    along = {name: arrays[name][order] for name in arrays if name not in ("sizes", "codes", "photo_offsets", "scores")}
    turned = along | {
        "sizes": arrays["sizes"],
        "scores": arrays["scores"][order],
        "photo_offsets": arrays["photo_offsets"],
        "codes": arrays["codes"].reshape(26, 3, 3)[order].reshape(78, 3),
        "pseudonyms": arrays["pseudonyms"],
    }
    write_record(results, Record(document, turned))

    (mismatch,) = verify(results).all_mismatches
    assert mismatch.where == "votes.occurrences"
    assert "expected those of the same people in records/" in mismatch.problem


@_FEW
@given(data=st.data())
def test_every_changed_number_of_utility_is_caught(
    whole: Path, changed_at_one_place: Change, data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        results = Path(shutil.copytree(whole / "utility", Path(folder) / "utility")).parent
        path = min(results.rglob("*.json"))
        document = json.loads(path.read_bytes())
        # What guessing captions gives, and always naming the most frequent class, follows from photos.
        known = [{**score, "majority": None} for score in document["scores"] if score["task"] == "shape"]
        del known[0]["majority"], known[1]["majority"]
        changed_at_one_place(known, lambda places: data.draw(st.sampled_from(places)))
        document["scores"][:2] = [{**score, **now} for score, now in zip(document["scores"], known, strict=False)]
        path.write_text(json.dumps(document), encoding="utf-8")

        assert verify(results).all_mismatches


@pytest.mark.parametrize("answers", [("ff" * 5, "fe" * 5), ("0f" * 5, "f0" * 5)], ids=["fewer", "others"])
def test_the_first_answer_is_among_the_first_five(results: Path, answers: tuple[str, str]) -> None:
    path = min((results / "utility").rglob("*.json"))
    document = json.loads(path.read_bytes())
    for score, digits in zip(document["scores"], answers, strict=False):
        right = int(digits, 16).bit_count()
        estimate = estimate_document(proportion(right, 40))
        score |= {"right": right, "estimate": estimate, "answers": digits}
    path.write_text(json.dumps(document), encoding="utf-8")

    (mismatch,) = verify(results).all_mismatches

    assert mismatch.where == "scores[1].answers"
