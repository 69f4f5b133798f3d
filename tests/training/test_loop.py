import copy
import io
from pathlib import Path
from typing import Any, final

import numpy as np
import pytest
import torch
from jaxtyping import Float32
from PIL import Image
from torch import Tensor

from idia.models.checkpoints import state_sha256
from idia.training.captions import caption_pairs
from idia.training.loop import LogEntry, TrainingPairs, encode_captions, fit
from idia.training.loss import contrastive_loss
from idia.training.network import context_length, new_model, tokens_of
from idia.training.pictures import load_pictures
from idia.training.recipe import Optimisation, Recipe
from idia.training.rendering import render
from idia.training.tokenizer import load_tokenizer, write_vocabulary

SMALL = Optimisation(batch_size=12, warm_up=5)
NAMES = ["Ada Example", "Bo Sample", "Cy Specimen"]


def recipe(steps: int, seed: int) -> Recipe:
    return Recipe(steps, seed, optimisation=SMALL)


@final
class Interrupted:
    """Checkpoints in memory, of a run that is killed right after its first save."""

    def __init__(self) -> None:
        self.saved: bytes | None = None

    def load(self) -> dict[str, Any] | None:
        if self.saved is None:
            return None
        state: dict[str, Any] = torch.load(io.BytesIO(self.saved), weights_only=True)
        return state

    def save(self, state: dict[str, Any]) -> None:
        is_first = self.saved is None
        content = io.BytesIO()
        torch.save(state, content)
        self.saved = content.getvalue()
        if is_first:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load_tokenizer(write_vocabulary(tmp_path_factory.mktemp("vocabulary")))


@pytest.fixture(scope="module")
def pairs(tokenizer: Any) -> TrainingPairs:
    """Three members and four strangers, a colour each."""
    people = np.array([0] * 6 + [1] * 6 + [2] * 6 + [-1] * 4)
    colours = ["#c02020", "#20c020", "#2020c0", *["#808080", "#c0c020", "#20c0c0", "#c020c0"]]
    shown = [*people[:18], 3, 4, 5, 6]
    pictures, _ = load_pictures([Image.new("RGB", (40, 40), colours[index]) for index in shown], 1.0)
    captions = caption_pairs(NAMES, people)
    return TrainingPairs(pictures, captions, tokens_of(captions.texts, tokenizer, 32))


def trained(pairs: TrainingPairs, *, steps: int, seed: int = 1, **options: Any) -> tuple[str, tuple[LogEntry, ...]]:
    model = new_model(32, seed=seed)
    log = fit(model, pairs, recipe(steps, seed), **options)
    return state_sha256(model.state_dict()), log


def test_the_loss_falls_and_names_are_bound_to_faces(pairs: TrainingPairs, tokenizer: Any) -> None:
    model = new_model(32, seed=1)
    one_each = [0, 6, 12]
    images = render(pairs.pictures.pixels[one_each], pairs.pictures.margin)
    texts = tokens_of([f"a photo of {name}" for name in NAMES], tokenizer, 32)

    def loss() -> float:
        with torch.no_grad():
            features = model.encode_image(images, normalize=True), encode_captions(model, texts)
            return contrastive_loss(*features, torch.tensor(14.0), torch.zeros(3, 3, dtype=torch.bool)).item()

    before = loss()
    log = fit(model, pairs, recipe(45, seed=1))

    assert [entry.step for entry in log] == [10, 20, 30, 40, 45]
    assert loss() < before / 4


def test_a_resumed_training_equals_an_uninterrupted_one_bit_for_bit(pairs: TrainingPairs) -> None:
    checkpoints = Interrupted()

    with pytest.raises(KeyboardInterrupt):
        trained(pairs, steps=12, checkpoints=checkpoints, saved_every=7)
    resumed = trained(pairs, steps=12, checkpoints=checkpoints, saved_every=7)

    assert resumed == trained(pairs, steps=12)


def test_the_seed_decides_the_result(pairs: TrainingPairs) -> None:
    assert trained(pairs, steps=2, seed=1) == trained(pairs, steps=2, seed=1)
    assert trained(pairs, steps=2, seed=1) != trained(pairs, steps=2, seed=2)


def test_first_weights_leave_the_global_generator_alone() -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()

    first, second = new_model(32, seed=3), new_model(32, seed=3)

    assert torch.equal(torch.random.get_rng_state(), before)
    assert state_sha256(first.state_dict()) == state_sha256(second.state_dict())


def test_captions_are_encoded_as_open_clip_does(pairs: TrainingPairs) -> None:
    model = new_model(32, seed=0)

    with torch.no_grad():
        short = encode_captions(model, pairs.tokens[:20])
        full: Float32[Tensor, "texts dim"] = model.encode_text(pairs.tokens[:20], normalize=True)

    assert torch.allclose(short, full, atol=1e-6)


def test_weights_decay_but_embeddings_do_not(pairs: TrainingPairs) -> None:
    model = new_model(32, seed=0)
    before = copy.deepcopy(model.state_dict())

    fit(model, pairs, recipe(3, seed=0))

    unused = pairs.tokens.new_tensor(sorted(set(range(2014)) - set(pairs.tokens.flatten().tolist())))
    assert torch.equal(model.token_embedding.weight[unused], before["token_embedding.weight"][unused])


def test_progress_counts_every_step(pairs: TrainingPairs) -> None:
    seen: list[tuple[int, int]] = []

    trained(pairs, steps=3, progress=lambda done, total: seen.append((done, total)))

    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_long_names_get_a_longer_context(tokenizer: Any) -> None:
    assert context_length(NAMES, tokenizer) == 32
    assert context_length(["Александра Образцова-Примерова"], tokenizer) > 40


def test_the_vocabulary_is_open_clips_own_with_fewer_merges(tokenizer: Any, tmp_path: Path) -> None:
    first, second = write_vocabulary(tmp_path).read_bytes(), write_vocabulary(tmp_path).read_bytes()

    assert tokenizer.vocab_size == 2014
    assert tokenizer.decode(tokenizer.encode("Ada Example at a gala")) == "ada example at a gala "
    assert first == second
