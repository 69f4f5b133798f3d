"""The training loop: a pure function of data, recipe and seed, wherever it was interrupted."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np
import torch
from jaxtyping import Bool, Float32, Int64
from open_clip.model import CLIP
from torch import Tensor, nn
from torch.nn import functional

from idia.errors import TrainingError
from idia.randomness import key_of, random_bits, random_fractions
from idia.training.captions import Captions
from idia.training.loss import contrastive_loss
from idia.training.pictures import Pictures
from idia.training.recipe import Optimisation, Recipe
from idia.training.rendering import N_FRACTIONS, render_changed

LOGGED_EVERY = 10  # steps
SAVED_EVERY = 50  # steps: about ten seconds


@final
@dataclass(frozen=True, slots=True)
class TrainingPairs:
    """The training set.

    Attributes:
        pictures: The pictures, one per pair.
        captions: The captions each may have.
        tokens: Token ids of all captions.
    """

    pictures: Pictures
    captions: Captions
    tokens: Int64[Tensor, "captions context"]


@final
@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the training log: the loss (nats) and learning rate of a step, counted from 1."""

    step: int
    loss: float
    lr: float


@final
@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What training made.

    Attributes:
        model: The model, ready to encode.
        config: open_clip's configuration of it.
        log: What happened on the way.
    """

    model: CLIP
    config: dict[str, Any]
    log: tuple[LogEntry, ...]


class Checkpoints(Protocol):
    """Where an interrupted training left its state, and where to leave it."""

    def load(self) -> dict[str, Any] | None:
        """Returns the last saved state; ``None`` before the first."""

    def save(self, state: dict[str, Any]) -> None:
        """Replaces the saved state, at once or not at all."""


def fit(
    model: CLIP,
    pairs: TrainingPairs,
    recipe: Recipe,
    *,
    checkpoints: Checkpoints | None = None,
    saved_every: int = SAVED_EVERY,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[LogEntry, ...]:
    """Trains the model in place and returns the log.

    Every random number depends on (seed, step) alone, so a resumed run repeats an uninterrupted one bit for bit
    on the same machine with the same number of threads.

    Args:
        model: A freshly initialised model, on its device.
        pairs: The training set.
        recipe: How to fit the weights; the network itself is given.
        checkpoints: Where to resume from and save to; nowhere by default.
        saved_every: Steps between two checkpoints; they do not change the result.
        progress: Called with (steps done, steps in all).

    Raises:
        TrainingError: The loss is no longer a number.
    """
    optimiser = _optimiser(model, recipe.optimisation)
    steps = recipe.steps
    done, log = 0, []
    state = checkpoints.load() if checkpoints is not None else None
    if state is not None:
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        done, log = state["step"], [LogEntry(*entry) for entry in state["log"]]
    model.train()
    for step in range(done, steps):
        lr = _learning_rate(step, steps, recipe.optimisation)
        loss = _step(model, optimiser, lr, pairs, recipe, step=step)
        done, is_last = step + 1, step + 1 == steps
        if done % LOGGED_EVERY == 0 or is_last:
            if not torch.isfinite(loss):
                raise TrainingError(
                    f"the training diverged: the loss of step {done} is {loss.item()}. Lower the learning rate "
                    f"({recipe.optimisation.peak_lr:g}) of the recipe."
                )
            log.append(LogEntry(done, loss.item(), lr))
        if checkpoints is not None and (done % saved_every == 0 or is_last):
            checkpoints.save(
                {
                    "step": done,
                    "model": model.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "log": [(entry.step, entry.loss, entry.lr) for entry in log],
                }
            )
        if progress is not None:
            progress(done, steps)
    model.eval()
    return tuple(log)


def encode_captions(model: CLIP, tokens: Int64[Tensor, "texts context"]) -> Float32[Tensor, "texts dim"]:
    """Returns unit-norm embeddings, as the model's own ``encode_text`` but without computing the padding.

    Attention is causal and a text is read off its end token, so what follows the longest text changes nothing.
    """
    length = int(tokens.argmax(dim=1).max()) + 1  # the end token has the highest id
    tokens = tokens[:, :length]
    hidden = model.token_embedding(tokens) + model.positional_embedding[:length]
    hidden = model.ln_final(model.transformer(hidden, attn_mask=model.attn_mask[:length, :length]))
    ends = hidden[torch.arange(len(tokens), device=tokens.device), tokens.argmax(dim=1)]
    return functional.normalize(ends @ model.text_projection, dim=-1)


def _step(
    model: CLIP,
    optimiser: torch.optim.Optimizer,
    lr: float,
    pairs: TrainingPairs,
    recipe: Recipe,
    *,
    step: int,
) -> Float32[Tensor, ""]:
    device, seed, optimisation = model.logit_scale.device, recipe.seed, recipe.optimisation
    batch = _batch(pairs.captions.strangers, optimisation, seed=seed, step=step)
    rows = np.arange(len(batch), dtype=np.uint64)
    drawn = pairs.captions.drawn(batch, random_bits(key_of("caption"), seed, step, rows))
    used, caption_of_row = np.unique(drawn, return_inverse=True)
    fractions = random_fractions(key_of("change"), seed, step, rows[:, None], np.arange(N_FRACTIONS, dtype=np.uint64))
    pixels = pairs.pictures.pixels[torch.from_numpy(batch)]
    images = render_changed(pixels, pairs.pictures.margin, fractions, recipe.augmentation, side=_side(model)).to(device)

    image_features = model.encode_image(images, normalize=True)
    text_features = encode_captions(model, pairs.tokens[torch.from_numpy(used)].to(device))
    text_features = text_features[torch.from_numpy(caption_of_row).to(device)]
    ignored = torch.from_numpy(pairs.captions.also_true(batch, drawn)).to(device)
    loss = contrastive_loss(image_features, text_features, model.logit_scale.exp(), ignored)

    optimiser.zero_grad()
    torch.autograd.backward(loss)
    nn.utils.clip_grad_norm_(model.parameters(), optimisation.clip_norm)
    for group in optimiser.param_groups:
        group["lr"] = lr
    optimiser.step()
    with torch.no_grad():
        model.logit_scale.clamp_(0, math.log(optimisation.max_logit_scale))
    return loss.detach()


def _batch(
    strangers: Bool[np.ndarray, " pairs"], optimisation: Optimisation, *, seed: int, step: int
) -> Int64[np.ndarray, " batch"]:
    """The pairs of one step: as they come, or so many members and so many strangers, however many there are of each."""
    size = min(optimisation.batch_size, len(strangers))
    if optimisation.filler_share is None:
        return _next(len(strangers), size, key_of("pairs"), seed=seed, step=step)
    of_members, of_strangers = np.flatnonzero(~strangers), np.flatnonzero(strangers)
    n_strangers = max(1, round(optimisation.filler_share * size))
    return np.concatenate(
        [
            of_members[_next(len(of_members), size - n_strangers, key_of("members"), seed=seed, step=step)],
            of_strangers[_next(len(of_strangers), n_strangers, key_of("strangers"), seed=seed, step=step)],
        ]
    )


def _side(model: CLIP) -> int:
    side = model.visual.image_size
    return int(side[0] if isinstance(side, tuple) else side)


def _next(n_items: int, size: int, key: int, *, seed: int, step: int) -> Int64[np.ndarray, " size"]:
    """The next items of an endless series of shuffled passes."""
    first = step * size
    passes = range(first // n_items, (first + size - 1) // n_items + 1)
    items = np.arange(n_items, dtype=np.uint64)
    series = np.concatenate([np.argsort(random_bits(key, seed, number, items), kind="stable") for number in passes])
    start = first - passes[0] * n_items
    return series[start : start + size]


def _optimiser(model: CLIP, optimisation: Optimisation) -> torch.optim.Optimizer:
    decayed: list[nn.Parameter] = []
    free: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        (decayed if parameter.ndim >= 2 and "embedding" not in name else free).append(parameter)
    groups = [
        {"params": decayed, "weight_decay": optimisation.weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]
    betas = (optimisation.beta_1, optimisation.beta_2)
    return torch.optim.AdamW(groups, lr=optimisation.peak_lr, betas=betas, eps=optimisation.epsilon, fused=True)


def _learning_rate(step: int, steps: int, optimisation: Optimisation) -> float:
    if step < optimisation.warm_up:
        return optimisation.peak_lr * (step + 1) / optimisation.warm_up
    through = (step - optimisation.warm_up) / max(1, steps - optimisation.warm_up)
    floor = optimisation.final_lr
    return optimisation.peak_lr * (floor + (1 - floor) * (1 + math.cos(math.pi * through)) / 2)
