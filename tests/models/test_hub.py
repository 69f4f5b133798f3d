from pathlib import Path

import huggingface_hub
import open_clip.pretrained
import pytest
from huggingface_hub import constants
from huggingface_hub.errors import HFValidationError

from idia.errors import ModelError, UnknownModelError
from idia.models.hub import fetch, offline_reason, weight_files

REPOSITORY = "org/model"


def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> Path:
    """Puts a file into a hub cache of our own, as a download would."""
    root = tmp_path / "hub" / "models--org--model"
    commit = "0123456789" * 4
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text(commit)
    path = root / "snapshots" / commit / file
    path.parent.mkdir(parents=True)
    path.write_text("content")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return path


def test_a_cached_file_is_found_without_a_network(
    without_network: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cached(tmp_path, monkeypatch, "open_clip_pytorch_model.bin")

    assert path == fetch(REPOSITORY, weight_files(), wanted_for="spec", fetch_command="command")


def test_offline_an_absent_file_is_named_with_the_way_to_get_it(without_network: None, tmp_path: Path) -> None:

    with pytest.raises(ModelError, match=r"a\.bin or b\.bin of https://\S+/org/model.*HF_HUB_OFFLINE is set") as caught:
        fetch(REPOSITORY, ["a.bin", "b.bin"], wanted_for="the spec", fetch_command="the command")

    assert str(caught.value).startswith("'the spec' needs")
    assert "\n    the command\n" in str(caught.value)
    assert str(tmp_path / "hub") in str(caught.value)


def test_without_a_network_the_hub_is_not_asked_again_and_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("idia.models.hub.getproxies", dict)

    with pytest.raises(ModelError, match=r"127\.0\.0\.1:9 cannot be reached"):
        fetch(REPOSITORY, ["a.bin"], wanted_for="spec", fetch_command="command")


def test_behind_a_proxy_the_hub_is_left_to_its_own_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr("idia.models.hub.getproxies", lambda: {"https": "http://proxy:8080"})

    assert offline_reason() is None


def reachable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception) -> None:
    """A hub that answers every download with an error."""

    def answer(**_: object) -> str:
        raise error

    monkeypatch.setattr("idia.models.hub.offline_reason", lambda: None)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(open_clip.pretrained, "hf_hub_download", answer)


def test_a_download_that_breaks_off_is_our_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reachable(monkeypatch, tmp_path, RuntimeError("connection reset\nand much more"))

    with pytest.raises(ModelError, match=r"the download failed \(connection reset\)") as caught:
        fetch(REPOSITORY, weight_files(), wanted_for="spec", fetch_command="command")

    assert not isinstance(caught.value, UnknownModelError)


def test_a_repository_that_the_hub_does_not_know_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import httpx2

    missing = huggingface_hub.errors.RepositoryNotFoundError(
        "404", response=httpx2.Response(404, request=httpx2.Request("GET", "https://huggingface.co"))
    )
    reachable(monkeypatch, tmp_path, missing)

    with pytest.raises(UnknownModelError, match="no repository 'org/model'"):
        fetch(REPOSITORY, weight_files(), wanted_for="spec", fetch_command="command")


def test_a_name_that_no_repository_can_have_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reachable(monkeypatch, tmp_path, HFValidationError("bad name"))

    with pytest.raises(UnknownModelError, match=r"no repository 'a--\.b'"):
        fetch("a--.b", weight_files(), wanted_for="spec", fetch_command="command")


def test_safetensors_are_preferred() -> None:
    assert weight_files() == ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
    assert weight_files("open_clip_pytorch_model.bin") == weight_files()
    assert weight_files("pytorch_model.bin") == ("pytorch_model.safetensors", "pytorch_model.bin")
    assert weight_files("epoch_3.pt") == ("epoch_3.pt",)
