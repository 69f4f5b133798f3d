import csv
import io
import re
import warnings
from collections.abc import Callable, Iterator
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from PIL import Image

from idia.prompts import PAPER_PROMPTS
from idia.records import Record
from idia.report.figures import FIGURE_FILES, figure_files

MakeRecord = Callable[..., Record]


@pytest.fixture(scope="module")
def record(make_record: MakeRecord) -> Record:
    return make_record(occurrences=(5, 75), draws=3)


@pytest.fixture(scope="module")
def files(record: Record) -> dict[str, bytes]:
    return figure_files(record.document)


def _table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_every_figure_comes_with_its_table_and_the_confusion_matrix_as_a_picture(files: dict[str, bytes]) -> None:
    stems = ("attack-samples", "occurrences", "heatmap", "people-per-bin", "threshold")

    assert set(files) == {f"{stem}.{kind}" for stem in stems for kind in ("svg", "csv")} | {
        "confusion.svg",
        "confusion.png",
    }
    assert set(files) < set(FIGURE_FILES)


def test_the_same_record_is_drawn_with_the_same_bytes(record: Record, files: dict[str, bytes]) -> None:
    assert figure_files(record.document) == files


def test_no_date_and_no_version_is_in_a_figure(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        assert mpl.__version__.encode() not in content or name.endswith(".csv")
        assert b"dc:date" not in content


def test_figures_are_pictures_of_a_useful_size(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        if name.endswith(".png"):
            with Image.open(io.BytesIO(content)) as image:
                assert min(image.size) > 600
                assert image.info.keys() <= {"dpi"}
        if name.endswith(".svg"):
            assert ET.fromstring(content).tag.endswith("svg")


def test_the_users_settings_do_not_change_a_figure_and_are_left_as_they_were(
    record: Record, files: dict[str, bytes]
) -> None:
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "svg.hashsalt": None}):
        before = dict(mpl.rcParams)
        again = figure_files(record.document)
        after = dict(mpl.rcParams)

    assert again == files
    assert after == before


