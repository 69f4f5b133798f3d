"""Figures of all attacks on one model: exact curves, the same bytes, and nothing for a control."""

import csv
import io
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from idia.records import Record, StoredRecord, headline_scores, read_records, write_record
from idia.report.attacks import AttacksOnModel, attacks_on_models
from idia.report.figures import FIGURE_FILES, attack_files, figure_files
from idia.statistics import roc_curve

MakeRecord = Callable[..., Record]


def _written(results: Path, *records: Record) -> tuple[StoredRecord, ...]:
    for record in records:
        write_record(results, record)
    return tuple(read_records(results))


@pytest.fixture(scope="module")
def attacks(
    make_record: MakeRecord, make_scored: MakeRecord, tmp_path_factory: pytest.TempPathFactory
) -> AttacksOnModel:
    idia = make_record(found=(0.3,) * 40, accused=(0.01,) * 50, occurrences=(1, 75), sizes=(1, 3, 5, "all"))
    records = idia, make_scored(idia), make_scored(idia, attack="nameless", shift=0.4, seed=2)
    (found,) = attacks_on_models(_written(tmp_path_factory.mktemp("attacks"), *records))
    return found


@pytest.fixture(scope="module")
def files(attacks: AttacksOnModel) -> dict[str, bytes]:
    return attack_files(attacks)


def _table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_all_attacks_on_one_model_are_in_one_place(attacks: AttacksOnModel, files: dict[str, bytes]) -> None:
    assert attacks.labels == ("idia", "calibrated", "nameless")
    assert attacks.folder.parent.name == "attacks"
    assert set(files) == {"roc.svg", "roc.csv", "auc.svg", "auc.csv"} < set(FIGURE_FILES)
    assert [name for name, _ in attacks.figures] == ["roc.svg", "auc.svg"]


def test_the_same_records_are_drawn_with_the_same_bytes(attacks: AttacksOnModel, files: dict[str, bytes]) -> None:
    assert attack_files(attacks) == files
    assert ET.fromstring(files["roc.svg"]).tag.endswith("svg")


def test_figures_say_whose_they_are_how_many_people_there_are_and_who_guesses(files: dict[str, bytes]) -> None:
    for words in (
        "ViT-B-32-quickgelu,laion400m_e32",
        "made-up-people: 40 members, 50 non-members; all photos per person",
    ):
        assert f"<!-- {words} -->".encode() in files["roc.svg"]
    for text in (b"best blind guess: name", b"<!-- guessing -->", b"50 non-members resolve it", b"<!-- none -->"):
        assert text in files["roc.svg"]


def test_the_curves_are_the_highest_points_of_the_exact_ones(attacks: AttacksOnModel, files: dict[str, bytes]) -> None:
    rows = _table(files["roc.csv"])
    for record, label in zip(attacks.records, attacks.labels, strict=True):
        scores = headline_scores(record)
        exact = roc_curve(scores.values[scores.is_member], scores.values[~scores.is_member])
        own = [row for row in rows if row["attack"] == label]
        drawn = np.array([[int(row["false_positives"]), int(row["true_positives"])] for row in own])

        assert own[0]["threshold"] == "inf" or drawn[0, 1] > 0
        for false, true in zip(exact.false_positives.tolist(), exact.true_positives.tolist(), strict=True):
            # As many members as any threshold finds that mistakes no more non-members.
            assert drawn[drawn[:, 0] <= false, 1].max() >= true
        points = set(zip(exact.false_positives.tolist(), exact.true_positives.tolist(), strict=True))
        assert {(false, true) for false, true in drawn.tolist()} <= points
        assert (np.diff(drawn[:, 1]) > 0).all()
    assert {row["attack"] for row in rows} == {*attacks.labels, "blind guess: name"}


def test_areas_stand_beside_each_other_by_photos_and_occurrences(
    attacks: AttacksOnModel, files: dict[str, bytes]
) -> None:
    rows = _table(files["auc.csv"])

    assert len(rows) == sum(len(record.document["cells"]) for record in attacks.records)
    assert {(row["attack"], row["n_photos"]) for row in rows} >= {("idia", "1"), ("calibrated", "1")}
    for words in (
        b"<!-- photos per person -->",
        b"image\xe2\x80\x93text pairs of a member in the training data, all photos",
    ):
        assert words in files["auc.svg"]


def test_attacks_without_threshold_have_no_figures_of_rates(attacks: AttacksOnModel) -> None:
    assert figure_files(attacks.records[1].document) == {}


def test_votes_alone_have_a_curve_but_no_figure_of_areas(attacks: AttacksOnModel) -> None:
    alone = replace(attacks, records=attacks.records[:1])

    assert set(attack_files(alone)) == {"roc.svg", "roc.csv"}
    assert alone.figures == (("roc.svg", "ROC curve"),)


def test_two_protocols_of_one_attack_are_told_apart(attacks: AttacksOnModel) -> None:
    first, other = attacks.records[0], attacks.records[1]
    document = {**first.document, "protocol": {**first.document["protocol"], "sha256": "0" * 64}}
    labels = replace(attacks, records=(first, StoredRecord(first.path, document), other)).labels

    assert labels[1:] == ("idia (00000000)", "calibrated")
    assert labels[0].startswith("idia (")


def test_other_people_or_truths_are_another_figure(make_record: MakeRecord) -> None:
    records = [
        make_record(with_bins=False),
        make_record(with_bins=False, people="others"),
        make_record(with_bins=False, membership={"membership_sha256": "0" * 64}),
    ]
    stored = [
        StoredRecord(Path("records", each.document["people"]["id"], "idia", "m-00000000-11111111.json"), each.document)
        for each in records
    ]

    assert len({each.folder for each in attacks_on_models(stored)}) == 3


def test_unusual_scores_are_drawn_without_a_warning(
    make_record: MakeRecord, make_scored: MakeRecord, tmp_path: Path
) -> None:
    few = make_record(model="few", found=(0.0,), accused=(0.0,), sizes=("all",), draws=1, with_bins=False)
    nobody = make_record(model="nobody $x$ 李", found=(0.0,) * 9, accused=(1.0,) * 9, sizes=(1, 2))
    records = few, make_scored(few, shift=0.0), nobody, make_scored(nobody, attack="zeta", shift=-9.0)
    for each in attacks_on_models(_written(tmp_path, *records)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            files = attack_files(each)

        assert all(ET.fromstring(files[name]) is not None for name in files if name.endswith(".svg"))
