"""`NamePredictions`: everything the identity inference attack ever learns from a model."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Int

from idia.errors import ShapeError
from idia.randomness import cycle, key_of


@dataclass(frozen=True, eq=False)
class NamePredictions:
    """The name predicted for every photo and prompt, person by person.

    Attributes:
        predicted: One integer array `[photos, prompts]` per person: indices into the candidate names.
        targets: Index of each person's own name `[people]`.
        n_names: How many candidate names there are.
        person_ids: Keys the random draws of photos, so that they don't depend on who else was attacked; without them
            a person's position does. People with equal ids share their draws.
        photo_ids: The same for every photo of every person.
        near_tie_rate: Fraction of predictions that float32 arithmetic could have turned; `nan` if unknown.
        backend: Who compared photos with names, as in `idia.kernels.Standing`; empty if unknown.

    Raises:
        ShapeError: The arrays don't fit together, or an index lies outside the candidate names.
    """

    predicted: Sequence[Int[np.ndarray, "photos prompts"]]
    targets: Int[np.ndarray, " people"]
    n_names: int
    person_ids: tuple[str, ...] | None = None
    photo_ids: tuple[tuple[str, ...], ...] | None = None
    near_tie_rate: float = field(default=float("nan"))
    backend: str = ""

    def __post_init__(self) -> None:
        tables = tuple(np.asarray(table) for table in self.predicted)
        targets = np.asarray(self.targets)
        if not tables:
            raise ShapeError("predicted must hold at least one person's table, got none.")
        if targets.shape != (len(tables),) or not np.issubdtype(targets.dtype, np.integer):
            raise ShapeError(
                f"targets must be {len(tables)} integers, one per person, got {targets.dtype} of shape {targets.shape}."
            )
        n_prompts = tables[0].shape[1] if tables[0].ndim == 2 else -1
        for person, table in enumerate(tables):
            if table.ndim != 2 or table.shape[1] != n_prompts or 0 in table.shape:
                columns = n_prompts if n_prompts > 0 else "prompts"
                raise ShapeError(
                    f"predicted[{person}] must have shape (photos, {columns}) with at least one photo and one prompt, "
                    f"got {table.shape}."
                )
            _check_indices(table, self.n_names, f"predicted[{person}]")
        _check_indices(targets, self.n_names, "targets")
        if self.person_ids is not None and len(self.person_ids) != len(tables):
            raise ShapeError(f"person_ids must be {len(tables)} ids, one per person, got {len(self.person_ids)}.")
        if self.photo_ids is not None and [len(ids) for ids in self.photo_ids] != [len(table) for table in tables]:
            raise ShapeError("photo_ids must hold one id for every row of every person's table.")
        object.__setattr__(self, "predicted", tables)
        object.__setattr__(self, "targets", targets.astype(np.int64))

    @property
    def n_people(self) -> int:
        """How many people there are."""
        return len(self.predicted)

    @property
    def n_prompts(self) -> int:
        """How many prompt templates there are."""
        return int(self.predicted[0].shape[1])

    @property
    def n_photos(self) -> Int[np.ndarray, " people"]:
        """How many photos each person has `[people]`."""
        return np.array([len(table) for table in self.predicted], dtype=np.int64)

    def with_permuted_targets(self, seed: int) -> "NamePredictions":
        """Returns the same predictions scored against somebody else's name, for everybody: a control."""
        return replace(self, targets=self.targets[self.permutation(seed)])

    def permutation(self, seed: int) -> Int[np.ndarray, " people"]:
        """Returns whose name everybody gets in a control `[people]`.

        The map is a cycle through all people in a random order keyed by the seed, so nobody keeps her or his name.

        Raises:
            ShapeError: There is only one person.
        """
        if self.n_people < 2:
            raise ShapeError("permuting the name-to-photo map needs at least two people, got one.")
        return cycle(self.person_keys(), seed)

    def person_keys(self) -> np.ndarray:
        """Returns the 64-bit key of every person's draws `[people]`."""
        if self.person_ids is None:
            return np.arange(self.n_people, dtype=np.uint64)
        return np.array([key_of(person) for person in self.person_ids], dtype=np.uint64)

    def photo_keys(self, person: int) -> np.ndarray:
        """Returns the 64-bit keys of one person's photos `[photos]`."""
        if self.photo_ids is None:
            return np.arange(len(self.predicted[person]), dtype=np.uint64)
        return np.array([key_of(photo) for photo in self.photo_ids[person]], dtype=np.uint64)


def _check_indices(indices: np.ndarray, n_names: int, what: str) -> None:
    if not np.issubdtype(indices.dtype, np.integer):
        raise ShapeError(f"{what} must hold integer indices into the names, got {indices.dtype}.")
    if indices.min() < 0 or indices.max() >= n_names:
        raise ShapeError(f"{what} must hold indices in [0, {n_names}), got {indices.min()} to {indices.max()}.")
