import re
from pathlib import Path

from click.testing import CliRunner

import idia
from idia.cli import main
from idia.options import OPTIONS
from idia.speed.results import read_rows
from idia.speed.rows import SpeedRow

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BASELINES = ("torch", "faiss", "open_clip", "published")


def test_every_option_it_names_exists() -> None:
    named = set(re.findall(r"--idia-[a-z-]+", README))

    assert named
    assert named <= {option.flag for option in OPTIONS}


def test_the_training_options_it_names_exist() -> None:
    command = next(line for line in README.splitlines() if line.startswith("idia train --people"))
    offered = CliRunner().invoke(main, ["train", "--help"]).output

    assert all(flag in offered for flag in re.findall(r"--[a-z-]+", command))


def test_its_commands_end_in_the_benchmark_and_in_the_tests() -> None:
    commands = re.findall(r"^python3 -m venv .*$", README, flags=re.MULTILINE)

    assert [command.split(" && ")[-1] for command in commands] == ["pytest benchmarks/", "pytest tests/ -n 2"]


def test_its_example_uses_public_names_only() -> None:
    example = README.split("```python")[1].split("```")[0]
    imported = re.search(r"^from idia import (.*)$", example, flags=re.MULTILINE)

    compile(example, "README.md", "exec")
    assert imported is not None
    assert set(imported[1].split(", ")) <= set(idia.__all__)


def test_what_it_links_to_exists() -> None:
    linked = [target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target]

    assert linked
    assert not [target for target in linked if not (ROOT / target).exists()]


def test_its_speeds_are_those_that_were_measured() -> None:
    measured = [row for row in read_rows(ROOT / "results") if row.ratio is not None]
    table = README.split("times as fast (spread) |\n")[1].split("\n\n")[0]
    shown = 0
    stage = size = ""
    for line in table.splitlines()[1:]:
        what, baseline, ratios = (cell.strip() for cell in line.strip("|").split("|"))
        stage = stage if what.startswith("the same") or not what else what.partition(",")[0]
        size = "".join(re.findall(r"D = \d+", what)) if what else size
        for prepared, ratio in re.findall(r"(with prepared texts )?([\d.,]+ \([\d.,]+–[\d.,]+\))", ratios):
            kind = "prepared texts" if prepared else "whole call" if stage == "name prediction" else ""
            rows = [row for row in measured if row.stage.startswith(stage) and kind in row.stage and size in row.size]
            (row,) = [row for row in rows if any(name in baseline and name in row.against for name in BASELINES)]
            assert ratio == ratio_words(row), line
            shown += 1

    assert shown >= 7


def ratio_words(row: SpeedRow) -> str:
    return f"{rounded(row.ratio)} ({rounded(row.low)}–{rounded(row.high)})"


def rounded(value: float | None) -> str:
    """With two digits, or three before the point where there are as many or more."""
    assert value is not None
    if value < 99.5:
        return f"{value:.{1 if value < 9.95 else 0}f}"
    return f"{float(f'{value:.3g}'):,.0f}"
