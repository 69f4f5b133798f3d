"""Embeddings as 8-bit whole numbers: products at several times the speed, wrong by no more than a known bound."""

from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int8, Num
from torch import Tensor

from idia.kernels import loops

MOST_DIMS = 1 << 16
"""Numbers per vector whose products, each at most 127 squared, surely add up to less than 2**31."""

_ALIGNED = 64  # what a register holds of such numbers


@final
@dataclass(frozen=True, eq=False)
class Quantised:
    """Vectors less a centre, rounded to whole numbers times a scale of their own.

    Attributes:
        numbers: The whole numbers in [-127, 127], padded with zeros `[vectors, dim or more]`.
        scales: What each vector's are to be multiplied with `[vectors]`.
        centre: What was taken away before `[dim]`.
        lengths: Lengths of the vectors less their centre `[vectors]`.
        rounded_lengths: Lengths of what they were rounded to `[vectors]`.
        losses: Lengths of the differences between the two `[vectors]`.
    """

    numbers: Int8[Tensor, "vectors padded"]
    scales: Float32[np.ndarray, " vectors"]
    centre: Float64[np.ndarray, " dim"]
    lengths: Float64[np.ndarray, " vectors"]
    rounded_lengths: Float64[np.ndarray, " vectors"]
    losses: Float64[np.ndarray, " vectors"]


def rounded(vectors: Num[np.ndarray, "vectors dim"]) -> Quantised:
    """Returns vectors as whole numbers around their mean, and how much of them was lost."""
    n, dim = vectors.shape
    # Any centre will do: the mean leaves the least to round.
    centre = vectors.sum(axis=0, dtype=np.float64) / max(n, 1)
    numbers = np.zeros((n, -(-dim // _ALIGNED) * _ALIGNED), dtype=np.int8)
    scales, lengths = np.empty(n, dtype=np.float32), np.empty((n, 3))
    loops.quantise(vectors, centre, numbers, scales, lengths)
    return Quantised(torch.from_numpy(numbers), scales, centre, *np.ascontiguousarray(lengths.T))


def margins(
    photos: Quantised, names: Quantised, offsets: Float64[np.ndarray, " names"]
) -> Float64[np.ndarray, " photos"]:
    """Returns how much the difference of two similarities of a photo can be wrong by, at most.

    For any centres m and c, <x, t> = <x - m, t - c> + <m, t - c> + <x, c>. The last term is the same for all names, the
    second one an offset; the first is approximated by that of the rounded vectors, and wrong by at most
    |loss of x| |t - c| + |rounded x| |loss of t| (Cauchy-Schwarz). What float64 loses where a centre is large is added.

    Args:
        photos: Photos, rounded.
        names: Names in one prompt, rounded.
        offsets: Dot products of the names less their centre with the photos' centre.
    """
    longest, lost = float(names.lengths.max()), float(names.losses.max())
    error = photos.losses * longest + photos.rounded_lengths * lost
    # Five float32 operations make a similarity of a product; what they can be wrong by, and what they can hold.
    largest = photos.rounded_lengths * float(names.rounded_lengths.max()) + float(np.abs(offsets).max())
    middles = float(np.linalg.norm(photos.centre)), float(np.linalg.norm(names.centre))
    float64 = len(photos.centre) * 2.0**-49 * (photos.lengths + middles[0]) * (longest + middles[1])
    return np.asarray(2 * (error * (1 + 1e-9) + 2.0**-21 * largest + float64 + 1e-36))


@cache
def is_exact() -> bool:
    """Whether this processor and this torch multiply 8-bit numbers both quickly and without losing a bit.

    Older processors add pairs of products into 16 bits, which overflow silently; and torch's function is not public.
    """
    try:
        if not torch.cpu._is_vnni_supported():
            return False
        corner = torch.tensor([-127, 127, 0], dtype=torch.int8)
        left = corner[torch.arange(64 * 192).reshape(64, 192) // 5 % 3]
        right = corner[torch.arange(192 * 80).reshape(80, 192) // 7 % 3]
        left[:8], right[:8] = 127, 127
        out = torch.empty(64, 80, dtype=torch.int32)
        torch._int_mm(left, right.T, out=out)
    except (AttributeError, RuntimeError, TypeError):
        return False
    return bool((out.long() == left.long() @ right.long().T).all())
