"""What a model can be good for: tasks with known answers, whose results are its utility."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias, final

import numpy as np
from jaxtyping import Int

from idia.errors import DatasetError, ShapeError
from idia.photos import Photo, find_unreadable, photo_sha256, unreadable_listing
from idia.prompts import PromptTemplates

TaskKind = Literal["zero-shot", "retrieval"]


@final
@dataclass(frozen=True, eq=False)  # without slots: the fingerprint is kept in the instance
class ZeroShotTask:
    """Photos to be sorted into classes that the model knows by their words alone.

    Attributes:
        name: What the task is called in records, such as `shape`.
        classes: The words for each class.
        templates: Sentences around the words, as in CLIP: a class is the mean of its sentences.
        photos: Files, or pictures in memory.
        labels: The right class of each photo `[photos]`.

    Raises:
        DatasetError: There are fewer than two classes, two of the same words, one without words, or no photo.
        ShapeError: There is not exactly one class per photo.
    """

    name: str
    classes: tuple[str, ...]
    templates: PromptTemplates
    photos: tuple[Photo, ...]
    labels: Int[np.ndarray, " photos"]

    def __post_init__(self) -> None:
        _check_name_and_photos(self.name, self.photos)
        if len(self.classes) < 2:
            raise DatasetError(f"task {self.name!r} needs at least 2 classes to choose from, got {len(self.classes)}.")
        blank = [number for number, words in enumerate(self.classes) if not words.strip()]
        if blank:
            raise DatasetError(f"task {self.name!r}: class {blank[0]} has no words; say what it shows.")
        words, count = Counter(self.classes).most_common(1)[0]
        if count > 1:
            raise DatasetError(f"task {self.name!r}: {count} classes are called {words!r}; no model could choose.")
        _check_indices(self.name, self.labels, len(self.photos), len(self.classes), "class", "photo")

    @property
    def kind(self) -> TaskKind:
        """What is asked of the model."""
        return "zero-shot"

    @property
    def choices(self) -> tuple[str, ...]:
        """What the model chooses from."""
        return self.classes

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of everything asked and of every answer; reads every photo's bytes."""
        asked = [self.kind, self.name, list(self.classes), list(self.templates.templates)]
        answers = zip(map(photo_sha256, self.photos), self.labels.tolist(), strict=True)
        return _sha256([*asked, [[photo, label] for photo, label in answers]])

    def right(self, start: int, stop: int) -> tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]:
        """Returns the right choices of some photos, as pairs of row (from 0) and choice."""
        return np.arange(stop - start), self.labels[start:stop]

    def keeping(self, kept: Sequence[int]) -> "ZeroShotTask":
        """Returns the task with these photos alone; its classes stay what they are."""
        return replace(self, photos=tuple(self.photos[photo] for photo in kept), labels=self.labels[list(kept)])


@final
@dataclass(frozen=True, eq=False)
class RetrievalTask:
    """Photos whose captions are to be found among everybody's: a photo may have several, and photos may share one.

    Attributes:
        name: What the task is called in records, such as `captions`.
        photos: Files, or pictures in memory.
        captions: The captions; one that is repeated word for word is one caption, right for each of its photos.
        owners: The photo that each caption describes `[captions]`.

    Raises:
        DatasetError: A caption is blank, a photo has none, or there are fewer than two different ones.
        ShapeError: There is not exactly one photo per caption.
    """

    name: str
    photos: tuple[Photo, ...]
    captions: tuple[str, ...]
    owners: Int[np.ndarray, " captions"]

    def __post_init__(self) -> None:
        _check_name_and_photos(self.name, self.photos)
        blank = [number for number, caption in enumerate(self.captions) if not caption.strip()]
        if blank:
            raise DatasetError(f"task {self.name!r}: caption {blank[0]} is blank.")
        _check_indices(self.name, self.owners, len(self.captions), len(self.photos), "photo", "caption")
        without = np.setdiff1d(np.arange(len(self.photos)), self.owners)
        if len(without):
            raise DatasetError(f"task {self.name!r}: {len(without)} photos have no caption, photo {without[0]} first.")
        if len(self.choices) < 2:
            raise DatasetError(f"task {self.name!r} needs at least 2 different captions to choose from.")

    @property
    def kind(self) -> TaskKind:
        """What is asked of the model."""
        return "retrieval"

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """What the model chooses from: the different captions."""
        return tuple(dict.fromkeys(self.captions))

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of everything asked and of every answer; reads every photo's bytes."""
        photos = list(map(photo_sha256, self.photos))
        answers = zip(self.captions, self.owners.tolist(), strict=True)
        return _sha256([self.kind, self.name, [[caption, photos[owner]] for caption, owner in answers]])

    def right(self, start: int, stop: int) -> tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]:
        """Returns the right choices of some photos, as pairs of row (from 0) and choice."""
        rows, choices = self._right
        here = (rows >= start) & (rows < stop)
        return rows[here] - start, choices[here]

    def keeping(self, kept: Sequence[int]) -> "RetrievalTask":
        """Returns the task with these photos and their captions alone."""
        number = {photo: at for at, photo in enumerate(kept)}
        captions = [
            (text, number[owner])
            for text, owner in zip(self.captions, self.owners.tolist(), strict=True)
            if owner in number
        ]
        return replace(
            self,
            photos=tuple(self.photos[photo] for photo in kept),
            captions=tuple(text for text, _ in captions),
            owners=np.array([owner for _, owner in captions], dtype=np.int64),
        )

    @cached_property
    def _right(self) -> tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]:
        number = {caption: at for at, caption in enumerate(self.choices)}
        pairs = {(owner, number[text]) for text, owner in zip(self.captions, self.owners.tolist(), strict=True)}
        rows, choices = np.array(sorted(pairs), dtype=np.int64).T
        return rows, choices


