"""A scan belongs to one process at a time, and to nobody once that is killed."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load, save

from idia import NamePool, PromptTemplates, attacks
from idia.attacks import scan
from idia.attacks.scan import NameScan
from idia.attacks.scan_state import ScanState
from idia.errors import ModelError, SettingError
from idia.kernels import Standing, compared
from idia.models import EmbeddingCache, locks
from idia.models.kept import kept_in, remove
from idia.testing import ToyClip

KEY = "5c" * 32
PROMPTS = PromptTemplates(("{}", "a photo of {}", "{} at a gala"))
NAMES = NamePool(tuple(f"{number} Sample" for number in range(120)))
IMAGES = torch.nn.functional.normalize(torch.from_numpy(np.random.default_rng(0).normal(size=(9, 64))), dim=1).float()


class Counting(ToyClip):
    """Counts names it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.n_asked = 0

    def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
        self.n_asked += len(texts) // len(PROMPTS)
        return super().encode_texts(texts)


def all_at_once() -> Standing:
    texts = torch.stack([ToyClip().encode_texts(texts) for texts in PROMPTS.fill(NAMES.names)])
    return compared(IMAGES, texts, impl="reference")


@pytest.fixture
def state(tmp_path: Path) -> ScanState:
    return ScanState(tmp_path / "cache" / "scans", KEY)


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.01)
    monkeypatch.setattr(locks, "_POLL", 0.005)
    monkeypatch.setattr(scan, "_GROUP", 4)
    monkeypatch.setattr(scan, "_CHUNK", 12 * len(PROMPTS) * 64 * 4)
    monkeypatch.setattr(scan, "MOST_TEXTS", 0)


def test_of_two_that_want_the_same_scan_one_does_it_and_both_get_it(tmp_path: Path) -> None:
    cache, first, second = EmbeddingCache(tmp_path), Counting(), Counting()
    told: list[tuple[str, int, int]] = []
    is_going, may_go = threading.Event(), threading.Event()
    found: list[Standing] = []

    def slowly(stage: str, done: int, total: int) -> None:
        if done == 24:
            is_going.set()
            assert may_go.wait(timeout=30)

    def do_first() -> None:
        found.append(NameScan(first, NAMES, PROMPTS, cache).best(IMAGES, progress=slowly))

    def do_second() -> None:
        found.append(NameScan(second, NAMES, PROMPTS, cache).best(IMAGES, progress=told_to))

    def told_to(*step: object) -> None:
        told.append(step)  # type: ignore[arg-type]
        may_go.set()

    threads = [threading.Thread(target=do_first), threading.Thread(target=do_second)]
    threads[0].start()
    assert is_going.wait(timeout=30)
    threads[1].start()
    for thread in threads:
        thread.join()

    assert (first.n_asked, second.n_asked) == (len(NAMES), 0)
    assert told == [("waiting for another process", 24, 120), ("names", 120, 120)]
    for standing in found:
        assert standing.indices.tolist() == all_at_once().indices.tolist()


def test_a_scan_that_goes_on_is_not_removed_however_long_a_chunk_takes(tmp_path: Path) -> None:
    def long_ago(stage: str, done: int, total: int) -> None:
        for path in (tmp_path / "scans").glob("*.scan"):
            os.utime(path, (1_000_000_000, 1_000_000_000))
        outcomes.extend(remove(each) for each in kept_in(tmp_path))

    outcomes: list[str] = []
    NameScan(Counting(), NAMES, PROMPTS, EmbeddingCache(tmp_path)).best(IMAGES, progress=long_ago)

    assert set(outcomes) == {"in use"}
    assert [remove(each) for each in kept_in(tmp_path)] == ["removed"]
    assert [path.suffix for path in (tmp_path / "scans").iterdir()] == [".lock"]


