import re
from collections.abc import Callable
from typing import Any

from idia.records import Record
from idia.report import described_models, summary_table

MakeRecord = Callable[..., Record]


def test_a_table_of_headline_rows(make_record: MakeRecord) -> None:
    record = make_record(found=(1.0,) * 24, accused=(0.0,) * 24, occurrences=(5, 75), model="ToyClip", people="toy")

    expected = """\
Model    People  Photos  Occ.  n      τ  TPR [95 %]        FPR [95 %]      AUC [95 %]
───────  ──────  ──────  ────  ─────  ─  ────────────────  ──────────────  ────────────────
ToyClip  toy     all     all   24/24  1  1.00 [.86, 1.00]  .00 [.00, .14]  1.00 [.92, 1.00]
                 all     5     12/24  1  1.00 [.74, 1.00]  .00 [.00, .14]  1.00 [.87, 1.00]
                 all     75    12/24  1  1.00 [.74, 1.00]  .00 [.00, .14]  1.00 [.87, 1.00]
  no rise of the TPR with occurrences is shown: exact trend test p > .99 (24 members)"""
    assert expected == summary_table([record.document])


def test_long_names_are_shortened_in_the_middle_until_the_table_fits(make_record: MakeRecord) -> None:
    documents = [
        make_record(
            model=f"hf-hub:{'long' * 30}/model-v{at}",
            people="people-with-a-very-long-name-indeed",
            found=(1.0,) * 145,
            accused=(1.0,) * 145,
            control={"kind": "permuted-map", "of": "m"} if at else None,
        ).document
        for at in (0, 1)
    ]
    lines = summary_table(documents).splitlines()

    assert max(map(len, lines)) <= 118
    assert re.search(r"^hf-hub:.*….*model-v0 +peopl", lines[2])
    assert lines[3] == "Controls, expected to find nobody:"
    assert re.search(r"^hf-.*….*v1 +peopl", lines[4])
    assert len(lines) == 5


def test_several_models_have_a_row_each_and_one_line_of_bins(make_record: MakeRecord) -> None:
    mixed = {"found": (0.0,) * 20 + (1.0,) * 20, "accused": (0.0,) * 30, "occurrences": (1,) * 20 + (75,) * 20}
    records = [make_record(model="one", **mixed), make_record(model="two", occurrences=(10,))]
    lines = summary_table([record.document for record in records]).splitlines()

    assert re.match(r"one +made-up-people +all +all +40/30 ", lines[2])
    assert re.fullmatch(r"  TPR by occurrences \(rises, p < 1e-6\)  1: .00  75: (1?\.\d\d)", lines[3])
    assert re.match(r"two +made-up-people +all +10 +8/8 ", lines[4])
    assert len(lines) == 5


def test_many_bins_are_wrapped(make_record: MakeRecord) -> None:
    records = [make_record(model=name, found=(1.0,) * 40, occurrences=range(100, 140)) for name in ("one", "two")]
    lines = summary_table([record.document for record in records]).splitlines()

    assert max(map(len, lines)) <= 118
    assert sum(len(re.findall(r"\d: ", line)) for line in lines) == 80


def test_a_control_that_finds_people_is_remarked_on(make_record: MakeRecord) -> None:
    control = {"kind": "clean-model", "of": "m"}
    found = make_record(model="clean", found=(1.0,) * 20, accused=(0.0,) * 20, control=control)
    nothing = make_record(model="clean", found=(0.0,) * 20, accused=(0.0,) * 20, control=control)

    assert (
        summary_table([found.document]).splitlines()[-1].startswith("The control clean finds people, which it cannot")
    )
    assert "finds people" not in summary_table([nothing.document])


def test_like_models_are_described_together(make_record: MakeRecord) -> None:
    documents = [make_record(model=name, seed=seed).document for seed, name in enumerate("abc")]
    documents[1]["model"].update(activation="gelu", parameters=7)

    lines = described_models(documents).splitlines()

    weights = [document["model"]["weights_sha256"][:8] for document in documents]
    assert lines[0].startswith(f"a, weights {weights[0]}; c, weights {weights[2]}: ")
    assert f"b, weights {weights[1]}: " in "\n".join(lines)
    assert "7 parameters, activation gelu (from the" in " ".join(lines)


def test_who_compared_names_is_part_of_the_description(make_record: MakeRecord) -> None:
    documents = [make_record(model=name, seed=seed).document for seed, name in enumerate("abcd")]
    for document, backend in zip(documents, ("cpu-int8", "cpu-int8", "reference, triton"), strict=False):
        document["environment"]["similarity_backend"] = backend

    described = described_models(documents).replace("\n  ", " ").splitlines()

    assert len(described) == 3
    assert re.match(r"a, .*; b, .*, names compared by cpu-int8$", described[0])
    assert re.match(r"c, .*, names compared by reference, triton$", described[1])
    assert "compared" not in described[2]


def test_failed_runs_have_a_row(make_record: MakeRecord) -> None:
    failed: dict[str, Any] = {"status": "error", "cells": [], "threshold_sweep": []}

    assert re.search(
        r"^a \(error\) +made-up-people +error$", summary_table([make_record(model="a", **failed).document]), re.M
    )


def test_colour_marks_a_clear_leak_and_dims_controls_without_moving_columns(make_record: MakeRecord) -> None:
    leak = make_record(model="leak", found=(1.0,) * 30, accused=(0.0,) * 30, with_bins=False)
    unclear = make_record(model="unclear", found=(0.2,) * 3, accused=(0.1,) * 3, with_bins=False)
    control = make_record(model="c", control={"kind": "permuted-map", "of": "c"}, with_bins=False)
    documents = [record.document for record in (leak, unclear, control)]
    plain, painted = summary_table(documents), summary_table(documents, colour=True)
    rows = painted.splitlines()[2:]

    assert re.sub(r"\x1b\[\d+m", "", painted) == plain
    assert "\x1b[31m1.00" in rows[0]
    assert "\x1b" not in rows[1]
    assert rows[2].startswith("\x1b[2mControls")
    assert rows[3].startswith("\x1b[2mc ")
    assert "\x1b" not in plain


def test_names_cannot_paint_the_terminal(make_record: MakeRecord) -> None:
    assert "\x1b" not in summary_table([make_record(model="\x1b[31mred").document])


def test_no_records_are_an_empty_table() -> None:
    assert len(summary_table([]).splitlines()) == 2
