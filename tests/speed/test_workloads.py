from pathlib import Path
from typing import Any

import numpy as np
import pytest

from idia.errors import SettingError
from idia.models.text_encoding import TextEncoder
from idia.models.text_tower import CausalTower
from idia.speed import workloads
from idia.speed.fresh import Meter

MODEL = str(Path(__file__).parents[2] / "fixtures" / "models" / "vit-mixed")


def test_streamed_names_are_those_of_float64_in_any_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    size: dict[str, Any] = {"n_photos": 7, "n_prompts": 2, "n_names": 100, "dim": 128}
    monkeypatch.setattr(workloads, "_CHUNK", 30 * 4 * 2 * 128)
    chosen = workloads.streamed_names(Meter(), **size)

    assert np.shape(chosen) == (7, 2)
    assert chosen == workloads.streamed_names(Meter(), backend="reference", **size)
    assert max(map(max, chosen)) >= 30


def test_a_scan_predicts_as_without_any_short_cut() -> None:
    size: dict[str, Any] = {"model": MODEL, "n_photos": 31, "n_names": 40, "is_one_prompt": True}
    meter = Meter()
    scanned = workloads.scanned_names(meter, **size)

    assert scanned["predicted"] == workloads.scanned_names_plainly(Meter(), **size)["predicted"]
    assert np.shape(scanned["predicted"]) == (31, 1)
    assert meter.cpu_seconds > 0


def test_without_any_short_cut_no_text_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    for short_cut in ("encode_tree", "encode_cut"):
        monkeypatch.setattr(CausalTower, short_cut, lambda *_: pytest.fail("took a short cut"))
    way: Any = lambda network, *_, **__: TextEncoder(network, "tree")  # noqa: E731
    monkeypatch.setattr(TextEncoder, "fastest", way)

    plain = workloads.scanned_names_plainly(Meter(), model=MODEL, n_photos=2, n_names=5)

    assert np.shape(plain["predicted"]) == (2, 21)


def test_what_cannot_be_scanned_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="no model of synthetic people"):
        workloads.scanned_names(Meter(), model=str(tmp_path), n_photos=1, n_names=2)


def test_simulated_people_are_recognised_more_or_less_often() -> None:
    predictions = workloads.simulated_predictions(30)
    shares = [
        float((table == target).mean())
        for table, target in zip(predictions.predicted, predictions.targets, strict=True)
    ]

    assert (predictions.n_people, predictions.n_prompts, set(predictions.n_photos)) == (30, 21, {30})
    assert min(shares) < 0.2 < 0.8 < max(shares)
    assert workloads.voted(Meter(), n_people=3, draws=5) == workloads.voted(Meter(), n_people=3, draws=5)
