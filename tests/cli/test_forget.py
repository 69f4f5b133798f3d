import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from idia.cli import main
from idia.defences import ForgettingResult, UnlearningRecipe
from idia.errors import SettingError

DEFENCE = {"of": "some-model", "n_forgotten": 2, "n_kept": 3}


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("forget", *arguments))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the library was asked for, which does nothing."""
    calls: list[dict[str, Any]] = []

    def forget(spec: str, out: Path, **given: Any) -> ForgettingResult:
        calls.append({"spec": spec, "out": out, **given})
        if given["names"] == Path("unusable.csv"):
            raise SettingError("unusable.csv cannot be used.")
        if given["names"] == Path("endless.csv"):
            raise KeyboardInterrupt
        is_world = given["share"] is not None
        return ForgettingResult({"name": out.name, "defence": DEFENCE}, brings_people=is_world, is_narrow=not is_world)

    monkeypatch.setattr("idia.defences.forget", forget, raising=False)
    return calls


def test_every_option_reaches_the_library(asked: list[dict[str, Any]]) -> None:
    options = (
        "--forget a.csv --keep b.csv --captions c.txt --out d --name e --steps 7 --seed 8 --device cpu --threads 2 "
        "--order 9 --quiet"
    )

    result = invoke("ViT-B-32,x.pt", *options.split())

    assert (result.exit_code, result.output) == (0, "")
    assert asked == [
        {
            "spec": "ViT-B-32,x.pt",
            "out": Path("d"),
            "names": Path("a.csv"),
            "share": None,
            "keep": Path("b.csv"),
            "captions": Path("c.txt"),
            "recipe": UnlearningRecipe(steps=7, seed=8, threads=2),
            "name": "e",
            "order": 9,
            "device": "cpu",
            "progress": None,
        }
    ]


def test_it_says_what_was_made_and_how_to_attack_it(asked: list[dict[str, Any]]) -> None:
    result = invoke("local-dir:x", "--forget-members", "0.5", "--out", "my copy")

    assert result.stdout == (
        "my copy is complete: some-model with 2 names forgotten, 3 kept.\n"
        "pytest benchmarks/ --idia-model 'local-dir:my copy'\n"
    )
    assert result.stderr == ""


def test_other_models_need_people_and_should_have_captions(asked: list[dict[str, Any]]) -> None:
    result = invoke("ViT-B-32,x.pt", "--forget", "names.csv", "--out", "copy")

    assert result.stdout.endswith("--idia-model local-dir:copy --idia-people DIR --idia-membership CSV\n")
    assert "Give some thousand captions" in result.stderr


def test_a_bare_name_is_that_of_a_shipped_model(
    asked: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "fixtures" / "models" / "tiny-one"
    shipped.mkdir(parents=True)
    (shipped / "recipe.json").write_text(json.dumps({"name": "tiny-one"}))
    monkeypatch.chdir(tmp_path)

    result = invoke("tiny-one", "--forget-members", "0.5", "--out", "copy", "--quiet")
    other = invoke("tiny-two", "--forget-members", "0.5", "--out", "copy")

    assert result.exit_code == 0
    assert asked[0]["spec"] == f"local-dir:{shipped}"
    assert other.exit_code == 2
    assert "'tiny-two' is no shipped model. Did you mean 'tiny-one'" in other.stderr


def test_bad_input_is_one_message_and_exit_code_2(asked: list[dict[str, Any]]) -> None:
    results = [
        invoke("ViT-B-32,x.pt", "--forget", "unusable.csv", "--out", "copy"),
        invoke("ViT-B-32,x.pt", "--forget", "names.csv", "--out", "copy", "--steps", "0"),
        invoke("ViT-B-32,x.pt", "--forget", "names.csv", "--out", "copy", "--device", "abacus"),
    ]

    assert [result.exit_code for result in results] == [2, 2, 2]
    assert [result.stderr.startswith("Error: ") for result in results] == [True] * 3
    assert "unusable.csv cannot be used." in results[0].stderr
    assert "number of steps must be a whole number from 1" in results[1].stderr
    assert "no device 'abacus' here" in results[2].stderr


def test_an_interrupt_is_no_traceback(asked: list[dict[str, Any]]) -> None:
    result = invoke("ViT-B-32,x.pt", "--forget", "endless.csv", "--out", "copy")

    assert result.exit_code == 130
    assert result.stderr == "\nInterrupted. Nothing was written; the same command starts again.\n"


def test_help_needs_no_torch() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from idia.cli import main; "
        "result = CliRunner().invoke(main, ['forget', '--help']); assert result.exit_code == 0; "
        "sys.exit('torch' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
