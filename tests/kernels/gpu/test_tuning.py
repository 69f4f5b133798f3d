"""Cuts are timed in turn, and the fastest that runs is used."""

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
import torch

pytest.importorskip("triton")

from idia.errors import SettingError
from idia.kernels.gpu import tiles, tuning
from idia.kernels.gpu.tiles import SHIPPED, Tiles, chosen
from idia.kernels.gpu.tuning import ROUNDS, TiledTime, tune, tuned

CUDA = torch.device("cuda:0")
FIRST, SECOND, THIRD = SHIPPED[9, 0][:3]
MILLISECONDS = {FIRST: [99.0, 5, 4, 6, 5, 5, 5, 9], SECOND: [1.0, 3, 3, 3, 2, 3, 3, 3]}


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[Tiles]:
    """Two cuts that take some time and one that does not run, in the order in which they are launched."""
    launched: list[Tiles] = []
    clock = [0.0]
    entered: list[torch.device] = []

    class Event:
        def __init__(self, device: torch.device, *, enable_timing: bool) -> None:
            assert enable_timing

        def record(self) -> None:
            assert entered == [CUDA]  # otherwise it would wait for another device
            self.time = clock[0]

        def synchronize(self) -> None:
            pass

        def elapsed_time(self, end: "Event") -> float:
            return end.time - self.time

    def launching_on(device: torch.device) -> nullcontext[None]:
        entered.append(device)
        return nullcontext()

    def screen(comparison: Any, block: Any, *, tiles: Tiles) -> None:
        launched.append(tiles)
        if tiles == THIRD:
            raise RuntimeError("out of resource: shared memory\nReducing block sizes may help")
        clock[0] += MILLISECONDS[tiles][launched.count(tiles) - 1]

    monkeypatch.setattr(tuning, "unusable", lambda device: "")
    monkeypatch.setattr(tuning, "launching_on", launching_on)
    monkeypatch.setattr(tuning, "shipped", lambda capability: (FIRST, SECOND, THIRD))
    monkeypatch.setattr(torch, "Event", Event)
    monkeypatch.setattr(torch, "Generator", lambda device: SimpleNamespace(manual_seed=lambda seed: None))
    monkeypatch.setattr(torch, "randn", lambda *shape, generator, device: torch.ones(shape))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    monkeypatch.setattr(tuning, "RoundedNames", lambda texts, keeps_all: ["block"])
    monkeypatch.setattr(tuning, "round_photos", lambda images: images)
    monkeypatch.setattr(tuning, "Comparison", SimpleNamespace(of=lambda photos, names: None))
    monkeypatch.setattr(tuning, "screen", screen)
    monkeypatch.setattr(tiles, "_tuned", {})
    return launched


def test_all_cuts_are_timed_side_by_side(order: list[Tiles]) -> None:
    times = tuned(8, CUDA, n_photos=3, n_prompts=2, n_names=4)

    assert order == [FIRST, SECOND, THIRD, *[FIRST, SECOND] * ROUNDS]
    assert [each.tiles for each in times] == [SECOND, FIRST, THIRD]
    # What compiled does not count.
    assert times[0] == TiledTime(SECOND, 0.003, 0.002, 0.003)
    assert (times[1].seconds, times[1].low, times[1].high) == (0.005, 0.004, 0.009)
    assert times[2].problem == "RuntimeError: out of resource: shared memory"
    assert times[2].seconds == float("inf")


def test_the_fastest_is_used_from_now_on(order: list[Tiles]) -> None:
    assert tune(8, CUDA)[0].tiles == SECOND
    assert chosen("cuda:0", (9, 0)) == SECOND
    assert chosen("cuda:1", (9, 0)) == FIRST


def test_a_device_without_any_cut_is_reported(order: list[Tiles], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "shipped", lambda capability: (THIRD,))

    with pytest.raises(SettingError, match="no cut into tiles runs on cuda:0: RuntimeError: out of resource"):
        tune(8, CUDA)
    assert chosen("cuda:0", (9, 0)) == FIRST


@pytest.mark.parametrize("call", [tuned, tune])
def test_without_a_card_there_is_nothing_to_tune(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    with pytest.raises(SettingError, match=r"tiles cannot be tuned on cuda:0: it runs on NVIDIA GPUs, and torch finds"):
        call(8, CUDA)
