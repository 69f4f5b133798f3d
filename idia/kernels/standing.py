"""Where the choice stands after some of the names: enough to go on with others, in any chunks, to the same answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Float64, Int64

TIE = 1e-12
"""Similarities this close to the maximum count as tied."""

NEAR_TIE = 1e-6
"""Similarities this close to the maximum could change places in float32 arithmetic."""


@final
@dataclass(frozen=True, eq=False)
class Ties:
    """Names that are tied with the best of their row, where there are several: whom a better name may yet part.

    Of equally similar names only the first is here, and none that is less similar than one before it: such a name is
    chosen whatever comes. Sorted by row, then by name.

    Attributes:
        rows: Photo times number of prompts plus prompt `[ties]`.
        names: Indices of names `[ties]`.
        similarities: Float64 similarities `[ties]`.
    """

    rows: Int64[np.ndarray, " ties"]
    names: Int64[np.ndarray, " ties"]
    similarities: Float64[np.ndarray, " ties"]

    @classmethod
    def joined(cls, parts: "Sequence[Ties]") -> "Ties":
        """Returns several together, one after the other."""
        return cls(
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.names for part in parts]),
            np.concatenate([part.similarities for part in parts]),
        )


NO_TIES = Ties(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


@final
@dataclass(frozen=True, eq=False)
class Standing:
    """The best names so far, for every photo and prompt.

    Attributes:
        indices: The lowest index within `TIE` of the maximum `[photos, prompts]`; -1 before any name was seen.
        similarities: Its similarity.
        maxima: The largest similarity.
        runners_up: The second largest where it lies within `NEAR_TIE` of the maximum, otherwise -inf.
        ties: All that is tied with the maximum, in rows where the choice among it may still change.
        n_compared: Photos times prompts, counted once for every chunk of names.
        n_rescored: How many of them a quick comparison could not settle.
        backend: Who compared them, such as `cpu-int8`; of several, all in the order of the alphabet, separated by
            `, `. Empty before any name was seen.
    """

    indices: Int64[np.ndarray, "photos prompts"]
    similarities: Float64[np.ndarray, "photos prompts"]
    maxima: Float64[np.ndarray, "photos prompts"]
    runners_up: Float64[np.ndarray, "photos prompts"]
    ties: Ties = NO_TIES
    n_compared: int = 0
    n_rescored: int = 0
    backend: str = ""

    @classmethod
    def at_start(cls, n_photos: int, n_prompts: int) -> "Standing":
        """Returns the standing before any name was seen."""
        lowest = np.full((n_photos, n_prompts), -np.inf)
        return cls(np.full(lowest.shape, -1, np.int64), lowest, lowest, lowest)

    @property
    def near_ties(self) -> int:
        """For how many photos and prompts another name comes within `NEAR_TIE` of the maximum."""
        return int((self.runners_up >= self.maxima - NEAR_TIE).sum())

    def placed(self, positions: Int64[np.ndarray, " names"]) -> "Standing":
        """Returns the same with names called by their positions in a longer list, which must ascend."""
        ties = Ties(self.ties.rows, positions[self.ties.names], self.ties.similarities)
        return replace(self, indices=positions[self.indices], ties=ties)

    def merged(self, other: "Standing") -> "Standing":
        """Returns the standing after the names of both: the same as if they had been compared all at once."""
        maxima = np.maximum(self.maxima, other.maxima)
        runners_up = np.maximum(np.minimum(self.maxima, other.maxima), np.maximum(self.runners_up, other.runners_up))
        runners_up = np.where(runners_up >= maxima - NEAR_TIE, runners_up, -np.inf)
        is_ahead = self.maxima >= other.maxima
        indices = np.where(is_ahead, self.indices, other.indices)
        similarities = np.where(is_ahead, self.similarities, other.similarities)

        # Whatever could be chosen where the two are close, or where one of them had not made up its mind.
        is_open = (np.minimum(self.maxima, other.maxima) >= maxima - TIE) & (maxima > -np.inf)
        for side in (self, other):
            is_open.reshape(-1)[side.ties.rows] = True
        ties = Ties.joined([self._candidates(is_open), other._candidates(is_open)])
        index, similarity, ties = decided(ties, maxima)
        indices[is_open], similarities[is_open] = index, similarity
        return Standing(
            indices,
            similarities,
            maxima,
            runners_up,
            ties,
            self.n_compared + other.n_compared,
            self.n_rescored + other.n_rescored,
            _joined(self.backend, other.backend),
        )

    def _candidates(self, is_open: np.ndarray) -> Ties:
        """All names that may be chosen in the open rows."""
        has_ties = np.zeros(is_open.size, dtype=bool)
        has_ties[self.ties.rows] = True
        alone = np.flatnonzero(is_open.reshape(-1) & ~has_ties & (self.indices.reshape(-1) >= 0))
        names, similarities = self.indices.reshape(-1)[alone], self.similarities.reshape(-1)[alone]
        return Ties.joined([self.ties, Ties(alone, names, similarities)])


def standing_of(candidates: Ties, n_photos: int, n_prompts: int) -> Standing:
    """Returns the standing of names by their exact similarities.

    Args:
        candidates: In every row all names within `NEAR_TIE` of the maximum, and as many others as you like.
        n_photos: How many photos there are.
        n_prompts: How many prompts there are.
    """
    rows, similarities = candidates.rows, candidates.similarities
    size = n_photos * n_prompts
    maxima = np.full(size, -np.inf)
    np.maximum.at(maxima, rows, similarities)
    # The runner-up is the largest after one of the largest was taken away.
    is_largest = similarities == maxima[rows]
    _, first = np.unique(rows[is_largest], return_index=True)
    others = similarities.copy()
    others[np.flatnonzero(is_largest)[first]] = -np.inf
    runners_up = np.full(size, -np.inf)
    np.maximum.at(runners_up, rows, others)
    runners_up[runners_up < maxima - NEAR_TIE] = -np.inf
    indices, chosen, ties = decided(candidates, maxima)
    shape = (n_photos, n_prompts)
    return Standing(
        indices.reshape(shape), chosen.reshape(shape), maxima.reshape(shape), runners_up.reshape(shape), ties
    )


def _joined(*backends: str) -> str:
    return ", ".join(sorted({name for backend in backends if backend for name in backend.split(", ")}))


def decided(
    candidates: Ties, maxima: Float64[np.ndarray, "..."]
) -> tuple[Int64[np.ndarray, " rows"], Float64[np.ndarray, " rows"], Ties]:
    """The lowest index within `TIE` of the maximum and its similarity, row by row, and what remains open."""
    is_tied = candidates.similarities >= maxima.reshape(-1)[candidates.rows] - TIE
    rows, names, similarities = (each[is_tied] for each in (candidates.rows, candidates.names, candidates.similarities))
    order = np.lexsort((names, rows))
    rows, names, similarities = rows[order], names[order], similarities[order]
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    indices, chosen = names[starts], similarities[starts]
    if len(starts) == len(rows):
        return indices, chosen, NO_TIES
    is_kept = np.zeros(len(rows), dtype=bool)
    stops = np.append(starts[1:], len(rows))
    for start, stop in zip(starts[stops - starts > 1], stops[stops - starts > 1], strict=True):
        steps = np.maximum.accumulate(similarities[start:stop])
        is_step = np.diff(steps, prepend=-np.inf) > 0
        is_kept[start:stop] = is_step & (is_step.sum() > 1)
    return indices, chosen, Ties(rows[is_kept], names[is_kept], similarities[is_kept])