HOLDS = """
import sys, time
from pathlib import Path
from idia.attacks.scan_state import ScanState
folder = Path(sys.argv[1])
with ScanState(folder, sys.argv[2]).held():
    (folder / f"idia-{sys.argv[2]}-half.tmp").write_bytes(b"half")
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs a signal that cannot be caught")
def test_what_a_killed_process_held_is_free_at_once(state: ScanState, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "scans"
    environment = {**os.environ, "PYTHONPATH": str(Path(attacks.__file__).parents[2])}
    command = [sys.executable, "-c", HOLDS, str(folder), KEY]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert [remove(each) for each in kept_in(folder.parent)] == ["in use"]
        process.send_signal(signal.SIGKILL)
    (half,) = folder.glob("*.tmp")

    with state.held(_nobody_waits):
        assert not half.exists(), "swept"
    half.write_bytes(b"half")
    assert [remove(each) for each in kept_in(folder.parent)] == ["removed"]
    assert not half.exists()


def test_leftovers_of_other_scans_are_swept_when_they_are_old(state: ScanState, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "scans"
    folder.mkdir(parents=True)
    old, new, mine = (folder / name for name in (f"idia-{'d5' * 32}-a.tmp", f"idia-{'d5' * 32}-b.tmp", "mine.tmp"))
    for path in (old, new, mine):
        path.write_bytes(b"half")
    for path in (old, mine):
        os.utime(path, (time.time() - 2 * 24 * 3600,) * 2)
    with state.held():
        pass

    assert [path.exists() for path in (old, new, mine)] == [False, True, True]


@pytest.mark.parametrize("backend", ["", "cpu-int8", "reference, triton"])
def test_whoever_compared_the_names_is_kept(backend: str, state: ScanState) -> None:
    state.write(7, replace(all_at_once(), backend=backend))

    n_done, standing = state.read(Standing.at_start(9, 3))

    assert (n_done, standing.backend) == (7, backend)
    assert standing.indices.tolist() == all_at_once().indices.tolist()


def test_a_state_that_does_not_say_who_compared_is_done_again(state: ScanState, tmp_path: Path) -> None:
    start = Standing.at_start(9, 3)
    state.write(7, all_at_once())
    (path,) = (tmp_path / "cache" / "scans").iterdir()
    arrays = load(path.read_bytes()[32:])
    del arrays["backend"]
    older = save(arrays)
    path.write_bytes(hashlib.sha256(older).digest() + older)

    assert state.read(start) == (0, start)


def test_a_state_that_is_read_was_used(state: ScanState, tmp_path: Path) -> None:
    start = Standing.at_start(2, 1)
    state.write(0, start)
    (path,) = (tmp_path / "cache" / "scans").iterdir()
    os.utime(path, (1_000_000_000, 1_000_000_000))
    state.read(start)

    assert time.time() - path.stat().st_mtime < 60


def test_a_finished_scan_needs_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = EmbeddingCache(tmp_path)
    first = NameScan(Counting(), NAMES, PROMPTS, cache).best(IMAGES)
    monkeypatch.setattr(ScanState, "held", None)

    again = NameScan(Counting(), NAMES, PROMPTS, cache).best(IMAGES)
    assert again.indices.tolist() == first.indices.tolist()


def test_whoever_holds_a_scan_is_told_not_to_take_it_again(state: ScanState) -> None:
    with state.held(), pytest.raises(ModelError, match="must not use the cache"), state.held():
        raise AssertionError("held twice")


def test_a_folder_of_scans_that_is_a_link_is_refused(state: ScanState, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    leftover = tmp_path / "elsewhere" / f"idia-{KEY}-a.tmp"
    leftover.write_bytes(b"mine")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "scans").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(SettingError, match="is a link"), state.held():
        raise AssertionError("held")
    with pytest.raises(SettingError, match="is a link"):
        state.read(Standing.at_start(1, 1))
    assert leftover.exists()


@pytest.mark.skipif(os.name == "nt", reason="needs permissions")
def test_folders_are_their_owners_alone(state: ScanState, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with state.held():
            pass
    finally:
        os.umask(before)

    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "cache", tmp_path / "cache" / "scans")] == [0o700] * 2


def test_states_and_the_libraries_that_tokenise_belong_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = EmbeddingCache(tmp_path)
    NameScan(Counting(), NAMES, PROMPTS, cache).best(IMAGES)
    monkeypatch.setattr("idia.models.cache._libraries", lambda kind: (f"ftfy of {kind}",))
    model = Counting()
    NameScan(model, NAMES, PROMPTS, cache).best(IMAGES)

    assert model.n_asked == len(NAMES)


def _nobody_waits() -> None:
    raise AssertionError("somebody still holds it")
