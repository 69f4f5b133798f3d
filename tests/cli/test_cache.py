"""``idia cache``: a listing for people, and a removal that has to be asked for."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from filelock import FileLock

from idia.cli import main
from idia.models import ModelInfo
from idia.models.cache import EmbeddingCache
from idia.models.kept import kept_in
from idia.models.shard_files import lock_path
from idia.world.gallery import PEOPLE_PER_BLOCK, Drawings

NOW = 1_700_000_000


class Words:
    """A model of words alone."""

    def __init__(self, name: str, weights: str) -> None:
        self.info = ModelInfo("", name, "l", "a", weights * 32, 0, "cd" * 32, "ef" * 32, "", "", "fp32", 2, None, None)

    def encode_texts(self, texts: list[str]) -> torch.Tensor:
        return torch.tensor([[1.0, 0.0]]).repeat(len(texts), 1)


def invoke(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["cache", *arguments], env=environment)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Texts of two models, those of `old` long unused, and an scan."""
    folder = tmp_path / "cache"
    for name, weights, n in (("new", "ab", 1200), ("old", "cd", 30)):
        EmbeddingCache(folder).texts(Words(name, weights), [str(number) for number in range(n)])  # type: ignore[arg-type]
    (folder / "scans").mkdir()
    scan = folder / "scans" / f"{'5c' * 32}.scan"
    scan.write_bytes(b"state" * 100)
    os.utime(scan, (NOW, NOW))
    for path in store_of(folder, "old").iterdir():
        os.utime(path, (NOW + 1, NOW + 1))
    return folder


def store_of(folder: Path, model: str) -> Path:
    (path,) = (each.path for each in kept_in(folder) if each.model == model)
    return path


def models(folder: Path) -> list[str]:
    return [each.model or each.kind for each in kept_in(folder)]


def test_ls_shows_what_is_kept_and_how_much(folder: Path) -> None:
    result = invoke("ls", "--cache-dir", str(folder))

    assert result.exit_code == 0
    lines = [re.split(r"  +", line.strip()) for line in result.stdout.splitlines()]
    assert lines[0] == ["model", "kind", "entries", "size", "last used", "path"]
    assert lines[2][:3] == ["new", "texts", "1,200"]
    assert re.fullmatch(r"\d+\.\d KB", lines[2][3])
    assert lines[2][5] == store_of(folder, "new").name
    assert lines[3][:3] == ["old", "texts", "30"]
    assert lines[3][4].startswith("2023-11-1")
    assert lines[4][:3] == ["scan", "1", "500 B"]
    assert lines[4][-1] == f"scans/{'5c' * 32}.scan"
    assert re.fullmatch(r"1,230 embeddings and 1 scan \(\d+\.\d KB\) in .*cache", " ".join(lines[-1]))


@pytest.mark.parametrize("command", [["ls"], ["prune", "--all"]])
def test_where_nothing_is_kept_that_is_said_and_nothing_made(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("mine")
    for folder in (tmp_path / "home", tmp_path / "absent"):
        result = invoke(*command, "--cache-dir", str(folder))
        assert result.exit_code == 0
        assert result.stdout == f"Nothing is kept in {folder}.\n"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["home", "letter.txt"]


def test_the_folder_is_that_of_the_benchmarks(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys.modules["idia.cli.cache"], "user_cache_path", lambda name: tmp_path / name)

    assert "1,230 embeddings" in invoke("ls", IDIA_CACHE_DIR=str(folder)).stdout
    for environment in ({}, {"IDIA_CACHE_DIR": ""}):
        assert invoke("ls", **environment).stdout == f"Nothing is kept in {tmp_path / 'idia'}.\n"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "1,230 embeddings" in invoke("ls", "--cache-dir", "~/cache").stdout


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ("--older-than 30d", ["new"]),
        ("--older-than 1W", ["new"]),
        ("--older-than 999999h", ["new", "old", "scan"]),
        ("--max-size 1GB", ["new", "old", "scan"]),
        (f"--max-size {'9' * 200}GB", ["new", "old", "scan"]),
        ("--max-size 49.5kb", ["new"]),
        ("--max-size 0B", []),
        ("--model old", ["new", "scan"]),
        ("--model new", ["old", "scan"]),
        ("--model new --older-than 30d", ["new", "old", "scan"]),
        ("--all", []),
    ],
)
def test_prune_removes_what_was_asked_for(folder: Path, options: str, left: list[str]) -> None:
    before = models(folder)
    dry = invoke("prune", "--cache-dir", str(folder), "--dry-run", *options.split())
    assert dry.exit_code == 0
    assert models(folder) == before, "a dry run removes nothing"

    result = invoke("prune", "--cache-dir", str(folder), *options.split())
    assert result.exit_code == 0
    assert models(folder) == left
    if left == before:
        assert dry.stdout == result.stdout == f"Nothing to remove in {folder}.\n"
    else:
        assert result.stdout.splitlines()[-1].startswith("Removed ")
        assert dry.stdout.splitlines()[-1] == result.stdout.replace("Removed", "Would remove").strip()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "say what to remove: --older-than 30d, --max-size 2GB, --model NAME or --all. Nothing was removed."),
        ("--dry-run", "say what to remove"),
        ("--all --max-size 2GB", "--all leaves nothing to choose: drop it, or --max-size."),
        ("--all --model new --older-than 1d", "drop it, or --older-than and --model."),
        ("--older-than 30", "--older-than must be hours, days or weeks, such as 12h, 30d or 8w; got '30'"),
        ("--older-than -3d", "--older-than must be"),
        ("--older-than 1e9d", "--older-than must be"),
        (f"--older-than {'9' * 40}d", "is before all time"),
        ("--max-size 2", "--max-size must be a size with its unit, such as 500MB, 2GB or 1.5GiB; got '2'"),
        (f"--max-size {'9' * 400}GB", "is more than any disk holds"),
        ("--max-size ib", "--max-size must be"),
        ("--max-size 3ib", "--max-size must be"),
        ("--model newer", "nothing of model 'newer' is kept. There is: new, old."),
    ],
)
def test_what_cannot_be_meant_is_refused(folder: Path, options: str, message: str) -> None:
    result = invoke("prune", "--cache-dir", str(folder), *options.split())

    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert models(folder) == ["new", "old", "scan"]


