import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from idia.errors import RecordError
from idia.records.schema import NewerRecordError, Schema, holds_absolute_path

SCHEMAS = ("record.schema.json", "utility.schema.json")


def content(file: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(files("idia").joinpath("data", file).read_text(encoding="utf-8"))
    return loaded


def test_every_schema_is_looked_at_here() -> None:
    assert {file.name for file in files("idia").joinpath("data").iterdir() if "schema" in file.name} == set(SCHEMAS)


@pytest.mark.parametrize("file", SCHEMAS)
def test_a_schema_is_itself_valid(file: str) -> None:
    Draft202012Validator.check_schema(content(file))


@pytest.mark.parametrize("file", SCHEMAS)
def test_every_object_of_a_schema_refuses_unknown_keys(file: str) -> None:
    def open_objects(part: Any, where: str) -> list[str]:
        if isinstance(part, list):
            return [found for at, item in enumerate(part) for found in open_objects(item, f"{where}[{at}]")]
        if not isinstance(part, dict):
            return []
        declares = "properties" in part and "type" in part
        own = [where] if declares and part.get("additionalProperties") is not False else []
        return own + [found for key, item in part.items() for found in open_objects(item, f"{where}.{key}")]

    assert open_objects({key: part for key, part in content(file).items() if key != "allOf"}, "") == []


@pytest.mark.parametrize("file", SCHEMAS)
def test_all_parts_that_a_schema_refers_to_exist(file: str) -> None:
    def references(part: Any) -> list[str]:
        items = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        own = [part["$ref"]] if isinstance(part, dict) and "$ref" in part else []
        return own + [found for item in items for found in references(item)]

    found = references(content(file))
    assert found
    for reference in found:
        other, _, pointer = reference.partition("#/")
        part = content(other or file)
        for key in pointer.split("/"):
            part = part[key]


def test_another_version_is_told_from_a_damaged_file() -> None:
    schema = Schema("utility.schema.json", 1)

    with pytest.raises(NewerRecordError, match="2 was written by a newer version"):
        schema.decoded(b'{"schema_version": 2}')
    with pytest.raises(RecordError, match="expected JSON"):
        schema.decoded(b'{"schema_version": 1')
    with pytest.raises(RecordError, match="not a number that JSON can hold"):
        schema.check({"scores": [{"chance": float("nan")}]})


def test_parts_of_another_schema_are_checked(document: dict[str, Any]) -> None:
    schema = Schema("utility.schema.json", 1)
    schema.check_part("environment", document["environment"])

    with pytest.raises(RecordError, match="is a required property"):
        schema.check_part("environment", {})


@pytest.mark.parametrize("text", ["/home/ada/model", "x, ~/model", r"C:\models\a", r"\\server\share", "local-dir:/m"])
def test_absolute_paths_are_recognised(text: str) -> None:
    assert holds_absolute_path(text)


@pytest.mark.parametrize("text", ["org/repo", "https://example.org/a", "hf-hub:org/repo", "a model // of ours"])
def test_other_texts_are_no_absolute_paths(text: str) -> None:
    assert not holds_absolute_path(text)
