import dataclasses
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from idia import NamePool, PromptTemplates
from idia.attacks import scan
from idia.attacks.scan import NameScan
from idia.errors import SettingError
from idia.kernels import Standing, compared
from idia.models import EmbeddingCache
from idia.testing import ToyClip

PROMPTS = PromptTemplates(("{}", "a photo of {}", "{} at a gala"))
NAMES = NamePool(
    tuple(f"{first} {last}" for last in ("Sample", "Example", "Instance") for first in map(str, range(40)))
)
IMAGES = torch.nn.functional.normalize(torch.from_numpy(np.random.default_rng(0).normal(size=(9, 64))), dim=1).float()


class Counting(ToyClip):
    """Remembers what it was asked, and gives up after so many names."""

    def __init__(self, stops_after: float = float("inf")) -> None:
        super().__init__()
        self.asked: list[str] = []
        self._stops_after = stops_after

    def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
        if len(self.asked) >= self._stops_after:
            raise KeyboardInterrupt
        self.asked += texts[: len(texts) // len(PROMPTS)]
        return super().encode_texts(texts)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Sets how many names are encoded together, and how many groups of them make a chunk."""

    def set_sizes(group: int, n_groups: int, most_cached: int = 0) -> None:
        monkeypatch.setattr(scan, "_GROUP", group)
        monkeypatch.setattr(scan, "_CHUNK", group * n_groups * len(PROMPTS) * 64 * 4)
        monkeypatch.setattr(scan, "MOST_TEXTS", most_cached)

    return set_sizes


def all_at_once() -> Standing:
    model = ToyClip()
    texts = torch.stack([model.encode_texts(texts) for texts in PROMPTS.fill(NAMES.names)])
    return compared(IMAGES, texts, impl="reference")


def assert_same(left: Standing, right: Standing) -> None:
    for field in ("indices", "similarities", "maxima", "runners_up"):
        assert np.allclose(getattr(left, field), getattr(right, field), rtol=0, atol=1e-15, equal_nan=True), field
    for field in ("rows", "names", "similarities"):
        assert np.allclose(getattr(left.ties, field), getattr(right.ties, field), rtol=0, atol=1e-15), field


@pytest.mark.parametrize("sorted_together", [7, 50, 1 << 16])
@pytest.mark.parametrize("sizes", [(1, 1), (5, 3), (7, 1), (120, 1), (200, 2)])
def test_chunks_of_any_size_give_the_answer_of_all_names_at_once(
    sizes: tuple[int, int], sorted_together: int, small_chunks: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    small_chunks(*sizes)
    monkeypatch.setattr(scan, "_SORTED", sorted_together)
    model = Counting()

    standing = NameScan(model, NAMES, PROMPTS, EmbeddingCache(None)).best(IMAGES)

    assert_same(standing, all_at_once())
    assert sorted(model.asked) == sorted(NAMES.names)


class Staircase(Counting):
    """Every name is a little better than the one before it in the pool, by less than a tie; or its equal."""

    def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
        super().encode_texts(texts)
        places = [NAMES.names.index(max((name for name in NAMES.names if name in text), key=len)) for text in texts]
        steps = torch.tensor([place - (place % 5 == 4) for place in places], dtype=torch.float64)
        # As float32 holds no such steps near 1, they are a tiny component of their own.
        vectors = torch.zeros(len(texts), 64, dtype=torch.float64)
        vectors[:, 0], vectors[:, 1] = 1.0, steps * 1e-9
        return vectors.float()


STAIRCASE = torch.nn.functional.normalize(torch.eye(64)[:1] + 2e-5 * torch.eye(64)[1:2], dim=1)


@pytest.mark.parametrize("at", [12, 60, 107])
def test_of_tied_names_the_first_of_the_pool_is_chosen(
    at: int, tmp_path: Path, small_chunks: Callable[..., None]
) -> None:
    """Whatever comes first in the alphabet, and wherever the scan was interrupted."""
    small_chunks(4, 3)
    texts = torch.stack([Staircase().encode_texts(texts) for texts in PROMPTS.fill(NAMES.names)])
    expected = compared(STAIRCASE, texts, impl="reference")
    cache = EmbeddingCache(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        NameScan(Staircase(stops_after=at), NAMES, PROMPTS, cache).best(STAIRCASE)

    standing = NameScan(Staircase(), NAMES, PROMPTS, cache).best(STAIRCASE)

    assert 1 < expected.indices[0, 0] < len(NAMES) - 1
    assert len(expected.ties.rows) > len(PROMPTS)
    assert_same(standing, expected)


def test_names_that_need_not_be_sorted_out_are_kept_in_the_cache(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path)
    first = NameScan(ToyClip(), NAMES, PROMPTS, cache).best(IMAGES)
    model = Counting(stops_after=0)

    assert_same(NameScan(model, NAMES, PROMPTS, cache).best(IMAGES), first)
    assert not (tmp_path / "scans").exists()


@pytest.mark.parametrize("at", [1, 24, 25, 96, 107])
def test_an_interrupted_scan_goes_on_where_it_was(at: int, tmp_path: Path, small_chunks: Callable[..., None]) -> None:
    """Chunks of other sizes may follow, as long as the model's groups are the same."""
    cache = EmbeddingCache(tmp_path)
    small_chunks(4, 3)
    with pytest.raises(KeyboardInterrupt):
        NameScan(Counting(stops_after=at), NAMES, PROMPTS, cache).best(IMAGES)
    small_chunks(4, 5)
    model = Counting()
    told: list[tuple[str, int, int]] = []

    standing = NameScan(model, NAMES, PROMPTS, cache).best(IMAGES, progress=lambda *step: told.append(step))

    done = at // 12 * 12 + (12 if at % 12 else 0)
    assert len(model.asked) == len(NAMES) - done
    assert told[0] == ("names", done, 120)
    assert told[-1] == ("names", 120, 120)
    assert_same(standing, all_at_once())
    assert len(list((tmp_path / "scans").glob("*.scan"))) == 1


def test_with_many_photos_chunks_are_no_smaller_than_what_is_written_down(
    tmp_path: Path, small_chunks: Callable[..., None]
) -> None:
    small_chunks(4, 1)
    told: list[int] = []
    many = IMAGES.repeat(600, 1)

    standing = NameScan(ToyClip(), NAMES, PROMPTS, EmbeddingCache(tmp_path)).best(
        many, progress=lambda stage, done, total: told.append(done)
    )

    assert told == [0, 120]
    assert standing.indices[:9].tolist() == all_at_once().indices.tolist()


def test_a_finished_scan_asks_the_model_nothing(tmp_path: Path, small_chunks: Callable[..., None]) -> None:
    small_chunks(4, 3)
    cache = EmbeddingCache(tmp_path)
    first = NameScan(ToyClip(), NAMES, PROMPTS, cache).best(IMAGES)

    assert_same(NameScan(Counting(stops_after=0), NAMES, PROMPTS, cache).best(IMAGES), first)


@pytest.mark.parametrize(
    "other",
    [
        *("weights_sha256", "tokenizer_sha256", "library", "architecture", "activation", "precision"),
        *("device", "names", "order of names", "prompts", "photos", "group", "sorted", "version"),
    ],
)
def test_another_scan_is_not_continued(
    other: str, tmp_path: Path, small_chunks: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    small_chunks(4, 3)
    NameScan(ToyClip(), NAMES, PROMPTS, EmbeddingCache(tmp_path, "here")).best(IMAGES)
    names, prompts, images, cache = NAMES, PROMPTS, IMAGES, EmbeddingCache(tmp_path, "here")

    class Changed(Counting):
        @property
        def info(self):  # type: ignore[no-untyped-def]  # as the protocol has it
            info = super().info
            return dataclasses.replace(info, **{other: "other"}) if hasattr(info, other) else info  # type: ignore[arg-type]

    if other == "device":
        cache = EmbeddingCache(tmp_path, "there")
    elif other == "names":
        names = NamePool((*NAMES.names[:-1], "Somebody Else"))
    elif other == "order of names":
        names = NamePool(NAMES.names[::-1])
    elif other == "prompts":
        prompts = PromptTemplates((*PROMPTS.templates[:-1], "{} in a suit"))
    elif other == "photos":
        images = IMAGES.flip(0)
    elif other == "group":
        small_chunks(3, 4)
    elif other == "sorted":
        monkeypatch.setattr(scan, "_SORTED", 100)
    elif other == "version":
        monkeypatch.setattr(scan, "__version__", "0.0")
    model = Changed()

    NameScan(model, names, prompts, cache).best(images)

    assert len(model.asked) == len(names)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_state_is_done_again(damage: str, tmp_path: Path, small_chunks: Callable[..., None]) -> None:
    small_chunks(4, 3)
    cache = EmbeddingCache(tmp_path)
    first = NameScan(ToyClip(), NAMES, PROMPTS, cache).best(IMAGES)
    (state,) = (tmp_path / "scans").glob("*.scan")
    content = bytearray(state.read_bytes())
    content[len(content) // 2] ^= 1
    state.write_bytes({"cut": bytes(content[:-9]), "flipped": bytes(content), "empty": b""}[damage])
    model = Counting()

    assert_same(NameScan(model, NAMES, PROMPTS, cache).best(IMAGES), first)
    assert len(model.asked) == len(NAMES)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, small_chunks: Callable[..., None]) -> None:
    small_chunks(4, 3)
    (tmp_path / "scans").write_text("in the way")

    with pytest.raises(SettingError, match=r"scan over names cannot be written to .*scans.*--idia-cache-dir"):
        NameScan(ToyClip(), NAMES, PROMPTS, EmbeddingCache(tmp_path)).best(IMAGES)


def test_a_model_without_a_fingerprint_is_never_continued(tmp_path: Path, small_chunks: Callable[..., None]) -> None:
    class Anonymous(Counting):
        @property
        def info(self):  # type: ignore[no-untyped-def]  # as the protocol has it
            return dataclasses.replace(super().info, weights_sha256="")

    small_chunks(4, 3)
    for _ in range(2):
        model = Anonymous()
        NameScan(model, NAMES, PROMPTS, EmbeddingCache(tmp_path)).best(IMAGES)
        assert len(model.asked) == len(NAMES)


KILLED = """
import sys, time
from pathlib import Path
sys.path.insert(0, {folder!r})
import test_scan as here
from idia.attacks import scan
scan._GROUP, scan._CHUNK, scan.MOST_TEXTS = 4, 4 * len(here.PROMPTS) * 64 * 4, 0
def slowly(stage, done, total):
    print(done, flush=True)
    time.sleep(0.2 if done else 0)
cache = here.EmbeddingCache(Path({cache!r}))
here.NameScan(here.ToyClip(), here.NAMES, here.PROMPTS, cache).best(here.IMAGES, progress=slowly)
"""


def test_a_kill_costs_no_more_than_one_chunk(tmp_path: Path, small_chunks: Callable[..., None]) -> None:
    code = KILLED.format(folder=str(Path(__file__).parent), cache=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while (seen := int(process.stdout.readline())) < 16:
            time.sleep(0)
        process.send_signal(signal.SIGKILL)
    small_chunks(4, 1)
    model = Counting()

    standing = NameScan(model, NAMES, PROMPTS, EmbeddingCache(tmp_path)).best(IMAGES)

    assert 0 < len(model.asked) <= len(NAMES) - seen
    assert_same(standing, all_at_once())
