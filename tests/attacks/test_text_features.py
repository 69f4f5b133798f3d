"""Features of texts: what they are, what is kept of them, and that nothing else has a part in them."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from idia.attacks import text_features as module
from idia.attacks.inversion import Inversion
from idia.attacks.local_faces import Eigenfaces
from idia.attacks.text_features import KIND, TextFeatures, text_features
from idia.errors import ModelError
from idia.models import EmbeddingCache
from idia.models.devices import torch_threads
from idia.testing import ToyClip

HOW = Inversion("pixels", n_restarts=16, n_steps=2, learning_rate=0.5)
PER_GROUP = 4  # texts in a batch of 64 images


class Counting(ToyClip):
    """Counts its steps, and fails in one of them if it is told to."""

    def __init__(self, fails_at: int = 0, error: BaseException | None = None) -> None:
        super().__init__()
        self.n_steps, self._fails_at, self._error, self._lock = 0, fails_at, error, threading.Lock()

    def encode_pixels(self, pixels: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            return super().encode_pixels(pixels)
        with self._lock:
            self.n_steps += 1
            fails = self.n_steps == self._fails_at
        if fails and self._error is not None:
            raise self._error
        return super().encode_pixels(pixels) * (float("nan") if fails else 1)


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)) for _ in range(20)]


@pytest.fixture(scope="module")
def starts(pictures: Sequence[Image.Image]) -> Tensor:
    return ToyClip().pixels_of(pictures)


@pytest.fixture(scope="module")
def targets() -> Tensor:
    return torch.nn.functional.normalize(torch.randn(19, 64, generator=torch.Generator().manual_seed(1)))


@pytest.fixture(scope="module")
def alone(targets: Tensor, starts: Tensor) -> TextFeatures:
    """What is found where nothing is kept."""
    return text_features(ToyClip(), targets, starts, HOW)


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path)


def bits(found: TextFeatures) -> list[bytes | None]:
    pictures = None if found.pictures is None else found.pictures.tobytes()
    return [found.matrix.tobytes(), pictures, str((found.gradient_steps, found.queries)).encode()]


def n_rows(folder: Path) -> int:
    from safetensors.torch import load_file

    return sum(len(load_file(path)["keys"]) for path in folder.rglob("*.safetensors"))


@pytest.fixture(params=[1, 2], ids=["one thread", "two threads"])
def _threads(request: pytest.FixtureRequest) -> Iterator[None]:
    with torch_threads(request.param):
        yield


@pytest.mark.usefixtures("_threads")
def test_features_do_not_depend_on_the_number_of_threads(alone: TextFeatures, targets: Tensor, starts: Tensor) -> None:
    assert bits(text_features(ToyClip(), targets, starts, HOW)) == bits(alone)


@pytest.mark.usefixtures("_threads")
def test_pictures_do_not_depend_on_the_number_of_threads_either(targets: Tensor, starts: Tensor) -> None:
    """Of threads beside each other, each has its own core; and none takes those of the process with it."""
    faces = Eigenfaces.fitted(starts, 5)
    found = [text_features(ToyClip(), targets, starts, HOW, representation=faces) for _ in range(2)]
    with torch_threads(1):
        expected = text_features(ToyClip(), targets, starts, HOW, representation=faces)

    assert expected.pictures is not None
    assert expected.pictures.shape == (19, 16, 5)
    assert bits(found[0]) == bits(found[1]) == bits(expected)


def test_what_it_took_is_counted(alone: TextFeatures) -> None:
    assert alone.gradient_steps == 19 * 16 * 2
    assert alone.queries == 19 + 19 * 16 * 2 + 19 * 16
    assert 0 < alone.cpu_seconds < 60
    assert alone.matrix.tolist() == np.column_stack([alone.similarity, alone.dispersion]).tolist()


@given(st.lists(st.integers(0, 18), min_size=1, max_size=12))
@settings(max_examples=10, deadline=None, derandomize=True)
def test_a_text_is_what_it_is_beside_any_others(
    alone: TextFeatures, targets: Tensor, starts: Tensor, rows: list[int]
) -> None:
    """In any number, in any order, and if it comes again."""
    found = text_features(ToyClip(), targets[rows], starts, HOW)

    np.testing.assert_allclose(found.matrix, alone.matrix[rows], atol=1e-5)


def test_texts_that_come_again_are_computed_once(alone: TextFeatures, targets: Tensor, starts: Tensor) -> None:
    """Whole groups do where few pictures are planted for many names."""
    model, done = Counting(), []
    found = text_features(
        model, targets[:PER_GROUP].repeat(5, 1), starts, HOW, progress=lambda *told: done.append(told[1:])
    )

    np.testing.assert_array_equal(found.matrix, np.tile(alone.matrix[:PER_GROUP], (5, 1)))
    assert model.n_steps == 2
    assert found.gradient_steps == PER_GROUP * 16 * 2
    assert done == [(0, 20), (20, 20)]


@pytest.mark.parametrize(
    "error", [None, KeyboardInterrupt(), RuntimeError("out of memory")], ids=["nan", "interrupted", "out of memory"]
)
def test_what_was_interrupted_goes_on_to_the_same_bits(
    alone: TextFeatures, targets: Tensor, starts: Tensor, cache: EmbeddingCache, error: BaseException | None
) -> None:
    with torch_threads(1), pytest.raises(ModelError if error is None else type(error)):
        text_features(Counting(2 * 2 + 1, error), targets, starts, HOW, cache=cache)
    again, done = Counting(), []
    found = text_features(again, targets, starts, HOW, cache=cache, progress=lambda *told: done.append(told))

    assert bits(found) == bits(alone)
    assert again.n_steps == 2 * 3  # of five groups, two were finished
    assert [told for told in done if told[1] == 8]
    assert done[-1] == (KIND, 19, 19)


def test_workers_beside_each_other_keep_what_came_before_the_failure(
    alone: TextFeatures, targets: Tensor, starts: Tensor, cache: EmbeddingCache, tmp_path: Path
) -> None:
    with torch_threads(2), pytest.raises(KeyboardInterrupt):
        text_features(Counting(8, KeyboardInterrupt()), targets, starts, HOW, cache=cache)

    n_kept, again = n_rows(tmp_path), Counting()
    assert n_kept in (0, 4, 8, 12, 16)  # whichever group a worker was late with
    assert bits(text_features(again, targets, starts, HOW, cache=cache)) == bits(alone)
    assert again.n_steps == 2 * (5 - n_kept // PER_GROUP)


def test_what_is_kept_takes_no_step_and_says_what_it_took(
    alone: TextFeatures, targets: Tensor, starts: Tensor, cache: EmbeddingCache
) -> None:
    first = text_features(ToyClip(), targets, starts, HOW, cache=cache)
    model, done = Counting(), []
    for kept in (cache, EmbeddingCache(cache.folder)):
        again = text_features(model, targets, starts, HOW, cache=kept, progress=lambda *told: done.append(told[1:]))

        assert bits(again) == bits(first) == bits(alone)
        assert again.cpu_seconds == first.cpu_seconds
        assert model.n_steps == 0
        assert done[-1] == (19, 19)


def test_a_damaged_file_is_computed_again(
    alone: TextFeatures, targets: Tensor, starts: Tensor, cache: EmbeddingCache, tmp_path: Path
) -> None:
    text_features(ToyClip(), targets, starts, HOW, cache=cache)
    (kept,) = tmp_path.rglob("*.safetensors")
    content = bytearray(kept.read_bytes())
    content[-100] ^= 1
    kept.chmod(0o600)
    kept.write_bytes(content)
    model = Counting()

    assert bits(text_features(model, targets, starts, HOW, cache=EmbeddingCache(tmp_path))) == bits(alone)
    assert model.n_steps == 2 * 5


_OTHERS: dict[str, dict[str, Any]] = {
    "steps": {"how": replace(HOW, n_steps=3)},
    "learning rate": {"how": replace(HOW, learning_rate=0.25)},
    "image": {"how": replace(HOW, image="low-rank")},
    "one start": {"how": replace(HOW, has_one_start=True)},
    "tolerance": {"how": replace(HOW, tolerance=0.1)},
    "starts": {"from_start": 2},
    "photos": {"n_faces": 2},
    "other photos": {"n_faces": 2, "from_face": 3},
    "order": {"order": -1},
}


@pytest.mark.parametrize("other", _OTHERS.values(), ids=_OTHERS)
def test_what_was_asked_otherwise_is_not_used(
    targets: Tensor, starts: Tensor, cache: EmbeddingCache, other: dict[str, Any]
) -> None:
    def asked(
        cache: EmbeddingCache | None = None,
        how: Inversion = HOW,
        from_start: int = 0,
        n_faces: int | None = 3,
        from_face: int = 0,
        order: int = 1,
    ) -> tuple[list[bytes | None], int]:
        model = Counting()
        faces = None if n_faces is None else Eigenfaces.fitted(starts[from_face:][:10], n_faces)
        rows = targets[::order] if order > 0 else targets.flip(0)
        found = text_features(model, rows, starts[from_start:], how, cache=cache, representation=faces)
        return bits(found), model.n_steps

    kept, n_steps = asked(cache)
    changed, n_changed = asked(cache, **other)

    assert n_steps == 10
    assert n_changed >= 10
    assert changed == asked(**other)[0]
    assert asked(cache) == (kept, 0)


def test_lists_that_begin_alike_share_whole_groups_alone(
    alone: TextFeatures, targets: Tensor, starts: Tensor, cache: EmbeddingCache
) -> None:
    text_features(ToyClip(), targets[:6], starts, HOW, cache=cache)
    model = Counting()

    assert bits(text_features(model, targets, starts, HOW, cache=cache)) == bits(alone)
    assert model.n_steps == 2 * 4  # one group of five was known, half of another was not enough


def test_pictures_that_no_restart_begins_at_have_no_part(
    targets: Tensor, starts: Tensor, cache: EmbeddingCache
) -> None:
    how = replace(HOW, has_one_start=True)
    text_features(ToyClip(), targets[:2], starts[:1], how, cache=cache)
    model = Counting()
    text_features(model, targets[:2], starts, how, cache=cache)

    assert model.n_steps == 0


def test_a_model_that_does_not_say_what_it_is_is_not_remembered(
    targets: Tensor, starts: Tensor, cache: EmbeddingCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for unsaid in (replace(ToyClip().info, weights_sha256=""), replace(ToyClip().info, tokenizer_sha256="")):
        monkeypatch.setattr(ToyClip, "info", unsaid)
        text_features(ToyClip(), targets[:2], starts, HOW, cache=cache)

    assert n_rows(tmp_path) == 0


def test_features_of_some_are_replaced_in_a_copy(alone: TextFeatures, targets: Tensor, starts: Tensor) -> None:
    which = np.arange(19) % 3 == 0
    others = text_features(ToyClip(), targets[which].flip(0), starts, HOW)
    replaced = alone.replaced(which, others)

    assert replaced.matrix[which].tolist() == others.matrix.tolist()
    assert replaced.matrix[~which].tolist() == alone.matrix[~which].tolist()
    assert (replaced.gradient_steps, replaced.queries) == (others.gradient_steps, others.queries)
    assert alone.matrix[which].tolist() != others.matrix.tolist()


def test_what_is_computed_is_written_as_it_comes(
    targets: Tensor, starts: Tensor, cache: EmbeddingCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill, unlike an interrupt, leaves nobody to write."""
    monkeypatch.setattr(module, "_WRITE_AFTER", 0.0)
    seen: list[int] = []
    text_features(ToyClip(), targets, starts, HOW, cache=cache, progress=lambda *_: seen.append(n_rows(tmp_path)))

    assert seen[-1] == 16
    assert n_rows(tmp_path) == 19
