import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from idia.errors import SettingError
from idia.speed import card
from idia.speed.card import (
    Peak,
    card_words,
    check_usable,
    clock_of,
    driver_words,
    fresh_kernels,
    full_float32,
    give_back,
)
from idia.speed.machine import library_words, machine_words

CPU = torch.device("cpu")


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a library that stands in for a card was asked to do."""
    asked: list[str] = []
    taken = iter([100 << 20, 7 << 20])
    most = iter([130 << 20, 9 << 20])
    for name in ("synchronize", "reset_peak_memory_stats"):
        monkeypatch.setattr(torch.cuda, name, lambda device, name=name: asked.append(name))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: asked.append("empty_cache"))
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: next(taken))
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: next(most))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA H100")
    properties = SimpleNamespace(multi_processor_count=132)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: properties)
    return asked


def test_a_clock_waits_for_the_card_and_not_for_the_cpu(cuda: list[str]) -> None:
    clock_of(CPU)()
    assert cuda == []
    clock = clock_of(torch.device("cuda"))
    assert clock() <= clock()
    assert cuda == ["synchronize"] * 2


def test_memory_counts_above_what_was_taken_before_and_at_its_most(cuda: list[str]) -> None:
    peak = Peak()
    for _ in range(2):
        with peak.measuring(torch.device("cuda")):
            pass

    assert peak.mib == 30
    assert cuda == ["synchronize", "reset_peak_memory_stats", "synchronize"] * 2


def test_the_cpu_has_no_such_memory(cuda: list[str]) -> None:
    peak = Peak()
    with peak.measuring(CPU):
        pass
    give_back(CPU)

    assert (peak.mib, cuda) == (None, [])
    give_back(torch.device("cuda"))
    assert cuda == ["empty_cache"]


@pytest.mark.usefixtures("cuda")
def test_words_about_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    told = SimpleNamespace(returncode=0, stdout="580.159.03\n580.159.03\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: told)
    monkeypatch.setattr(torch.version, "cuda", "13.0")

    assert card_words("cuda:0") == machine_words("cuda:0") == "NVIDIA H100, 132 SMs"
    assert library_words(["torch"], device="cuda").startswith("driver 580.159.03, CUDA 13.0, Python 3.")
    assert "torch " in library_words(device="cuda")
    assert "open_clip" not in library_words(device="cuda")


def test_a_driver_that_does_not_tell_is_not_available(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> Any:
        raise FileNotFoundError

    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(subprocess, "run", missing)
    assert driver_words() == "driver n/a, CUDA n/a"
    monkeypatch.setattr(
        subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=9, stdout="NVIDIA-SMI has failed")
    )
    assert driver_words() == "driver n/a, CUDA n/a"


def test_a_device_must_be_there_and_must_run_the_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("idia.models.devices._available", lambda: ("cpu",))
    with pytest.raises(SettingError, match="no device 'cuda' here"):
        check_usable("cuda")
    monkeypatch.setattr("idia.models.devices._available", lambda: ("cpu", "cuda"))
    monkeypatch.setattr(card, "unusable", lambda device: "it is too old")
    with pytest.raises(
        SettingError, match="--idia-device cuda: this package's kernels cannot be used there: it is too old"
    ):
        check_usable("cuda")
    monkeypatch.setattr(card, "unusable", lambda device: "")
    assert check_usable("cuda") == torch.device("cuda")


@pytest.mark.parametrize("before", [None, "/somewhere"])
def test_kernels_are_fresh_for_a_while(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    monkeypatch.delenv("TRITON_CACHE_DIR", raising=False)
    if before is not None:
        monkeypatch.setenv("TRITON_CACHE_DIR", before)
    with fresh_kernels():
        folder = Path(os.environ["TRITON_CACHE_DIR"])
        assert list(folder.iterdir()) == []
    assert os.environ.get("TRITON_CACHE_DIR") == before
    assert not folder.exists()


def test_float32_is_full_for_a_while() -> None:
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        with full_float32():
            assert torch.get_float32_matmul_precision() == "highest"
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision(before)
