import hashlib
import json
import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.errors import DatasetError, SettingError, UnknownPersonError
from idia.membership import Membership
from idia.people import Person

ADA, BEN, CLEO = (Person(name, ()) for name in ("Ada Example", "Ben Sample", "Cleo Specimen"))
ZOE_COMPOSED, ZOE_DECOMPOSED = (unicodedata.normalize(form, "Zoë Example") for form in ("NFC", "NFD"))


def write(folder: Path, text: str, name: str = "identities.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_counts_come_in_the_order_of_the_people() -> None:
    membership = Membership("toy", "injected", {"Ada Example": 75, "Ben Sample": 0})

    counts = membership.of([BEN, ADA])

    assert counts.tolist() == [0, 75]
    assert counts.dtype == np.int64
    assert membership.of([]).shape == (0,)


def test_people_are_found_in_any_case_and_unicode_form() -> None:
    membership = Membership("toy", "declared", {"ada_example": 1, ZOE_DECOMPOSED: 2})

    assert membership.of([ADA, Person(ZOE_COMPOSED, ())]).tolist() == [1, 2]


def test_somebody_absent_is_an_error_never_0() -> None:
    membership = Membership("toy", "declared", {"Ada Example": 1})

    with pytest.raises(
        UnknownPersonError,
        match=r"'Ben Sample' has no occurrence count for toy\. Write 0 for a non-member; absent does not mean 0\.",
    ):
        membership.of([ADA, BEN])


def test_no_more_than_five_absent_people_are_listed() -> None:
    membership = Membership("toy", "declared", {"Ada Example": 1})

    with pytest.raises(UnknownPersonError, match="'P4' and 2 more have no occurrence count"):
        membership.of([Person(f"P{i}", ()) for i in range(7)])


@pytest.mark.parametrize("header", ["name,occurrences", "\ufeffName,Occurrences", " name , OCCURRENCES ", "name,count"])
def test_a_table_is_read_with_any_of_its_headers(tmp_path: Path, header: str) -> None:
    membership = Membership.from_csv(write(tmp_path, f"{header}\r\nAda_Example,75\r\n\r\nBen Sample, 0 \r\n"))

    assert membership.counts == {"Ada Example": 75, "Ben Sample": 0}
    assert membership.groups == {}
    assert membership.training_set == "identities"


def test_groups_and_other_columns_may_follow(tmp_path: Path) -> None:
    table = ',name,count,membership,bin,Group\n0,Ada Example,3,member,"[0, 25)",a\n1,Ben Sample,0,non,"[0, 25)",\n'

    membership = Membership.from_csv(write(tmp_path, table))

    assert membership.counts == {"Ada Example": 3, "Ben Sample": 0}
    assert membership.groups == {"Ada Example": "a"}


def test_other_columns_are_metadata_unless_they_number_rows_or_repeat_who_is_a_member(tmp_path: Path) -> None:
    header = ",Name,Index,Height,occurrences,Split,group,height,page"
    table = f"{header}\n0,Ada_Example,0,1.8,3,train,a,9,\n1,Ben,1,,0,test,,8,b\n"

    membership = Membership.from_csv(write(tmp_path, table))

    assert membership.metadata == {
        "height": {"Ada Example": "9", "Ben": "8"},
        "Height": {"Ada Example": "1.8", "Ben": ""},
        "page": {"Ada Example": "", "Ben": "b"},
    }
    assert membership.columns_of([Person("ben", ()), CLEO, ADA]) == {
        "Height": ("", "", "1.8"),
        "height": ("8", "", "9"),
        "page": ("b", "", ""),
        "group": ("", "", "a"),
    }


def test_a_table_of_names_and_counts_has_no_columns_of_people() -> None:
    assert Membership("toy", "declared", {"Ada Example": 1}).columns_of([ADA]) == {}


def test_metadata_of_somebody_without_a_count_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"'Ben' has metadata \('height'\) but no count"):
        Membership("toy", "declared", {"Ada": 1}, {}, {"height": {"ada": "1.8", "Ben": "1.9"}})


