from dataclasses import replace
from typing import Any

import pytest

from idia.speed.rows import SpeedRow, not_measured
from idia.speed.table import as_markdown, summary


@pytest.fixture
def missing(row: SpeedRow) -> SpeedRow:
    """The same beside a baseline that could not be run."""
    no_numbers: dict[str, Any] = dict.fromkeys(("baseline", "ratio", "low", "high"))
    return replace(row, against="faiss-cpu IndexFlatIP", remark="n/a: pip install faiss-cpu", **no_numbers)


@pytest.fixture
def voted(row: SpeedRow) -> SpeedRow:
    return replace(row, stage="voting", size="154 people", unit="s/draw", ours=2.9e-5, baseline=5.33, ratio=11500.4)


@pytest.fixture
def alone(missing: SpeedRow) -> SpeedRow:
    """A row without a baseline, and with much to say."""
    size, remark = "1,000 to 1,000,000 names " * 5, "mean slope 0.97 [0.93, 1.01]; " * 9
    return replace(missing, stage="growth with names", size=size, against="", remark=remark)


def test_the_summary_fits_a_narrow_terminal(row: SpeedRow, missing: SpeedRow, voted: SpeedRow, alone: SpeedRow) -> None:
    lines = summary([row, missing, voted, alone]).splitlines()

    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["Ours", "Baseline", "Ratio", "Spread"]
    assert lines[2] == "name prediction, prepared texts: 4,620 photos × 21 × 1,000 names, D = 512"
    assert lines[3].split() == ["torch", "matmul", "+", "argmax", "193", "ms", "948", "ms", "4.91", "4.70–5.02"]
    assert lines[4].split() == ["faiss-cpu", "IndexFlatIP", "193", "ms", "n/a"]
    assert lines[5].strip() == "n/a: pip install faiss-cpu"
    assert lines[6] == "voting per draw: 154 people"
    assert lines[7].split()[-6:] == ["29.0", "µs", "5.33", "s", "11,500", "4.70–5.02"]


def test_where_ours_is_slower_the_line_is_red(row: SpeedRow) -> None:
    slower = replace(row, ratio=0.5)

    assert "\x1b[31m" in summary([slower], colour=True)
    assert "\x1b" not in summary([slower])
    assert "\x1b[31m" not in summary([row], colour=True)


def test_the_markdown_says_what_was_measured_where_and_with_what(
    row: SpeedRow, missing: SpeedRow, voted: SpeedRow
) -> None:
    text = as_markdown([row, missing, voted]).decode()
    line = next(line for line in text.splitlines() if "torch matmul" in line and "prediction" in line)
    cells = [cell.strip() for cell in line.strip("|").split("|")]

    assert cells == [
        "name prediction, prepared texts",
        "4,620 photos × 21 × 1,000 names, D = 512",
        "193 ms",
        "948 ms, torch matmul + argmax",
        "**4.91**",
        "4.70–5.02",
        "AMD EPYC, 2 cores",
        "1",
        "0 of 97,020 answers differ from float64",
    ]
    assert "n/a, faiss-cpu IndexFlatIP" in text
    assert "29.0 µs/draw" in text
    assert text.endswith("\n* AMD EPYC, 2 cores; torch 2.15.0; idia 0.1.0 at abc\n")
    assert "growth.svg" not in text
    assert "](figures/speed/growth.svg)" in as_markdown([row], has_figure=True).decode()


def test_rows_of_different_code_are_told_apart(row: SpeedRow, voted: SpeedRow) -> None:
    text = as_markdown([row, replace(voted, code="idia 0.2.0")]).decode()

    assert "* AMD EPYC, 2 cores; torch 2.15.0; idia 0.1.0 at abc (name prediction, prepared texts)\n" in text
    assert "idia 0.2.0 (voting)\n" in text


def test_every_row_of_markdown_is_one_line(row: SpeedRow, alone: SpeedRow) -> None:
    table = [line for line in as_markdown([row, alone]).decode().splitlines() if line.startswith("|")]

    assert len(table) == 2 + 2


def test_many_sizes_of_a_stage_share_a_title_per_baseline(row: SpeedRow) -> None:
    sizes = [f"75,000 photos × 21 × {n:,} names, D = 1024" for n in (1, 10, 100, 1_000, 1_000_000)]
    both = [replace(row, size=size, against=against) for size in sizes for against in ("torch", "faiss")]
    both = [replace(row, remark="slow" if row.against == "torch" else row.size) for row in both]
    lines = summary(both).splitlines()

    assert max(map(len, lines)) <= 80
    assert lines[2] == "name prediction, prepared texts, beside torch"
    assert [line.split("  ")[1] for line in lines[3:7]] == sizes[:4]
    assert lines[8] == "    slow"
    assert lines[9] == "name prediction, prepared texts, beside faiss"
    assert len(lines) == 9 + 6 + 2


def test_many_sizes_that_cannot_be_measured_are_one_line(missing: SpeedRow) -> None:
    lines = summary([replace(missing, ours=None, size=f"{n:,} names") for n in range(1, 7)]).splitlines()

    assert lines[2] == "name prediction, prepared texts, beside faiss-cpu IndexFlatIP"
    assert lines[3].split() == ["6", "sizes", "n/a"]
    assert lines[4].strip() == "n/a: pip install faiss-cpu"
    assert lines[5] == ""


def test_what_nobody_measured_says_so(row: SpeedRow) -> None:
    text = as_markdown([row, not_measured("GPU screen", "few", against="cuBLAS")]).decode()
    line = next(line for line in text.splitlines() if "GPU screen " in line)
    cells = [cell.strip() for cell in line.strip("|").split("|")]

    assert cells == [
        *("GPU screen", "few", "not measured", "cuBLAS", "", "", "CUDA device", ""),
        "not measured: needs a CUDA device",
    ]
    assert text.endswith("\n* AMD EPYC, 2 cores; torch 2.15.0; idia 0.1.0 at abc\n")


def test_all_that_nobody_measured_of_a_stage_is_one_line(row: SpeedRow) -> None:
    stage = [not_measured("GPU screen", f"{n} names", against=beside) for n in (1, 2, 3) for beside in ("a", "b")]
    text = as_markdown([row, *stage, not_measured("GPU memory", "much")]).decode()
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if "GPU" in line[:20]]

    assert [line[:4] for line in lines if line[0] != ""][-2:] == [
        ["GPU screen", "3 sizes, 1 names to 3 names", "not measured", "a, b"],
        ["GPU memory", "much", "not measured", ""],
    ]
