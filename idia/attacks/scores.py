"""`PersonScores`: what an attack with a continuous score says about everybody."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int

from idia.errors import ShapeError


@dataclass(frozen=True, eq=False)
class PersonScores:
    """One real number per person: the higher, the more likely the person was trained on.

    Attributes:
        attack: Which attack it was, as on the leaderboard.
        values: The scores `[people]`, in the order of the people; finite. Their unit is the attack's own.
        n_photos: How many photos of each person the score rests on `[people]`; 0 where it looks at none.

    Raises:
        ShapeError: There is not one finite score and one number of photos per person.
    """

    attack: str
    values: Float64[np.ndarray, " people"]
    n_photos: Int[np.ndarray, " people"]

    def __post_init__(self) -> None:
        values, n_photos = np.asarray(self.values, dtype=np.float64), np.asarray(self.n_photos)
        if values.ndim != 1 or not len(values) or n_photos.shape != values.shape:
            raise ShapeError(
                "expected one score and one number of photos per person, got scores of shape "
                f"{values.shape} and numbers of photos of shape {n_photos.shape}."
            )
        if not np.isfinite(values).all():
            raise ShapeError(f"scores must be finite, got {values[~np.isfinite(values)][0]} among {len(values)}.")
        if not np.issubdtype(n_photos.dtype, np.integer) or n_photos.min() < 0:
            raise ShapeError(f"numbers of photos must be whole numbers from 0, got {n_photos.dtype} {n_photos.min()}.")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "n_photos", n_photos.astype(np.int64))

    @property
    def n_people(self) -> int:
        """How many people there are."""
        return len(self.values)