def test_figures_say_whose_they_are(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        if name.endswith(".svg"):
            # Text is drawn as paths; matplotlib leaves the words in comments.
            assert b"ViT-B-32-quickgelu,laion400m_e32" in content
            assert b"made-up-people: 8 members, 8 non-members" in content


def test_the_confusion_matrix_has_counts_and_rates_with_intervals(make_record: MakeRecord) -> None:
    record = make_record(found=(1.0,) * 43 + (0.0,) * 36, accused=(0.0,) * 79, with_bins=False)
    svg = figure_files(record.document)["confusion.svg"].decode()

    for text in ("43", "36", "0", "79", "TPR 0.54", "[0.43, 0.66]", "FNR 0.46", "FPR 0.00", "[0.00, 0.05]", "TNR 1.00"):
        assert f"<!-- {text} -->" in svg
    assert "±" not in svg


def test_counts_averaged_over_draws_are_shown_with_their_deviation(make_record: MakeRecord) -> None:
    record = make_record(found=(0.1,) * 20, accused=(0.0,) * 20, sizes=(3,), draws=5, n_prompts=3, with_bins=False)
    cell = record.document["cells"][0]
    svg = figure_files(record.document)["confusion.svg"].decode()

    assert cell["counts_sd"]["tp"] > 0
    assert f"{cell['counts']['tp']:.1f} ± {cell['counts_sd']['tp']:.1f}" in svg


def test_tables_hold_what_the_curves_show(record: Record, files: dict[str, bytes]) -> None:
    rows = _table(files["attack-samples.csv"])
    first = record.document["cells"][0]

    assert [row["n_photos"] for row in rows] == ["1", "3", "5", "all"]
    assert {row["occurrences"] for row in rows} == {"all"}
    assert float(rows[0]["tpr"]) == round(first["tpr"]["value"], 6)
    assert float(rows[0]["tpr_sd"]) == pytest.approx(first["counts_sd"]["tp"] / 8, abs=1e-6)
    assert all(float(row["tpr"]) + float(row["fnr"]) == pytest.approx(1, abs=2e-6) for row in rows)
    assert [row["tau"] for row in _table(files["threshold.csv"])] == ["1", "2", "3", "4", "5"]
    assert [row["occurrences"] for row in _table(files["occurrences.csv"])] == ["5", "75"]


def test_the_heatmap_has_a_number_in_every_cell(record: Record, files: dict[str, bytes]) -> None:
    rates = [cell["tpr"]["value"] for cell in record.document["cells"] if cell["occurrences"] != "all"]
    written = re.findall(r"<!-- (\.\d\d|1\.0) -->", files["heatmap.svg"].decode())
    rows = _table(files["heatmap.csv"])

    assert len(rows) == len(rates) == 8
    # The scale has a label of its own.
    assert sorted(written) == sorted(["1.0", *("1.0" if rate >= 0.995 else f"{rate:.2f}"[1:] for rate in rates)])
    assert [(row["occurrences"], row["n_photos"]) for row in rows[:5]] == [
        *(("5", size) for size in ("1", "3", "5", "all")),
        ("75", "1"),
    ]


def test_people_per_bin_have_non_members_as_a_bin_of_their_own_and_members_outside_all_bins(
    make_record: MakeRecord,
) -> None:
    record = make_record(found=(1.0,) * 9, accused=(0.0,) * 4, occurrences=(1, 5, 75))
    cells = [cell for cell in record.document["cells"] if cell["occurrences"] != "75"]
    files = figure_files({**record.document, "cells": cells})

    assert files["people-per-bin.csv"].decode().splitlines() == [
        "occurrences,role,people",
        "0,non-members,4",
        "1,members,3",
        "5,members,3",
        "other,members,3",
    ]
    assert b"<!-- other -->" in files["people-per-bin.svg"]
    assert b"<!-- not shown: 3 members with other occurrences -->" in files["heatmap.svg"]
    assert b"not shown: 3 members with other occurrences" in files["occurrences.svg"]


def test_the_trend_stands_in_the_figure_of_occurrences(record: Record, files: dict[str, bytes]) -> None:
    assert b"trend test p" in files["occurrences.svg"]
    assert b"trend test p" not in figure_files({**record.document, "trend": None})["occurrences.svg"]


def test_published_numbers_are_drawn_under_the_published_protocol_only_and_listed_apart(
    make_record: MakeRecord,
) -> None:
    protocol = {"prompts_sha256": PAPER_PROMPTS.sha256, "n_names": 1000, "tau": 1, "sizes": [3, 30]}
    record = make_record(occurrences=(1, 5, 75), sizes=(3, 30), protocol=protocol)
    files, without = figure_files(record.document), figure_files(make_record(occurrences=(1, 5, 75)).document)

    assert b"published: CC3M, ViT-B/32" in files["occurrences.svg"]
    columns = ("figure", "training_set", "occurrences", "relation", "value")
    assert [tuple(row[column] for column in columns) for row in _table(files["published.csv"])] == [
        ("attack-samples", "LAION-400M", "1-299", ">", "0.68"),
        ("occurrences", "CC3M", "1", "=", "0.249"),
        ("occurrences", "CC3M", "75", ">", "0.95"),
    ]
    assert {row["source"][:31] for row in _table(files["published.csv"])} == {"published: Hintersdorf et al., "}
    assert "published.csv" not in without
    assert not any(b"published" in content for content in without.values())


def test_one_bin_alone_has_no_figures_by_occurrences(make_record: MakeRecord) -> None:
    stems = {name.split(".")[0] for name in figure_files(make_record(occurrences=(5,)).document)}

    assert stems == {"confusion", "attack-samples", "threshold"}


def test_without_bins_there_is_no_figure_of_occurrences(make_record: MakeRecord) -> None:
    files = figure_files(make_record(with_bins=False).document)

    assert not [name for name in files if name.startswith("occurrences")]


def test_a_failed_run_has_no_figures(make_record: MakeRecord) -> None:
    assert figure_files(make_record(status="error", cells=[], threshold_sweep=[]).document) == {}


def _unusual(make_record: MakeRecord) -> Iterator[Record]:
    yield make_record(sizes=("all",), draws=1, n_prompts=1, found=(1.0,), accused=(0.0,))
    yield make_record(sizes=(1,), draws=2, model="$x^2$ 李 <b> -- " + "long" * 40, people="名前 -->", with_bins=False)
    yield make_record(sizes=(*range(1, 30, 2), 30, "all"), n_prompts=21, with_bins=False)
    yield make_record(found=(1.0,) * 40, occurrences=range(1, 3000, 90), sizes=(1, 2))
    unknown = make_record(occurrences=(5, 75))
    for cell in (*unknown.document["cells"], *unknown.document["threshold_sweep"]):
        for rate in ("tpr", "fpr", "auc"):
            cell[rate] |= {"value": None, "low": None, "high": None}
        cell["accuracy"] = None
    yield unknown


def test_unusual_records_are_drawn_without_a_warning(make_record: MakeRecord) -> None:
    for record in _unusual(make_record):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            files = figure_files(record.document)

        assert all(ET.fromstring(files[name]) is not None for name in files if name.endswith(".svg"))
