from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from idia.cli import main


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_a_contact_sheet_is_a_picture(tmp_path: Path) -> None:
    sheet = tmp_path / "people.png"

    result = invoke("world", "--sheet", str(sheet), "--people", "2", "--photos", "3", "--side", "32")

    assert result.exit_code == 0
    assert f"{sheet}: 2 people of world 0" in result.stdout
    with Image.open(sheet) as picture:
        assert picture.mode == "RGB"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--sheet people.txt", "--sheet must name a .png file, got 'people.txt'"),
        ("--sheet nowhere/people.png", "cannot write 'nowhere/people.png': no such file or directory"),
        ("--sheet people.png --people 0", "Invalid value for '--people'"),
        ("", "Missing option '--sheet'"),
    ],
)
def test_bad_input_is_one_message(options: str, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    result = invoke("world", *options.split())

    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--world vit-mixd", "there is no experiment 'vit-mixd'"),
        ("--world vit-75 --occurrences 1001", "there are 1,000 photos of a person to train on"),
        ("--world vit-75 --tested 100", "leave no non-member"),
        ("--world vit-75 --tested 5000", "a world names at most 4,096 people"),
        ("--world vit-75 --crop 0.5", "--crop speaks of photographs, not synthetic people"),
        ("--people photos --filler others --roles absent", "--roles speaks of synthetic people: add --world"),
        ("", "nothing to train on: give --people and --filler, folders of photographs, or --world NAME"),
        ("--world vit-75 --steps 0", "--steps must be a whole number from 1"),
        ("--world vit-75 --device abacus", "no device 'abacus' here"),
    ],
)
def test_training_that_cannot_be_is_one_message(options: str, message: str, tmp_path: Path) -> None:
    result = invoke("train", "--out", str(tmp_path / "run"), *options.split())

    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert not (tmp_path / "run").exists()


def test_a_trained_world_says_how_to_attack_it(tmp_path: Path) -> None:
    options = "--world vit-1 --tested 4 --members-per-count 1 --steps 1 --seed 3 --name tiny"

    result = invoke("train", "--out", str(tmp_path / "run"), *options.split())

    assert result.exit_code == 0
    assert result.stdout.startswith("tiny is complete: 1 members, 3 non-members.\n")
    assert result.stdout.endswith(f"pytest benchmarks/ --idia-model local-dir:{tmp_path / 'run'}\n")
