import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from idia.records import Record, StoredRecord, record_path
from idia.report.markdown import _places, leaderboard_markdown

MakeRecord = Callable[..., Record]


def _markdown(*records: Record) -> str:
    stored = [StoredRecord(record_path(Path("results"), record.document), record.document) for record in records]
    return leaderboard_markdown(stored)


def _tables(text: str) -> list[list[list[str]]]:
    """Every table as rows of cells, header first."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    split = [[[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in b.splitlines()] for b in blocks]
    return [[table[0], *table[2:]] for table in split]


def _estimate(low: float | None, high: float | None) -> dict[str, Any]:
    return {"low": low, "high": high}


@pytest.mark.parametrize(
    ("ends", "places"),
    [
        ([(0.4, 0.6)], ["1"]),
        ([(0.1, 0.2), (0.5, 0.6)], ["2", "1"]),
        ([(0.4, 0.6), (0.5, 0.7)], ["1–2", "1–2"]),
        ([(0.8, 0.9), (0.4, 0.6), (0.5, 0.7), (0.0, 0.1)], ["1", "2–3", "2–3", "4"]),
        # The middle one overlaps both its neighbours, which do not overlap each other.
        ([(0.6, 0.8), (0.45, 0.65), (0.3, 0.5)], ["1–2", "1–3", "2–3"]),
        ([(0.5, 0.6), (None, None)], ["1", "–"]),
    ],
)
def test_models_whose_intervals_overlap_share_places(
    ends: Sequence[tuple[float | None, float | None]], places: list[str]
) -> None:
    assert _places([_estimate(*each) for each in ends]) == places


def test_models_on_the_same_people_are_in_one_table_ordered_by_the_lower_end(make_record: MakeRecord) -> None:
    text = _markdown(
        make_record(model="weak", found=(0.05,) * 40, accused=(0.0,) * 40, with_bins=False),
        make_record(model="strong", found=(0.9,) * 40, accused=(0.0,) * 40, with_bins=False),
    )
    (table,) = _tables(text)

    assert table[0] == ["Place", "Model", "n", "TPR", "FPR", "AUC", "Accuracy"]
    assert [row[:3] for row in table[1:]] == [
        ["1", table[1][1], "40 / 40"],
        ["2", table[2][1], "40 / 40"],
    ]
    assert table[1][1].startswith("[strong][")
    assert table[1][3] == "1.00 [0.91, 1.00]"


def test_a_model_alone_has_no_place(make_record: MakeRecord) -> None:
    (table,) = _tables(_markdown(make_record(with_bins=False)))

    assert table[0][0] == "Model"


def test_other_people_membership_or_protocol_are_another_table(make_record: MakeRecord) -> None:
    text = _markdown(
        make_record(with_bins=False),
        make_record(with_bins=False, people="others"),
        make_record(with_bins=False, protocol={"sha256": "0" * 64}),
        make_record(with_bins=False, membership={"membership_sha256": "0" * 64}),
    )

    assert len(_tables(text)) == 4


def test_training_occurrences_have_a_table_of_their_own_by_number(make_record: MakeRecord) -> None:
    record = make_record(occurrences=(75, 5, 100))
    cells = [*record.document["cells"], {**record.document["cells"][-1], "occurrences": "6-9"}]
    overall, bins = _tables(_markdown(Record({**record.document, "cells": cells}, {})))

    assert len(overall) == 2
    assert [row[0] for row in bins] == ["Occurrences", "5", "6–9", "75", "100"]


def test_models_link_to_figures_that_lie_where_figures_are_rendered(make_record: MakeRecord) -> None:
    record = make_record()
    text = _markdown(record)
    folder = record_path(Path(), record.document).relative_to("records").with_suffix("")
    (reference,) = re.findall(r"\]\[([0-9a-f]{8})\]", text)

    assert f"[{reference}]: figures/{folder.as_posix()}\n" in text


def test_controls_are_in_a_table_of_their_own(make_record: MakeRecord) -> None:
    control = {"kind": "permuted-map", "of": "a"}
    nothing = (0.0,) * 8
    text = _markdown(
        make_record(model="a", with_bins=False),
        make_record(model="b", found=nothing, accused=nothing, with_bins=False, control=control),
    )
    board, controls = _tables(text)

    assert len(board) == 2
    assert controls[0][:3] == ["Model", "Control", "People"]
    assert controls[1][:3] == ["b", "permuted map", "made-up-people"]
    assert text.index("[a][") < text.index("## Controls") < text.index("| b ")


def test_failed_and_invalid_records_are_named_but_not_ranked(make_record: MakeRecord) -> None:
    failed: dict[str, Any] = {"status": "error", "cells": [], "threshold_sweep": []}
    text = _markdown(make_record(model="broken", **failed), make_record(model="spoilt", status="invalid"))
    (table,) = _tables(text)

    assert "No model has been scored yet." in text
    assert [row[0] for row in table] == ["Model", "broken (error)", "spoilt (invalid)"]


def test_a_partial_record_says_so(make_record: MakeRecord) -> None:
    assert "[a (partial)][" in _markdown(make_record(model="a", status="partial"))


def test_the_reader_is_told_what_the_numbers_do_not_say(make_record: MakeRecord) -> None:
    text = " ".join(_markdown(make_record()).split())

    for statement in (
        "95 % intervals **over people**",
        "deviation over draws is in the records",
        "Not found is not proof of absence",
        "cannot be told apart",
    ):
        assert statement in text


def test_hostile_names_are_no_markup(make_record: MakeRecord) -> None:
    text = _markdown(make_record(model="a|b <img src=x> [c](d) `e` _f_", people="x\n| y", with_bins=False))
    ((_, row),) = _tables(text)

    assert row[0].startswith(r"[a\|b \<img src=x\> \[c\](d) \`e\` \_f\_][")
    assert "## x \\| y: `" in text
