import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from idia.cli import main

NAMES = ("Ada_Example", "Bo_Sample", "Cy_Specimen", "Di_Instance")
COMMAND = [sys.executable, "-c", "from idia.cli import main; main()"]


def write_noise(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (40, 40, 3)).astype(np.uint8)).save(path)


@pytest.fixture
def sources(tmp_path: Path) -> list[str]:
    """The options that name four people with seven photos each and eight strangers."""
    for person, name in enumerate(NAMES):
        for number in range(7):
            write_noise(tmp_path / "people" / name / f"{name}_{number:04d}.png", 10 * person + number)
    for stranger in range(8):
        write_noise(tmp_path / "others" / f"Un_Known{chr(97 + stranger)}_0001.png", 100 + stranger)
    return ["train", "--people", str(tmp_path / "people"), "--filler", str(tmp_path / "others")]


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_training_says_how_to_attack_the_model(sources: list[str], tmp_path: Path) -> None:
    out = tmp_path / "my run"

    result = invoke(*sources, "--out", str(out), "--steps", "1")

    assert result.exit_code == 0
    assert result.stdout.startswith("my run is complete: 2 members, 2 non-members.\n")
    assert f"--idia-model 'local-dir:{out}/model' --idia-people '{out}/attack'" in result.stdout
    assert result.stderr == ""


def test_every_option_reaches_the_recipe(sources: list[str], tmp_path: Path) -> None:
    options = (
        "--members 0.25 --seed 7 --held-out 4 --occurrences 1,2 --min-photos 6 --filler-photos 5 --crop 0.9 --steps 1 "
        "--device cpu --threads 1 --name board --quiet"
    )

    result = invoke(*sources, "--out", str(tmp_path / "run"), *options.split())

    recipe = json.loads((tmp_path / "run" / "recipe.json").read_text(encoding="utf-8"))
    assert (result.exit_code, result.output) == (0, "")
    assert recipe["name"] == "board"
    assert recipe["request"]["settings"] == {
        "seed": 7,
        "members": 0.25,
        "n_held_out": 4,
        "occurrences": [1, 2],
        "min_photos": 6,
        "n_filler": 5,
        "crop": 0.9,
        "steps": 1,
        "device": "cpu",
        "threads": 1,
    }


def test_a_second_run_says_that_the_first_is_complete(sources: list[str], tmp_path: Path) -> None:
    command = [*sources, "--out", str(tmp_path / "run"), "--steps", "1"]
    invoke(*command)

    result = invoke(*command)

    assert result.exit_code == 0
    assert "run was already complete, and its files are as they were: 2 members" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--members 1.5", "--members must be a share between 0 and 1"),
        ("--held-out 8", "too few photos: 9 distinct ones are needed"),
        ("--occurrences 3", "too few photos: 8 distinct ones are needed"),
        ("--device abacus", "no device 'abacus' here"),
        ("--occurrences many", "expected a number or several with commas"),
        ("--people nowhere", "nowhere"),
        ("--filler nowhere", "there is no folder 'nowhere'"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(
    sources: list[str], tmp_path: Path, options: str, message: str
) -> None:
    result = invoke(*sources, "--out", str(tmp_path / "run"), "--steps", "1", *options.split())

    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert not (tmp_path / "run" / "recipe.json").exists()


def test_help_needs_no_torch() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from idia.cli import main; "
        "result = CliRunner().invoke(main, ['train', '--help']); assert result.exit_code == 0; "
        "sys.exit('torch' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_killed_training_resumes_with_the_same_result(sources: list[str], tmp_path: Path) -> None:
    options = ["--steps", "75", "--name", "model", "--quiet"]
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = subprocess.Popen([*COMMAND, *sources, "--out", str(killed), *options])
    wait_for(killed / ".training" / "checkpoint.pt", process)
    process.kill()

    assert process.wait() == -signal.SIGKILL
    assert [path.name for path in killed.iterdir()] == [".training"]
    results = [invoke(*sources, "--out", str(out), *options) for out in (killed, whole)]

    assert [result.exit_code for result in results] == [0, 0]
    for name in ("recipe.json", "identities.csv", "training_log.csv", "model/open_clip_model.safetensors"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_an_interrupt_is_no_traceback(sources: list[str], tmp_path: Path) -> None:
    def interrupt() -> None:
        wait_for(tmp_path / "run" / ".training" / "request.json")
        os.kill(os.getpid(), signal.SIGINT)

    # Of a job in the background, shells ignore the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Thread(target=interrupt, daemon=True).start()
        result = invoke(*sources, "--out", str(tmp_path / "run"), "--steps", "100000")
    finally:
        signal.signal(signal.SIGINT, before)

    assert result.exit_code == 130
    assert result.stderr == "\nInterrupted. The same command resumes the training.\n"
    assert result.stdout == ""


def wait_for(file: Path, process: subprocess.Popen[bytes] | None = None) -> None:
    """Waits until a file exists or the process has ended, at most a minute."""
    for _ in range(12_000):
        if file.exists() or (process is not None and process.poll() is not None):
            return
        time.sleep(0.005)
