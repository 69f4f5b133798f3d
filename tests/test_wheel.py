"""The wheel alone, in somebody else's repository: a clone of this project is out of reach there."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODEL = "vit-mixed"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What pip would put among the installed packages."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "installed")
    return folder / "installed"


def test_it_carries_what_is_read_at_run_time(installed: Path) -> None:
    shipped = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    tracked = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "idia").rglob("*.*") if "__pycache__" not in path.parts
    }

    assert tracked <= shipped
    others = {path for path in shipped - tracked if not path.startswith("idia-")}
    assert others == {
        f"idia/data/models/{MODEL}/{path.name}" for path in (ROOT / "fixtures" / "models" / MODEL).iterdir()
    }
    assert sum(path.stat().st_size for path in installed.rglob("*")) < 6 * 2**20


def test_its_model_and_that_models_people_can_be_named_in_another_repository(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "test_privacy.py").write_text("def test_privacy(idia_audit): pass\n")
    arguments = ["--idia-people", f"world:{MODEL}", "--idia-photos", "all"]

    listed = collected(installed, tmp_path, "--idia-model", MODEL, *arguments)

    assert f"test_privacy[local-dir:{MODEL}]" in listed
    assert f"idia: models={MODEL}, people=world:{installed / 'idia'}" in listed
    assert re.search(r"Shipped are vit-mixed\.", collected(installed, tmp_path, "--idia-model", "vit-5", *arguments))


def collected(installed: Path, folder: Path, *arguments: str) -> str:
    """What pytest says it would run with the wheel."""
    variables = os.environ | {"PYTHONPATH": str(installed), "IDIA_CACHE_DIR": str(folder / "cache")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--collect-only", *arguments]
    done = subprocess.run(command, cwd=folder, env=variables, check=False, capture_output=True, text=True)
    return done.stdout + done.stderr