Task: TypeAlias = ZeroShotTask | RetrievalTask
"""Something with known answers to ask of a model."""


@final
@dataclass(frozen=True, eq=False)
class TaskSet:
    """The tasks that make up one measurement of utility.

    Attributes:
        id: What the set is called in records and tables.
        tasks: The tasks, no two of the same name.
        unreadable: How many photos were dropped because they cannot be read.

    Raises:
        DatasetError: There is no task, or two have the same name.
    """

    id: str
    tasks: tuple[Task, ...]
    unreadable: int = 0

    def __post_init__(self) -> None:
        if not self.tasks:
            raise DatasetError(f"the set of tasks {self.id!r} is empty; give at least one task.")
        name, count = Counter(task.name for task in self.tasks).most_common(1)[0]
        if count > 1:
            raise DatasetError(f"{count} tasks of {self.id!r} are called {name!r}; give each a name of its own.")

    @cached_property
    def manifest_sha256(self) -> str:
        """Fingerprint of all tasks: of their photos, words and answers."""
        return _sha256([task.sha256 for task in self.tasks])


def checked_tasks(task_set: TaskSet, *, skip_unreadable: bool = False) -> TaskSet:
    """Returns the same tasks, every photo of which can be read; decodes each file once.

    Args:
        task_set: The tasks.
        skip_unreadable: Leave unreadable photos out and count them, instead of raising.

    Raises:
        DatasetError: A photo cannot be read, or a task is left without photos.
    """
    photos = [photo for task in task_set.tasks for photo in task.photos]
    unreadable = find_unreadable(photos)
    if not unreadable:
        return task_set
    if not skip_unreadable:
        raise DatasetError(
            f"{len(unreadable)} of {len(photos)} photos cannot be read:\n{unreadable_listing(unreadable)}\n"
            "Repair or remove them, or leave them out with --idia-skip-unreadable."
        )
    # By identity: comparing pictures in memory would decode them.
    dropped = {id(found.photo) for found in unreadable}
    tasks = []
    for task in task_set.tasks:
        kept = [at for at, photo in enumerate(task.photos) if id(photo) not in dropped]
        if not kept:
            raise DatasetError(
                f"no photo that can be read is left of task {task.name!r}:\n{unreadable_listing(unreadable)}\n"
                "Replace the photos."
            )
        tasks.append(task.keeping(kept))
    return replace(task_set, tasks=tuple(tasks), unreadable=task_set.unreadable + len(unreadable))


def _check_name_and_photos(name: str, photos: Sequence[Photo]) -> None:
    if not name.strip():
        raise DatasetError("a task needs a name, such as 'shape'.")
    if not photos:
        raise DatasetError(f"task {name!r} has no photos; give at least one.")


def _check_indices(
    name: str, indices: Int[np.ndarray, " items"], n: int, n_choices: int, choice: str, item: str
) -> None:
    if indices.shape != (n,) or indices.dtype.kind not in "iu":
        raise ShapeError(
            f"task {name!r} must have one {choice} for each of its {n} {item}s, as whole numbers of shape ({n},), got "
            f"{indices.dtype} of shape {indices.shape}."
        )
    if n and not 0 <= indices.min() <= indices.max() < n_choices:
        raise ShapeError(
            f"task {name!r}: each {item}'s {choice} must be in 0 to {n_choices - 1}, got {indices.min()} to "
            f"{indices.max()}."
        )


def _sha256(content: list[object]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
