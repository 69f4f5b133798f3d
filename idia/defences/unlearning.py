"""Unlearning of names: a student forgets them, and says of everything else what its teacher says."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import normalize

from idia.defences.captions import SENTENCES, without_names
from idia.defences.names import checked_names
from idia.defences.recipe import UnlearningRecipe
from idia.defences.text_tower import Encode, rounded_like, text_encoder, text_parameters
from idia.errors import ModelError
from idia.models.checkpoints import state_sha256
from idia.models.devices import torch_threads
from idia.models.open_clip_model import OpenClipModel
from idia.models.protocol import Model
from idia.randomness import key_of, random_bits

_SMALL_RESIDUE = 0.05  # of a unit-norm embedding: a direction of less counts less

Stepped = Callable[[int, int], None]


def unlearn_names(
    model: Model,
    *,
    forget: Sequence[str],
    keep: Sequence[str] = (),
    captions: Sequence[str],
    recipe: UnlearningRecipe | None = None,
    progress: Stepped | None = None,
    losses: list[float] | None = None,
) -> OpenClipModel:
    """Returns a copy of a model whose text encoder takes chosen names for anybody.

    The image encoder stays as it is, to the last bit. A student learns from the frozen original, its teacher, in
    sentences with the names and on captions without them:

        forgotten = |student(sentence with name) - teacher(sentence with "a person")|²
        residue   = cosine of (student - teacher's target) and (teacher(sentence with name) - teacher's target)
        retained  = |student(text that stays) - teacher(the same text)|²
        loss      = mean forgotten + 3 mean residue² + 3 mean retained

    The residue is what an attacker would look for who compares a name's embeddings with each other instead of with
    those of other names: however close the name comes to "a person", what is left must not point to where it was.

    Args:
        model: A model of open_clip.
        forget: Names to forget.
        keep: Names that stay as they are. Names in neither list may change with those that they resemble.
        captions: Texts that stay as they are. Those that hold a forgotten name are left out.
        recipe: The numbers; by default those of the class.
        progress: Told how many steps are done, and how many there are.
        losses: Filled with the loss of every step.

    Raises:
        ModelError: It is no model of open_clip, has random weights, or has no text tower of its own.
        DatasetError: Names or captions cannot be used.

    Source:
        Teacher and student: Hintersdorf, Struppek, Neider, Kersting, "Defending our privacy with backdoors", ECAI 2024.
        Squared distances, the weights and the residue are ours.
    """
    recipe = recipe or UnlearningRecipe()
    if not isinstance(model, OpenClipModel) or model.info.is_random:
        raise ModelError(
            f"expected a trained model of open_clip, whose text encoder can be changed, got {model!r}"
            f"{' with random weights, which remember nobody' if model.info.is_random else ''}."
        )
    forgotten, kept = checked_names(forget, keep, model.tokenizer)
    texts = without_names(captions, forgotten)
    teacher, student = model.network, deepcopy(model.network)
    trained = text_parameters(model, student)
    before = {name: value.clone() for name, value in student.state_dict().items() if name not in trained}
    student.requires_grad_(False)
    for parameter in trained.values():
        parameter.requires_grad_(True)

    batches = _Batches(model, text_encoder(model, teacher), forgotten, kept, texts, recipe)
    optimiser = torch.optim.AdamW(trained.values(), lr=recipe.learning_rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, recipe.steps)
    encode = text_encoder(model, student)
    with torch_threads(recipe.threads):
        for step in range(recipe.steps):
            loss = batches.loss(encode, step)
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
            if losses is not None:
                losses.append(loss.item())
            if progress is not None:
                progress(step + 1, recipe.steps)

    student.requires_grad_(False)
    rounded_like(student, teacher)
    after = student.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    weights_sha256 = state_sha256(after)
    info = replace(model.info, name=f"{model.info.name} (names forgotten)", weights_sha256=weights_sha256)
    return model.with_network(student, info)


@final
class _Batches:
    """The loss of each step, on texts that depend on the seed and the step alone."""

    def __init__(
        self,
        model: OpenClipModel,
        teacher: Encode,
        forgotten: Sequence[str],
        kept: Sequence[str],
        captions: Sequence[str],
        recipe: UnlearningRecipe,
    ) -> None:
        self._model, self._teacher, self._recipe = model, teacher, recipe
        self._forgotten, self._kept, self._captions = forgotten, kept, captions

    def loss(self, encode: Encode, step: int) -> Float[Tensor, ""]:
        recipe = self._recipe
        n = recipe.forgotten_batch
        sentences = [SENTENCES[index] for index in self._drawn("sentences", step, n, len(SENTENCES))]
        names = [self._forgotten[index] for index in self._drawn("names", step, n, len(self._forgotten))]
        stay = [
            self._captions[index] for index in self._drawn("captions", step, recipe.captions_batch, len(self._captions))
        ]
        if self._kept:
            kept = self._drawn("kept", step, recipe.kept_batch, len(self._kept))
            around = self._drawn("around", step, recipe.kept_batch, len(SENTENCES))
            stay += [SENTENCES[at].replace("{}", self._kept[who]) for at, who in zip(around, kept, strict=True)]
        asked = [sentence.replace("{}", name) for sentence, name in zip(sentences, names, strict=True)]
        wanted = [sentence.replace("{}", recipe.target) for sentence in sentences]
        with torch.no_grad():
            targets = self._teacher(self._tokens(wanted + stay))
            away = normalize(self._teacher(self._tokens(asked)) - targets[:n], dim=-1)
        off = encode(self._tokens(asked + stay)) - targets
        error = off.square().sum(dim=-1)
        residue = (off[:n] * away).sum(dim=-1) / (off[:n].norm(dim=-1) + _SMALL_RESIDUE)
        forgotten, retained = error[:n].mean(), error[n:].mean()
        total: Tensor = forgotten + recipe.residue_weight * residue.square().mean() + recipe.retain_weight * retained
        return total

    def _tokens(self, texts: list[str]) -> Int64[Tensor, "texts context"]:
        return self._model.tokenizer(texts)

    def _drawn(self, what: str, step: int, n: int, among: int) -> list[int]:
        bits = random_bits(key_of(f"unlearning {what}"), self._recipe.seed, step, np.arange(n, dtype=np.uint64))
        drawn: list[int] = (bits % np.uint64(among)).tolist()
        return drawn
