import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from idia.records import Record, StoredRecord, record_path
from idia.report.board import board_of
from idia.report.markdown import leaderboard_markdown

MakeRecord = Callable[..., Record]


def _markdown(*records: Record) -> str:
    stored = [StoredRecord(record_path(Path("results"), record.document), record.document) for record in records]
    return leaderboard_markdown(board_of(stored))


def _tables(text: str) -> list[list[list[str]]]:
    """Every table as rows of cells, header first."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    split = [[[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in b.splitlines()] for b in blocks]
    return [[table[0], *table[2:]] for table in split]


def test_models_on_the_same_people_are_in_one_table_ordered_by_their_area(make_record: MakeRecord) -> None:
    text = _markdown(
        make_record(model="weak", found=(0.05,) * 40, accused=(0.0,) * 40, with_bins=False),
        make_record(model="strong", found=(0.9,) * 40, accused=(0.0,) * 40, with_bins=False),
    )
    table = _tables(text)[0]

    assert table[0] == ["Rank", "Model", "n", "TPR", "FPR", "AUC", "TPR at FPR 1 %", "Claim", "Protocol", "Status"]
    assert [row[:3] for row in table[1:]] == [
        ["1", table[1][1], "40 / 40"],
        ["2", table[2][1], "40 / 40"],
    ]
    assert table[1][1].startswith("[strong][")
    assert table[1][3] == "1.00 [0.91, 1.00]"


def test_a_model_alone_has_no_rank(make_record: MakeRecord) -> None:
    table = _tables(_markdown(make_record(with_bins=False)))[0]

    assert table[0][0] == "Model"


def test_other_people_membership_or_protocol_are_another_table(make_record: MakeRecord) -> None:
    text = _markdown(
        make_record(with_bins=False),
        make_record(with_bins=False, people="others"),
        make_record(with_bins=False, protocol={"sha256": "0" * 64}),
        make_record(with_bins=False, membership={"membership_sha256": "0" * 64}),
    )

    assert len([table for table in _tables(text) if table[0][0] == "Model"]) == 4


def test_training_occurrences_have_a_table_of_their_own_by_number(make_record: MakeRecord) -> None:
    record = make_record(occurrences=(75, 5, 100))
    cells = [*record.document["cells"], {**record.document["cells"][-1], "occurrences": "6-9"}]
    overall, bins, _ = _tables(_markdown(Record({**record.document, "cells": cells}, {})))

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
    board, controls, _ = _tables(text)

    assert len(board) == 2
    assert controls[0][:4] == ["Model", "Control", "For", "People"]
    assert controls[1][:4] == ["b", "permuted map", "a", "made-up-people"]
    assert controls[1][-1] == "nothing, as expected"
    assert text.index("[a][") < text.index("## Controls") < text.index("| b ")


def test_a_control_that_finds_people_says_that_something_is_wrong(make_record: MakeRecord) -> None:
    control = {"kind": "clean-model", "of": "a"}
    (controls,) = _tables(_markdown(make_record(found=(1.0,) * 20, accused=(0.0,) * 20, control=control)))

    assert controls[1][1] == "clean model"
    assert controls[1][-1] == "**TPR above FPR: something is wrong**"


def test_several_models_have_their_bins_side_by_side_and_one_has_them_below_each_other(make_record: MakeRecord) -> None:
    records = [make_record(model=model, occurrences=(1, 75)) for model in "ab"]
    _, bins, _ = _tables(_markdown(*records))
    _, alone, _ = _tables(_markdown(records[0]))

    assert bins[0] == ["TPR of members with", "1 pair (n = 4)", "75 pairs (n = 4)"]
    assert [row[0] for row in bins[1:]] == ["a", "b"]
    assert bins[1][1] == alone[1][2]
    assert alone[0] == ["Occurrences", "n", "TPR", "FPR", "AUC", "TPR at FPR 1 %"]


def test_the_trend_over_occurrences_stands_below_their_table(make_record: MakeRecord) -> None:
    members = {"found": (0.0,) * 20 + (1.0,) * 20, "accused": (0.0,) * 9, "occurrences": (1,) * 20 + (75,) * 20}
    rising = make_record(model="rising", **members)
    unknown = make_record(model="unknown", **members, trend=None)

    assert "\nTPR rises with occurrences: exact trend test p < 1e-6 (40 members).\n" in _markdown(rising)
    assert "\n* rising: TPR rises with occurrences" in _markdown(rising, unknown)
    assert "trend test p" not in _markdown(unknown)


def test_members_in_no_group_are_counted(make_record: MakeRecord) -> None:
    record = make_record(occurrences=(5, 75))
    cells = [cell for cell in record.document["cells"] if cell["occurrences"] != "75"]

    assert "(4 are in none of these groups)" in _markdown(Record({**record.document, "cells": cells}, {}))


def test_models_with_one_count_each_are_in_one_table_by_count(make_record: MakeRecord) -> None:
    text = _markdown(*(make_record(model=f"vit-{count}", occurrences=(count,), seed=count) for count in (75, 1, 10)))
    table = _tables(text)[0]

    assert [row[0] for row in table] == ["Occurrences", "1", "10", "75"]
    assert table[2][1].startswith("[vit-10][")
    assert "## made-up-people: one model per count" in text
    assert "(24 verdicts on the same people)" in text
    assert re.search(r"\(figures/\S+/one-model-per-count-[0-9a-f]{8}/heatmap\.svg\)", text)


def test_published_numbers_are_shown_as_such(make_record: MakeRecord) -> None:
    text = _markdown(make_record())
    published = _tables(text)[-1]

    assert "## Published, for comparison\n\nHintersdorf et al." in text
    assert published[0][-1] == "Published"
    assert ["CC3M", "ViT-B/32", "1", "TPR 0.249"] in published
    assert ["CC3M", "RN50, ViT-B/32, RN50x4", "75", "TPR > 0.95; FPR < 0.018"] in published
    assert "Published" not in _markdown()


def test_failed_and_invalid_records_are_named_but_not_ranked(make_record: MakeRecord) -> None:
    failed: dict[str, Any] = {"status": "error", "cells": [], "threshold_sweep": []}
    spoilt = make_record(model="spoilt", status="invalid", invalid_because="the control permuted-map finds people")
    text = _markdown(make_record(model="broken", **failed), spoilt)
    invalid, broken = _tables(text)

    assert "No model has been scored yet." in text
    assert [row[0] for row in broken] == ["Model", "broken (error)"]
    assert [row[0] for row in invalid] == ["Model", "spoilt (invalid)"]
    assert invalid[1][3] == "8 / 8"
    assert invalid[1][-1] == "the control permuted-map finds people"


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
    _, row = _tables(text)[0]

    assert row[0].startswith(r"[a\|b \<img src=x\> \[c\](d) \`e\` \_f\_][")
    assert "## x \\| y: `" in text
