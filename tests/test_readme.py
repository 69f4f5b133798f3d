import re
from pathlib import Path

from click.testing import CliRunner

import idia
from idia.cli import main
from idia.options import OPTIONS

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


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
    root = Path(__file__).parents[1]
    linked = [target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target]

    assert linked
    assert not [target for target in linked if not (root / target).exists()]
