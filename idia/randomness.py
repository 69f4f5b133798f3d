"""Counter-based random numbers: a pure function of their keys.

A number depends on its keys alone, so that results never depend on order, batch size, worker count or what else was
selected; and on no library's stream, so that a published number can be recomputed with any version of numpy.
"""

import hashlib

import numpy as np
from jaxtyping import Float64, Int64, UInt64

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def key_of(text: str) -> int:
    """Returns the 64-bit key of a text, such as a person's or a photo's id.

    >>> key_of("Ada Example")
    13398220033952793616
    """
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def random_bits(*keys: int | UInt64[np.ndarray, "..."]) -> UInt64[np.ndarray, "..."]:
    """Returns 64 random bits for every combination of the keys, which are broadcast against each other.

    Args:
        keys: Integers in [0, 2**64) or arrays of them; their order matters.

    Source:
        The finaliser is SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    bits = np.zeros((), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for key in keys:
            bits = _mixed(bits + _GOLDEN ^ _mixed(np.asarray(key, dtype=np.uint64) + _GOLDEN))
    return np.asarray(bits)


def random_fractions(*keys: int | UInt64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
    """Returns uniform numbers in [0, 1) with 53 random bits for every combination of the keys."""
    return (random_bits(*keys) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def cycle(keys: UInt64[np.ndarray, " items"], seed: int) -> Int64[np.ndarray, " items"]:
    """Returns for each item another one: a cycle through all of them, in a random order keyed by the seed.

    Args:
        keys: What tells the items apart, whatever order they come in.
        seed: Decides the order.
    """
    order = np.argsort(random_bits(seed, keys), kind="stable")
    whose = np.empty(len(order), dtype=np.int64)
    whose[order] = np.roll(order, 1)
    return whose


def _mixed(bits: UInt64[np.ndarray, "..."]) -> UInt64[np.ndarray, "..."]:
    bits = (bits ^ (bits >> np.uint64(30))) * _MIX_1
    bits = (bits ^ (bits >> np.uint64(27))) * _MIX_2
    mixed: UInt64[np.ndarray, ...] = bits ^ (bits >> np.uint64(31))
    return mixed
