"""How useful a model is: zero-shot accuracy and image-to-text retrieval, with intervals over photos and with chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import comb
from typing import TYPE_CHECKING, Literal, final

import numpy as np
from jaxtyping import Bool, Float64, Int

from idia.statistics import Estimate, proportion
from idia.tasks import RetrievalTask, Task, TaskKind, ZeroShotTask

if TYPE_CHECKING:  # what is measured can be read and recorded without torch
    from idia.models import EmbeddingCache, Model, Progress

Metric = Literal["top-1", "top-5", "rank@1", "rank@5"]
"""The right class is the first answer, or among the first five; the same for one of the right captions."""

TIE = 1e-12
"""Similarities this close count as tied, and a wrong answer that ties with the right one stands before it."""

_METRICS: Mapping[TaskKind, tuple[tuple[Metric, int], ...]] = {
    "zero-shot": (("top-1", 1), ("top-5", 5)),
    "retrieval": (("rank@1", 1), ("rank@5", 5)),
}
_SLICE = 1 << 22  # similarities held at once: 32 MiB of float64


@final
@dataclass(frozen=True, slots=True)
class UtilityScore:
    """How often a model answers rightly.

    Attributes:
        task: The task's name.
        metric: What counts as right.
        estimate: The fraction of photos answered rightly, with its interval over photos.
        chance: What guessing gives: all choices equally likely, without looking.
        majority: What always naming the most frequent classes gives; None for captions.
        n_choices: How many classes or different captions there are to choose from.
        is_right: Which photos were answered rightly `[photos]`, in the order of the task.
    """

    task: str
    metric: Metric
    estimate: Estimate
    chance: float
    majority: float | None
    n_choices: int
    is_right: Bool[np.ndarray, " photos"] = field(compare=False, repr=False)

    @property
    def is_above_chance(self) -> bool:
        """Whether the whole interval lies above whatever needs no look at the photo."""
        return self.estimate.low > max(self.chance, self.majority or 0.0)


def measure_utility(
    model: "Model", tasks: Sequence[Task], *, cache: "EmbeddingCache", progress: "Progress | None" = None
) -> tuple[UtilityScore, ...]:
    """Returns how well a model does at each task: top-1 and top-5, or rank@1 and rank@5.

    A task with five choices or fewer has no top-5. Similarities are cosines in float64; ties count as wrong.

    Args:
        model: The model.
        tasks: What to ask.
        cache: Where embeddings are kept; a picture that several tasks share is encoded once.
        progress: Told about encoding.

    Raises:
        UnreadablePhotoError: A photo cannot be decoded.
        ModelError: The model does not return unit-norm embeddings.
    """
    # All at once, so that the progress is one count and not one per task.
    photos = cache.photos(model, [photo for task in tasks for photo in task.photos], progress).double().numpy()
    asked = [_texts(task) for task in tasks]
    texts = cache.texts(model, [text for each in asked for text in each], progress).double().numpy()
    scores: list[UtilityScore] = []
    for task, each in zip(tasks, asked, strict=True):
        own_photos, photos = photos[: len(task.photos)], photos[len(task.photos) :]
        own_texts, texts = texts[: len(each)], texts[len(each) :]
        scores += _scores(task, own_photos, _choices(task, own_texts))
    return tuple(scores)


def _texts(task: Task) -> list[str]:
    match task:
        case ZeroShotTask():
            return [text for texts in task.templates.fill(task.classes) for text in texts]
        case RetrievalTask():
            return list(task.choices)


def _choices(task: Task, texts: Float64[np.ndarray, "texts dim"]) -> Float64[np.ndarray, "choices dim"]:
    """What the photos are compared with: captions, or for each class the unit mean over its sentences, as in CLIP.

    Source:
        Radford et al., "Learning transferable visual models from natural language supervision", ICML 2021, § 3.1.4.
    """
    if isinstance(task, RetrievalTask):
        return texts
    means = texts.reshape(len(task.templates), len(task.classes), -1).mean(axis=0)
    # Sentences that point everywhere have no mean direction: the class is then like nothing, not like not-a-number.
    lengths = np.maximum(np.linalg.norm(means, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    unit: Float64[np.ndarray, "choices dim"] = means / lengths
    return unit


def _scores(
    task: Task, photos: Float64[np.ndarray, "photos dim"], choices: Float64[np.ndarray, "choices dim"]
) -> list[UtilityScore]:
    n_photos, n_choices = len(photos), len(choices)
    before, n_right = np.empty(n_photos, dtype=np.int64), np.empty(n_photos, dtype=np.int64)
    rows = max(1, _SLICE // n_choices)
    for start in range(0, n_photos, rows):
        stop = min(start + rows, n_photos)
        is_right = np.zeros((stop - start, n_choices), dtype=np.bool_)
        is_right[task.right(start, stop)] = True
        before[start:stop] = _wrong_before_right(photos[start:stop] @ choices.T, is_right)
        n_right[start:stop] = is_right.sum(axis=1)
    sizes = np.sort(np.bincount(task.labels))[::-1] if isinstance(task, ZeroShotTask) else None
    return [
        UtilityScore(
            task=task.name,
            metric=metric,
            estimate=proportion(int((before < depth).sum()), n_photos),
            chance=_chance(n_right, n_choices, depth),
            majority=None if sizes is None else int(sizes[:depth].sum()) / n_photos,
            n_choices=n_choices,
            is_right=before < depth,
        )
        for metric, depth in _METRICS[task.kind]
        if n_choices > depth
    ]


def _wrong_before_right(
    similarities: Float64[np.ndarray, "photos choices"], is_right: Bool[np.ndarray, "photos choices"]
) -> Int[np.ndarray, " photos"]:
    """How many wrong choices stand before the best right one, those that tie with it included."""
    best = np.where(is_right, similarities, -np.inf).max(axis=1, keepdims=True)
    before: Int[np.ndarray, " photos"] = (~is_right & (similarities >= best - TIE)).sum(axis=1)
    return before


def _chance(n_right: Int[np.ndarray, " photos"], n_choices: int, depth: int) -> float:
    """How often a right one is among the first in a random order, exactly, averaged over photos."""
    orders = comb(n_choices, depth)
    counts, photos = np.unique(n_right, return_counts=True)
    found: int = sum(
        (orders - comb(n_choices - count, depth)) * n for count, n in zip(counts.tolist(), photos.tolist(), strict=True)
    )
    return found / (orders * len(n_right))
