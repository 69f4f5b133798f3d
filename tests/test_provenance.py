import socket
import subprocess
from pathlib import Path

import pytest

import idia
from idia import provenance


def test_the_environment_names_versions_and_no_host() -> None:
    environment = provenance.environment("cpu")

    assert set(environment) == {"python", "torch", "open_clip", "numpy", "platform", "device", "cpu"}
    assert environment["torch"][0].isdigit()
    assert all(environment.values())
    assert socket.gethostname() not in " ".join(environment.values())


def test_whoever_compared_photos_with_names_is_part_of_the_environment() -> None:
    plain = provenance.environment("cpu")

    assert provenance.environment("cpu", "cpu-int8") == plain | {"similarity_backend": "cpu-int8"}


def test_how_long_it_took_is_part_of_the_environment_where_it_was_measured() -> None:
    plain = provenance.environment("cpu")

    assert provenance.environment("cpu", cpu_seconds=1.23456) == plain | {"cpu_seconds": 1.235}


def test_a_missing_library_is_not_available(monkeypatch: pytest.MonkeyPatch) -> None:
    assert provenance._version("surely-no-such-package") == "n/a"


def test_a_checkout_knows_its_commit_and_whether_it_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*command: str) -> None:
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(["git", "-C", str(tmp_path), *identity, *command], check=True, capture_output=True)

    (tmp_path / "idia").mkdir()
    (tmp_path / "idia" / "__init__.py").write_text("")
    monkeypatch.setattr(idia, "__file__", str(tmp_path / "idia" / "__init__.py"))
    assert provenance.suite() == {"version": idia.__version__, "commit": None, "dirty": False}
    git("init")
    git("add", ".")
    git("commit", "-m", "First")

    clean = provenance.suite()
    assert len(clean["commit"]) == 40
    assert clean["dirty"] is False
    (tmp_path / "idia" / "__init__.py").write_text("changed")
    assert provenance.suite()["dirty"] is True


def test_a_package_inside_somebody_elses_repository_has_no_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "venv" / "idia"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (tmp_path / "idia").mkdir()
    subprocess.run(["git", "-C", str(tmp_path), "init"], check=True, capture_output=True)
    monkeypatch.setattr(idia, "__file__", str(package / "__init__.py"))

    assert provenance.suite()["commit"] is None