@pytest.mark.parametrize(
    ("written", "count"), [("3.0", 3), ("3.", 3), ("007", 7), ("0", 0), ("123456789012345678", 123456789012345678)]
)
def test_a_whole_number_counts_however_it_is_written(tmp_path: Path, written: str, count: int) -> None:
    membership = Membership.from_csv(write(tmp_path, f"name,occurrences\nAda Example,{written}\n"))

    assert membership.of([ADA]).tolist() == [count]


@pytest.mark.parametrize(
    "written", ["-1", "-0", "2.5", "many", "nan", "inf", "1e3", '"1,000"', "1_000", "+3", "٣", "0x1", "3 4", "9" * 19]
)
def test_a_count_that_is_no_whole_number_is_refused_with_its_line(tmp_path: Path, written: str) -> None:
    path = write(tmp_path, f"name,occurrences\nBen Sample,1\nAda Example,{written}\n")

    with pytest.raises(DatasetError, match=r"identities\.csv', line 3: the count of 'Ada Example' must be a whole"):
        Membership.from_csv(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("name,occurrences\n", "has a header but no rows"),
        ("person,occurrences\nAda,1\n", "no column 'name'; its first line holds 'person', 'occurrences'"),
        ("name,n\nAda,1\n", "no column 'occurrences'; its first line holds 'name', 'n'"),
        ("name;occurrences\nAda;1\n", "Separate columns by commas"),
        ("name,count,occurrences\nAda,1,1\n", "several columns that mean the same"),
        ("name,occurrences\n,1\n", "line 2: the name is empty"),
        ("name,occurrences\n_,1\n", "line 2: the name is empty"),
        ("name,occurrences\nAda,\n", r"line 2: the count of 'Ada' .* got nothing\. Write 0 for a non-member"),
        ("name,occurrences\nAda\n", r"line 2: the count of 'Ada' .* got nothing"),
        ("name,occurrences\nAda,1\nBen,2\nAda,1\n", r"line 4: 'Ada' comes twice \(line 2\)"),
        ("name,occurrences\nAda B,1\nada_b,1\n", r"line 3: 'Ada B' and 'ada_b' are one name .* \(line 2\)"),
        (
            f"name,occurrences\n{ZOE_COMPOSED},1\n{ZOE_DECOMPOSED},1\n",
            r"line 3: 'Zo\\xeb Example' and 'Zoe\\u0308 Example' are one name .* \(line 2\)",
        ),
        ("name,occurrences\nExample, Ada,1\n", "line 2: 3 columns, but the first line has 2"),
        ('name,occurrences\n"Ada,1\n', "line 2: not a CSV row"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        Membership.from_csv(write(tmp_path, text))


def test_a_table_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "identities.csv"
    path.write_bytes("name,occurrences\nZoë,1\n".encode("latin-1"))

    with pytest.raises(DatasetError, match="is not UTF-8 text"):
        Membership.from_csv(path)


def test_a_table_that_is_not_there_is_an_error_of_our_own(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such file"):
        Membership.from_csv(tmp_path / "identities.csv")


@pytest.mark.parametrize(("column", "how_known"), [("count", "caption-search"), ("occurrences", "declared")])
def test_the_column_tells_how_membership_is_known(tmp_path: Path, column: str, how_known: str) -> None:
    membership = Membership.from_csv(write(tmp_path, f"name,{column}\nAda Example,1\n", "laion.csv"))

    assert (membership.how_known, membership.training_set) == (how_known, "laion")


def test_a_recipe_beside_the_very_table_makes_it_ground_truth_we_injected(tmp_path: Path) -> None:
    path = write(tmp_path, "name,occurrences\nAda Example,1\n")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    recipe = tmp_path / "recipe.json"

    recipe.write_text(json.dumps({"identities_sha256": sha256, "training_set": "lfw, seed 0"}))
    injected = Membership.from_csv(path)
    recipe.write_text(json.dumps({"identities_sha256": sha256}))
    unnamed = Membership.from_csv(path)
    write(tmp_path, "name,occurrences\nAda Example,2\n")
    edited = Membership.from_csv(path)

    assert (injected.how_known, injected.training_set) == ("injected", "lfw, seed 0")
    assert (unnamed.how_known, unnamed.training_set) == ("injected", "identities")
    assert (edited.how_known, edited.training_set) == ("declared", "identities")


@pytest.mark.parametrize("count", [-1, 2.0, True, "3", None, 10**30])
def test_a_given_count_must_be_a_whole_number(count: object) -> None:
    with pytest.raises(DatasetError, match="the count of 'Ada' must be a whole number from 0"):
        Membership("toy", "declared", {"Ada": count})  # type: ignore[dict-item]  # the mistakes under test


def test_given_counts_may_be_numpy_integers() -> None:
    membership = Membership("toy", "declared", {"Ada Example": np.int32(4)})  # type: ignore[dict-item]  # as it comes

    assert membership.of([ADA]).tolist() == [4]
    assert type(membership.counts["Ada Example"]) is int


@pytest.mark.parametrize("names", [("Ada", "ada"), (ZOE_COMPOSED, ZOE_DECOMPOSED), ("A B", "A_B")])
def test_one_name_given_twice_is_refused(names: tuple[str, str]) -> None:
    with pytest.raises(DatasetError, match="are one name"):
        Membership("toy", "declared", dict.fromkeys(names, 1))


def test_no_counts_or_a_blank_name_or_unknown_provenance_are_refused() -> None:
    with pytest.raises(DatasetError, match="no membership counts"):
        Membership("toy", "declared", {})
    with pytest.raises(DatasetError, match="is blank"):
        Membership("toy", "declared", {" ": 1})
    with pytest.raises(SettingError, match="how_known must be one of injected, caption-search, declared"):
        Membership("toy", "guessed", {"Ada": 1})  # type: ignore[arg-type]  # the mistake under test


def test_later_changes_of_the_given_mapping_change_nothing() -> None:
    counts = {"Ada Example": 1}
    membership = Membership("toy", "declared", counts)
    counts["Ada Example"] = 0

    assert membership.counts == {"Ada Example": 1}


@settings(deadline=None, max_examples=30)
@given(st.permutations([("Ada Example", 1), ("Ben Sample", 0), ("Cleo Specimen", 7)]))
def test_the_fingerprint_does_not_depend_on_the_order_of_the_rows(rows: list[tuple[str, int]]) -> None:
    sorted_rows = Membership("a", "injected", dict(sorted(rows)))

    assert Membership("b", "declared", dict(rows)).sha256 == sorted_rows.sha256
    assert Membership("b", "declared", dict(rows)).of([CLEO, ADA]).tolist() == [7, 1]


def test_the_fingerprint_depends_on_names_and_counts_alone() -> None:
    tables = [
        Membership("toy", "declared", {"Ada": 1}),
        Membership("toy", "declared", {"Ada": 2}),
        Membership("toy", "declared", {"Ben": 1}),
    ]

    assert len({membership.sha256 for membership in tables}) == 3
    # How members are reported, and what else is known of them, changes nothing in who is one.
    assert Membership("toy", "declared", {"Ada": 1}, {"Ada": "x"}, {"age": {"Ada": "9"}}).sha256 == tables[0].sha256


def test_the_fingerprint_is_what_it_always_was() -> None:
    table = Membership("toy", "declared", {"Ada Example": 75, "Ben Sample": 0})

    content = json.dumps([["Ada Example", 75, ""], ["Ben Sample", 0, ""]])
    assert table.sha256 == hashlib.sha256(content.encode()).hexdigest()


@pytest.mark.real_photos
@pytest.mark.skipif("IDIA_TEST_DATA" not in os.environ, reason="IDIA_TEST_DATA names no folder of real inputs")
def test_published_caption_counts_load() -> None:
    membership = Membership.from_csv(Path(os.environ["IDIA_TEST_DATA"]) / "laion400m" / "caption_counts.csv")
    counts = membership.of([Person(name, ()) for name in membership.counts])

    assert len(counts) == 548
    assert (counts > 0).sum() == 540
    assert counts.max() == 36_981
    assert membership.how_known == "caption-search"
    assert membership.training_set == "caption_counts"
