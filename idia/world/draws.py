"""Random numbers with names, the same on every machine: what a person or a photo is like hangs on keys alone."""

from collections.abc import Sequence
from typing import final

import numpy as np
from jaxtyping import Bool, Float64, Int64, UInt64

from idia.errors import SettingError
from idia.randomness import key_of, random_bits, random_fractions

_GRID = 2.0**16


def on_grid(values: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
    """Returns the values rounded to multiples of 2**-16.

    Sines and exponentials differ between processors in the last bit. Rounded so coarsely they are equal, and exact
    arithmetic keeps them equal.
    """
    return np.asarray(np.round(values * _GRID) / _GRID)


@final
class Draws:
    """Random numbers for each of some pictures, by name.

    Args:
        topic: Keeps numbers of the same name for different purposes apart.
        seed: Of the world, in [0, 2**64).
        keys: What else the numbers hang on, for each picture: numbers from 0.

    Raises:
        SettingError: The seed or a key is out of range, or keys are not lists of equal length.
    """

    def __init__(self, topic: str, seed: int, *keys: Int64[np.ndarray, " pictures"]) -> None:
        if not 0 <= seed < 2**64:
            raise SettingError(f"the seed must be a whole number in [0, 2**64), got {seed}.")
        if len({np.shape(key) for key in keys}) != 1 or np.ndim(keys[0]) != 1:
            shapes = " and ".join(str(np.shape(key)) for key in keys)
            raise SettingError(f"expected one number for each picture, got arrays of shapes {shapes}.")
        for key in keys:
            if np.size(key) and np.min(key) < 0:
                raise SettingError(f"people, photos and objects are numbered from 0, got {np.min(key)}.")
        self._topic = topic
        self._seed = seed
        self._keys = tuple(np.asarray(key).astype(np.uint64) for key in keys)

    def bits(self, name: str) -> UInt64[np.ndarray, " pictures"]:
        """Returns 64 random bits for each picture."""
        return random_bits(self._seed, key_of(f"{self._topic} {name}"), *self._keys)

    def uniform(self, name: str, low: float = 0.0, high: float = 1.0) -> Float64[np.ndarray, " pictures"]:
        """Returns uniform numbers in [low, high)."""
        return on_grid(low + (high - low) * self._fractions(name))

    def normal(self, name: str, deviation: float, mean: float = 0.0) -> Float64[np.ndarray, " pictures"]:
        """Returns numbers of about a normal distribution, never more than 3.5 deviations from the mean."""
        bits = self.bits(name)
        total = sum(((bits >> np.uint64(16 * part)) & np.uint64(0xFFFF)).astype(np.float64) for part in range(4))
        # Four uniform numbers have variance 4 / 12.
        return on_grid(mean + deviation * np.sqrt(3.0) * (total / 65536 - 2))

    def chance(self, name: str, probability: float | Float64[np.ndarray, " pictures"]) -> Bool[np.ndarray, " pictures"]:
        """Returns what happens with a probability."""
        return np.asarray(self._fractions(name) < probability)

    def choice(
        self, name: str, weights: Sequence[float] | Float64[np.ndarray, "pictures choices"]
    ) -> Int64[np.ndarray, " pictures"]:
        """Returns numbers of choices, drawn by weights that add up to 1, for all pictures or for each."""
        thresholds = np.cumsum(np.asarray(weights, np.float64), axis=-1)[..., :-1]
        return np.asarray((self._fractions(name)[:, None] >= thresholds).sum(axis=-1), np.int64)

    def colour(
        self, name: str, saturation: tuple[float, float], value: tuple[float, float]
    ) -> Float64[np.ndarray, "3 pictures"]:
        """Returns colours of any hue."""
        return hue_colour(
            self.uniform(f"{name} hue"),
            self.uniform(f"{name} saturation", *saturation),
            self.uniform(f"{name} value", *value),
        )

    def _fractions(self, name: str) -> Float64[np.ndarray, " pictures"]:
        return random_fractions(self._seed, key_of(f"{self._topic} {name}"), *self._keys)


def hue_colour(
    hue: Float64[np.ndarray, " pictures"],
    saturation: Float64[np.ndarray, " pictures"],
    value: Float64[np.ndarray, " pictures"],
) -> Float64[np.ndarray, "3 pictures"]:
    """Returns red, green and blue of a hue (a fraction of the colour circle), a saturation and a value in [0, 1]."""
    corners = np.array([[0.0], [2.0], [4.0]])
    distance = np.abs((6 * hue[None] - corners + 3) % 6 - 3)
    pure = np.clip(2 - distance, 0, 1)
    return on_grid(value * (1 - saturation * (1 - pure)))
