"""The vote: from predicted names to how many prompts each person wins, for every number of photos and every draw."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float64, Int, UInt

from idia.attacks.predictions import NamePredictions
from idia.errors import SettingError
from idia.randomness import random_bits

PAPER_SIZES = (*range(1, 30, 2), 30)
"""Photos per person in the published experiments: 1, 3, 5, … 29, 30."""

Size = int | Literal["all"]
"""Photos per person; `all` takes every photo a person has."""

_BATCH = 4_096  # draws looked at together
_WORTH_THREADS = 500  # draws, below which a person is counted before a thread has begun


@dataclass(frozen=True, eq=False)
class Votes:
    """How many prompts each person won, for every number of photos and every draw.

    Attributes:
        scores: Prompts won `[people, sizes, draws]`: the membership scores, in as few bytes as they fit into.
        sizes: Photos per person, along the second axis.
        n_prompts: How many prompts could be won.
    """

    scores: UInt[np.ndarray, "people sizes draws"]
    sizes: tuple[Size, ...]
    n_prompts: int

    @property
    def draws(self) -> int:
        """How many times photos were drawn."""
        return int(self.scores.shape[2])

    @property
    def histogram(self) -> Int[np.ndarray, "people sizes prompts_won"]:
        """In how many draws exactly so many prompts were won `[people, sizes, prompts + 1]`."""
        n_people, n_sizes, _ = self.scores.shape
        histogram = np.empty((n_people, n_sizes, self.n_prompts + 1), dtype=np.int64)
        for person, size in np.ndindex(n_people, n_sizes):
            histogram[person, size] = np.bincount(self.scores[person, size], minlength=self.n_prompts + 1)
        return histogram

    @property
    def mean(self) -> Float64[np.ndarray, "people sizes"]:
        """Prompts won, averaged over draws `[people, sizes]`."""
        mean: Float64[np.ndarray, "people sizes"] = self.scores.mean(axis=2, dtype=np.float64)
        return mean

    @property
    def deviation(self) -> Float64[np.ndarray, "people sizes"]:
        """Standard deviation of the prompts won, over draws `[people, sizes]`."""
        # One person at a time: in float64, everybody's thousands of draws may need too much memory.
        return np.stack([scores.std(axis=1, dtype=np.float64) for scores in self.scores])

    def identified(
        self, tau: int, people: Bool[np.ndarray, " people"] | None = None
    ) -> tuple[Float64[np.ndarray, " sizes"], Float64[np.ndarray, " sizes"]]:
        """Returns how many people win at least `tau` prompts, as the paper reports it: mean and deviation over draws.

        The deviation says how much the choice of photos matters; it is not the uncertainty over people.

        Args:
            tau: The threshold, in [1, prompts].
            people: Whom to count `[people]`; everybody by default.

        Raises:
            SettingError: The threshold is out of range.
        """
        check_threshold(tau, self.n_prompts)
        group = np.ones((1, len(self.scores)), dtype=bool) if people is None else np.asarray(people)[None]
        per_draw = np.concatenate([people_at_least(tau, self.scores[:, at], group) for at in range(len(self.sizes))])
        return per_draw.mean(axis=1), per_draw.std(axis=1)


def people_at_least(
    tau: int, scores: UInt[np.ndarray, "people draws"], groups: Bool[np.ndarray, "groups people"]
) -> Float64[np.ndarray, "groups draws"]:
    """Returns how many people of each group score at least `tau` in each draw `[groups, draws]`."""
    counted = np.empty((len(groups), scores.shape[1]))
    membership = groups.astype(np.float32)  # counts whole numbers exactly up to 2**24 people
    for start in range(0, scores.shape[1], _BATCH):
        verdicts = scores[:, start : start + _BATCH] >= tau
        counted[:, start : start + _BATCH] = membership @ verdicts.astype(np.float32)
    return counted


def check_threshold(tau: int, n_prompts: int) -> None:
    """Raises `SettingError` unless the threshold τ is a number of prompts that can be won."""
    if not 1 <= tau <= n_prompts:
        raise SettingError(f"the threshold τ must be in [1, {n_prompts}], the number of prompt templates, got {tau}.")


def prompts_won(predicted: Int[np.ndarray, "photos prompts"], target: int, n_names: int) -> int:
    """Returns how many prompts one person wins: the literal rule.

    A prompt is won if the person's own name is predicted for more photos than any other name. A tie for the first
    place counts as wrong.

    Args:
        predicted: Predicted names `[photos, prompts]`, indices into the candidate names.
        target: Index of the person's own name.
        n_names: How many candidate names there are.

    Source:
        Hintersdorf, Struppek, Brack, Friedrich, Schramowski, Kersting, "Does CLIP Know My Face?", JAIR 80 (2024),
        and the authors' code, where a prompt without a unique most frequent name is wrong.

    >>> prompts_won(np.array([[7, 7], [7, 2], [1, 2]]), target=7, n_names=10)
    1
    """
    table = NamePredictions([np.asarray(predicted)], np.array([target]), n_names).predicted[0]
    won = 0
    for column in table.T:
        votes = np.bincount(column, minlength=n_names)
        leaders = np.flatnonzero(votes == votes.max())
        won += len(leaders) == 1 and int(leaders[0]) == target
    return won


def resolve_sizes(requested: Sequence[Size] | None, smallest: int) -> tuple[Size, ...]:
    """Returns the numbers of photos to attack with.

    Args:
        requested: Numbers asked for explicitly, or None for the published ones, clipped to what everybody has, and
            `all`.
        smallest: Photos of the person who has the fewest.

    Raises:
        SettingError: A number asked for is not positive, is asked for twice, or is more than somebody has.

    >>> resolve_sizes(None, smallest=8)
    (1, 3, 5, 7, 8, 'all')
    """
    if requested is None:
        return (*sorted({min(size, smallest) for size in PAPER_SIZES}), "all")
    if not requested:
        raise SettingError("expected at least one number of photos per person, got none.")
    if len(set(requested)) != len(requested):
        raise SettingError(f"numbers of photos per person must differ, got {list(requested)}.")
    for size in requested:
        if size == "all":
            continue
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
            raise SettingError(f"photos per person must be a positive whole number or 'all', got {size!r}.")
        if size > smallest:
            raise SettingError(
                f"{size} photos per person were asked for, but somebody has only {smallest}. "
                f"Ask for at most {smallest}, or leave out people with fewer photos."
            )
    return tuple(size if size == "all" else int(size) for size in requested)


def count_votes(predictions: NamePredictions, *, sizes: Sequence[Size] | None, draws: int, seed: int) -> Votes:
    """Returns the prompts won by everybody, for every number of photos and every random draw of photos.

    In each draw a person's photos are put in a random order, keyed by (seed, person, draw, photo), of which a smaller
    number takes a prefix: draws are without replacement, and independent between people.
    """
    if draws < 1:
        raise SettingError(f"draws must be at least 1, got {draws}.")
    if not 0 <= seed < 2**64:
        raise SettingError(f"the seed must be a whole number in [0, 2**64), got {seed}.")
    chosen = resolve_sizes(sizes, int(predictions.n_photos.min()))
    scores = np.empty((predictions.n_people, len(chosen), draws), dtype=np.min_scalar_type(predictions.n_prompts))
    # Both take a while to import, and are needed by nobody who only asks for numbers of photos.
    import torch

    from idia.attacks.tally import tally
    from idia.parallel import in_order

    person_keys = predictions.person_keys()

    def count(person: int) -> None:
        table, target = predictions.predicted[person], int(predictions.targets[person])
        taken = np.array([len(table) if size == "all" else size for size in chosen], dtype=np.int64)
        person_bits = random_bits(seed, person_keys[person])
        tally(table, target, taken, person_bits, predictions.photo_keys(person), scores[person])

    n_workers = torch.get_num_threads() if draws >= _WORTH_THREADS else 1
    with in_order(count, range(predictions.n_people), n_workers) as counted:
        deque(counted, maxlen=0)
    return Votes(scores, chosen, predictions.n_prompts)