def test_what_is_in_use_stays_and_is_named(folder: Path) -> None:
    used = store_of(folder, "old")
    with FileLock(lock_path(used)):
        result = invoke("prune", "--cache-dir", str(folder), "--all")

    assert result.exit_code == 1, "scripts can tell"
    assert result.stderr == f"{used} is in use, and was left.\n"
    assert result.stdout.startswith("Removed 1,200 embeddings and 1 scan (")
    assert models(folder) == ["old"]


def test_files_of_others_stay_and_are_spoken_of(folder: Path) -> None:
    store = store_of(folder, "old")
    (store / "notes.txt").write_text("mine")
    result = invoke("prune", "--cache-dir", str(folder), "--all")

    assert result.exit_code == 0, "the embeddings are gone"
    assert result.stderr == f"{store} holds files of others, which were left.\n"
    assert (store / "notes.txt").read_text() == "mine"
    assert models(folder) == []


def test_a_folder_that_cannot_be_read_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = invoke("ls", "--cache-dir", str(tmp_path / "file"))

    assert result.exit_code == 2
    assert "cannot be read (Not a directory)" in result.stderr


def test_a_listing_needs_no_torch(folder: Path) -> None:
    script = (
        "import sys; from idia.cli import main\n"
        "try: main(['cache', 'ls'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "assert 'torch' not in sys.modules"
    )
    environment = {**os.environ, "IDIA_CACHE_DIR": str(folder)}
    shown = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)

    assert "1,230 embeddings" in shown.stdout


def test_what_was_written_today_is_not_old(folder: Path) -> None:
    store = store_of(folder, "old")
    EmbeddingCache(folder).texts(Words("old", "cd"), ["something new"])  # type: ignore[arg-type]

    assert invoke("prune", "--cache-dir", str(folder), "--older-than", "30d").exit_code == 0
    assert store.exists()
    assert models(folder) == ["new", "old"]


def test_drawn_photos_are_counted_as_such(folder: Path) -> None:
    def black(seed: int, people: np.ndarray, photos: np.ndarray, side: int) -> np.ndarray:
        return np.zeros((len(people), side, side, 3), np.uint8)

    Drawings(0, 1, folder=folder / "world", draw=black).draw(1)
    listed = invoke("ls", "--cache-dir", str(folder)).stdout

    assert re.search(r"^ +drawn photos +20 +\d+\.\d KB .* world$", listed, re.MULTILINE)
    assert f"1,230 embeddings, {PEOPLE_PER_BLOCK} drawn photos and 1 scan (" in listed
    result = invoke("prune", "--cache-dir", str(folder), "--all")
    assert f"Removed 1,230 embeddings, {PEOPLE_PER_BLOCK} drawn photos and 1 scan (" in result.stdout


@pytest.mark.parametrize("command", [[], ["prune"]])
def test_help_promises_no_more_than_is_kept(command: list[str]) -> None:
    shown = " ".join(invoke(*command, "--help").stdout.split())

    if command:
        assert "the exit code is then 1" in shown
        assert "empty files that end in .lock" in shown
    else:
        assert "whoever guesses a prompt, or has a photo, can check whether it is there" in shown
        assert "Keep the folder private" in shown
