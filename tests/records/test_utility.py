import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from idia.errors import RecordError
from idia.prompts import PromptTemplates
from idia.records import read_utility, utility_document, utility_path, write_utility
from idia.records.schema import NewerRecordError
from idia.records.utility import check_utility
from idia.statistics import proportion
from idia.tasks import RetrievalTask, TaskSet, ZeroShotTask
from idia.utility import UtilityScore

Edit = Callable[[dict[str, Any]], object]


def tasks() -> TaskSet:
    photos = tuple(Image.new("RGB", (2, 2), (shade, 0, 0)) for shade in range(8))
    words = PromptTemplates(("{}", "a photo of {}"))
    return TaskSet(
        "a-world",
        (
            ZeroShotTask("shape", ("secretstar", "secretcube"), words, photos, np.arange(8) % 2),
            RetrievalTask("captions", photos, tuple(f"secret caption {at}" for at in range(8)), np.arange(8)),
        ),
        unreadable=1,
    )


@pytest.fixture
def utility(document: dict[str, Any]) -> dict[str, Any]:
    scores = (
        UtilityScore("shape", "top-1", proportion(7, 8), 0.5, 0.5, 2, np.arange(8) > 0),
        UtilityScore("captions", "rank@1", proportion(3, 8), 1 / 8, None, 8, np.arange(8) < 3),
        UtilityScore("captions", "rank@5", proportion(8, 8), 5 / 8, None, 8, np.ones(8, dtype=bool)),
    )
    parts = {key: document[key] for key in ("model", "suite", "environment")}
    return utility_document(tasks(), scores, **parts)


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path, utility: dict[str, Any]) -> None:
    assert write_utility(tmp_path, utility)

    (stored,) = read_utility(tmp_path)

    assert stored.document == utility
    assert stored.path == utility_path(tmp_path, utility)
    weights, manifest = utility["model"]["weights_sha256"][:8], tasks().manifest_sha256[:8]
    assert stored.path.parent == tmp_path / "utility" / f"a-world-{manifest}"
    assert stored.path.name.endswith(f"-{weights}.json")


def test_numbers_and_hashes_are_written_but_no_words(tmp_path: Path, utility: dict[str, Any]) -> None:
    write_utility(tmp_path, utility)

    (content,) = _files(tmp_path).values()
    read = json.loads(content)

    assert b"secret" not in content
    assert read["data"]["unreadable_dropped"] == 1
    assert [task["n_templates"] for task in read["data"]["tasks"]] == [2, None]
    assert [score["right"] for score in read["scores"]] == [7, 3, 8]
    assert read["scores"][1]["majority"] is None


def test_the_same_result_from_elsewhere_changes_no_byte(tmp_path: Path, utility: dict[str, Any]) -> None:
    write_utility(tmp_path, utility)
    before = _files(tmp_path)
    elsewhere = copy.deepcopy(utility)
    elsewhere["suite"]["dirty"] = True
    elsewhere["environment"]["cpu"] = "another processor"

    assert not write_utility(tmp_path, elsewhere)
    assert _files(tmp_path) == before

    elsewhere["scores"][0] |= {"majority": 0.75}
    assert write_utility(tmp_path, elsewhere)
    assert _files(tmp_path) != before


def test_an_activation_chosen_against_the_weights_gets_a_file_of_its_own(utility: dict[str, Any]) -> None:
    other = copy.deepcopy(utility)
    other["model"]["spec"] += "?activation=gelu"

    assert utility_path(Path(), other) != utility_path(Path(), utility)


def test_a_damaged_file_is_named_and_written_anew(tmp_path: Path, utility: dict[str, Any]) -> None:
    write_utility(tmp_path, utility)
    path = utility_path(tmp_path, utility)
    path.write_text("{")

    with pytest.raises(RecordError, match=r"\.json is not a valid record: expected JSON"):
        read_utility(tmp_path)
    assert write_utility(tmp_path, utility)
    assert len(read_utility(tmp_path)) == 1


def test_a_newer_record_is_not_replaced(tmp_path: Path, utility: dict[str, Any]) -> None:
    write_utility(tmp_path, utility)
    path = utility_path(tmp_path, utility)
    path.write_text(json.dumps({**utility, "schema_version": 2}))

    with pytest.raises(NewerRecordError, match="Update idia"):
        write_utility(tmp_path, utility)


def test_a_record_that_was_moved_is_an_error(tmp_path: Path, utility: dict[str, Any]) -> None:
    write_utility(tmp_path, utility)
    path = utility_path(tmp_path, utility)
    path.rename(path.with_name("moved.json"))

    with pytest.raises(RecordError, match="lies where no record of its content belongs"):
        read_utility(tmp_path)


def test_a_folder_without_utility_has_none(tmp_path: Path) -> None:
    assert read_utility(tmp_path) == ()


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda u: u["data"].update(id="/home/ada/photos"), r"data\.id: .*absolute path"),
        (lambda u: u["model"].update(name="/home/ada/model"), r"model\.name: .*absolute path"),
        (lambda u: u["scores"][0].update(task="form"), r"nothing was measured for the task 'shape'"),
        (
            lambda u: u["scores"].append({**u["scores"][0], "task": "form"}),
            r"scores\[3\]\.task: there is no task 'form'",
        ),
        (lambda u: u["scores"].pop(0), r"nothing was measured for the task 'shape'"),
        (lambda u: u["scores"][0].update(right=6), r"scores\[0\]\.right: 6 of 8 is not 0\.875"),
        (lambda u: u["scores"][0]["estimate"].update(n=9), r"9 is not the number of photos"),
        (lambda u: u["scores"][0]["estimate"].update(low=0.9), r"does not hold the value"),
        (lambda u: u["scores"][0].update(metric="top-3"), r"'top-3' is not one of"),
        (lambda u: u["scores"][0].update(chance=float("inf")), r"scores\[0\]\.chance: inf is not a number"),
        (lambda u: u["data"]["tasks"].append({**u["data"]["tasks"][0]}), r"two tasks have the same name"),
        (lambda u: u.update(captions=["secret"]), r"Additional properties are not allowed"),
        (lambda u: u["environment"].pop("cpu"), r"environment: 'cpu' is a required property"),
    ],
)
def test_a_record_that_contradicts_itself_is_not_written(
    tmp_path: Path, utility: dict[str, Any], edit: Edit, message: str
) -> None:
    edit(utility)

    with pytest.raises(RecordError, match=message):
        write_utility(tmp_path, utility)
    assert _files(tmp_path) == {}


def test_answers_are_kept_photo_by_photo_and_agree_with_their_number(utility: dict[str, Any]) -> None:
    shape, rank, _ = utility["scores"]

    assert [score["answers"] for score in (shape, rank)] == ["7f", "e0"]
    for wrong in ("e1", "c0", "e000"):
        rank["answers"] = wrong
        with pytest.raises(RecordError, match=r"scores\[1\].answers: they are not those of 3 right photos of 8"):
            check_utility(utility)
