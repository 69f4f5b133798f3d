from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idia.records import Record, StoredRecord, record_path
from idia.report.comparisons import comparisons
from idia.report.figures import comparison_files
from idia.statistics import trend_test

MakeRecord = Callable[..., Record]
LADDER = "one-model-per-count"


def _stored(*records: Record) -> list[StoredRecord]:
    return [StoredRecord(record_path(Path("results"), record.document), record.document) for record in records]


def _of_counts(make_record: MakeRecord, *counts: int, **parts: Any) -> list[Record]:
    """Models of one count each: other truths, and so other protocols, but the same people and question."""
    return [
        make_record(
            model=f"vit-{count}",
            occurrences=(count,),
            seed=count,
            membership={"membership_sha256": f"{count:064x}"},
            **parts,
        )
        for count in counts
    ]


def test_models_with_one_count_each_are_shown_together_by_count(make_record: MakeRecord) -> None:
    (ladder,) = comparisons(_stored(*_of_counts(make_record, 75, 1, 10)))

    assert ladder.kind == LADDER
    assert [document["model"]["name"] for document in ladder.documents] == ["vit-1", "vit-10", "vit-75"]
    assert ladder.folder.parent.name == "idia"
    assert ladder.folder.name.startswith(f"{LADDER}-")


def test_its_place_depends_on_nothing_but_the_question(make_record: MakeRecord) -> None:
    records = _stored(*_of_counts(make_record, 75, 1, 10))
    (all_three,), (two,) = comparisons(records[::-1]), comparisons(records[:2])

    assert all_three.folder == two.folder == comparisons(records)[0].folder


def test_the_trend_is_that_of_the_models_found_counts(make_record: MakeRecord) -> None:
    records = _of_counts(make_record, 1, 75, found=(0.5,) * 30, accused=(0.0,) * 5)
    (ladder,) = comparisons(_stored(*records))
    found = [record.document["cells"][-1]["counts"]["tp"] for record in records]

    assert ladder.trend is not None
    assert ladder.trend["p"] == trend_test([round(each) for each in found], [30, 30]).p
    assert ladder.trend["n"] == 60


def test_verdicts_that_depend_on_the_draw_have_no_trend(make_record: MakeRecord) -> None:
    records = _of_counts(make_record, 1, 75, found=(0.2,) * 30, sizes=(3,))
    (ladder,) = comparisons(_stored(*records))

    assert ladder.trend is None


@pytest.mark.parametrize(
    "change",
    [
        {"people": "others"},
        {"protocol": {"tau": 2}},
        {"model": {"architecture": "another"}},
        {"control": {"kind": "permuted-map", "of": "a"}},
        {"status": "invalid"},
    ],
)
def test_what_was_asked_something_else_or_is_another_kind_of_model_is_no_rung(
    make_record: MakeRecord, change: dict[str, Any]
) -> None:
    first, second = _of_counts(make_record, 1, 75)
    for key, value in change.items():
        part = {"people": {"id": value, "manifest_sha256": "0" * 64}}.get(key, value)
        old = second.document[key]
        second.document[key] = {**old, **part} if isinstance(old, dict) else part  # type: ignore[index]

    assert LADDER not in {each.kind for each in comparisons(_stored(first, second))}


def test_two_models_of_the_same_count_are_compared_but_are_no_ladder(make_record: MakeRecord) -> None:
    records = [make_record(model=name, occurrences=(5,), seed=seed) for seed, name in enumerate("ab")]

    assert [each.kind for each in comparisons(_stored(*records))] == ["models"]


def test_models_of_one_question_are_compared_by_name_controls_last_whatever_the_truth(make_record: MakeRecord) -> None:
    records = [
        make_record(model="a-control", occurrences=(1, 75), control={"kind": "clean-model", "of": "b"}),
        make_record(model="twin", occurrences=(1, 75), membership={"membership_sha256": "0" * 64}),
        make_record(model="b", occurrences=(1, 75)),
    ]
    (compared,) = comparisons(_stored(*records))

    assert [document["model"]["name"] for document in compared.documents] == ["b", "twin", "a-control"]
    assert compared.trend is None


def test_a_model_and_its_control_alone_are_no_comparison(make_record: MakeRecord) -> None:
    control = make_record(model="c", control={"kind": "permuted-map", "of": "b"})

    assert comparisons(_stored(make_record(model="b"), control)) == ()


def test_a_ladder_has_every_figure_and_the_tables_name_the_models(make_record: MakeRecord) -> None:
    (ladder,) = comparisons(_stored(*_of_counts(make_record, 1, 10, 75)))
    files = comparison_files(ladder)

    stems = ("attack-samples", "occurrences", "heatmap")
    assert set(files) == {f"{stem}.{kind}" for stem in stems for kind in ("svg", "csv")} | {"confusion.svg"}
    assert {name for name, _ in ladder.figures} == {name for name in files if name.endswith(".svg")}
    lines = files["occurrences.csv"].decode().splitlines()
    assert [line.split(",")[0] for line in lines] == ["model", "vit-1", "vit-10", "vit-75"]
    assert b"<!-- vit-10 (10 pairs each) -->" in files["confusion.svg"]
    assert b"trend test p" in files["occurrences.svg"]
    assert comparison_files(ladder) == files


def test_models_are_drawn_with_their_names_controls_and_other_members_marked(make_record: MakeRecord) -> None:
    records = [
        make_record(model="b", occurrences=(1, 75)),
        make_record(model="c", occurrences=(1, 75)),
        make_record(model="twin", occurrences=(1, 75), membership={"membership_sha256": "0" * 64}),
        make_record(model="clean", occurrences=(1, 75), control={"kind": "clean-model", "of": "b"}),
    ]
    (compared,) = comparisons(_stored(*records))
    files = comparison_files(compared)

    for words in (b"<!-- b -->", b"<!-- twin (other members) -->", b"<!-- clean (control) -->"):
        assert words in files["attack-samples.svg"]
        assert words in files["occurrences.svg"]
    assert {name for name, _ in compared.figures} == {name for name in files if name.endswith(".svg")}


def test_models_without_common_bins_are_compared_by_photos_alone(make_record: MakeRecord) -> None:
    records = [make_record(model="b", occurrences=(1, 75)), make_record(model="c", occurrences=(1, 50))]
    (compared,) = comparisons(_stored(*records))

    assert set(comparison_files(compared)) == {"attack-samples.svg", "attack-samples.csv"}
    assert [name for name, _ in compared.figures] == ["attack-samples.svg"]
