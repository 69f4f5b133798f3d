"""One cache, several processes: each item is encoded once, and a kill costs no more than what was being encoded."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

import idia.models.cache
from idia.models import EmbeddingCache, ModelInfo

PER_SHARD = 1024
N_TEXTS = 2 * PER_SHARD + 100

PROCESS = """
import hashlib, os, sys, time
from pathlib import Path
import numpy as np, torch
from idia.models import EmbeddingCache, ModelInfo

class Slow:
    info = ModelInfo("s", "slow", "l", "a", "ab" * 32, 0, "cd" * 32, "ef" * 32, "gelu", "config", "fp32", 2, None, None)
    def encode_texts(self, texts):
        with open(sys.argv[2], "a") as log:
            log.write("".join(f"{text}\\n" for text in texts))
        time.sleep(float(sys.argv[3]))
        angle = torch.tensor([float(text) for text in texts])
        return torch.stack([angle.cos(), angle.sin()], dim=1)

embeddings = EmbeddingCache(Path(sys.argv[1])).texts(Slow(), [str(n) for n in range(int(sys.argv[4]))])
print(hashlib.sha256(embeddings.numpy().tobytes()).hexdigest())
"""


def start(folder: Path, log: Path, *, slowness: float) -> subprocess.Popen[str]:
    root = Path(idia.models.cache.__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", PROCESS, str(folder), str(log), str(slowness), str(N_TEXTS)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_of_two_processes_one_encodes_and_both_get_the_same(tmp_path: Path) -> None:
    processes = [start(tmp_path / "cache", tmp_path / "log", slowness=0.2) for _ in range(2)]
    answers = [process.communicate(timeout=120)[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0]
    assert answers[0] == answers[1] != ""
    assert (tmp_path / "log").read_text().split() == [str(number) for number in range(N_TEXTS)], "each once"
    (folder,) = (path for path in (tmp_path / "cache").iterdir() if path.is_dir())
    assert len(list(folder.glob("*.safetensors"))) == 3
    assert not list(folder.glob("*.tmp"))


@pytest.mark.skipif(os.name == "nt", reason="needs a signal that cannot be caught")
def test_after_a_kill_the_next_goes_on_where_it_stopped(tmp_path: Path) -> None:
    first = start(tmp_path / "cache", tmp_path / "log", slowness=0.4)
    patience = time.monotonic() + 60
    while not list((tmp_path / "cache").glob("*/*.safetensors")):
        assert time.monotonic() < patience
        assert first.poll() is None
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    (folder,) = (path for path in (tmp_path / "cache").iterdir() if path.is_dir())
    (folder / "idia-half.tmp").write_bytes(b"half")
    n_kept = len(list(folder.glob("*.safetensors")))
    (tmp_path / "log").unlink()

    second = start(tmp_path / "cache", tmp_path / "log", slowness=0)
    second.communicate(timeout=120)

    assert second.returncode == 0
    assert (tmp_path / "log").read_text().split() == [str(number) for number in range(n_kept * PER_SHARD, N_TEXTS)]
    assert not list(folder.glob("*.tmp"))


@pytest.mark.skipif(os.name == "nt", reason="a folder that is open cannot be removed there")
def test_what_is_removed_under_a_reader_is_encoded_again(tmp_path: Path) -> None:
    class Model:
        info = ModelInfo("", "m", "l", "a", "ab" * 32, 0, "cd" * 32, "ef" * 32, "", "", "fp32", 2, None, None)
        n_encoded = 0

        def encode_texts(self, texts: list[str]) -> torch.Tensor:
            self.n_encoded += len(texts)
            return torch.tensor([[1.0, 0.0]]).repeat(len(texts), 1)

    model, cache = Model(), EmbeddingCache(tmp_path)
    cache.texts(model, ["a", "b"])  # type: ignore[arg-type] # a model of texts alone
    for path in sorted(tmp_path.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert len(cache.texts(model, ["a", "b", "c"])) == 3  # type: ignore[arg-type]

    assert model.n_encoded == 5
