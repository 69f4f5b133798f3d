"""Gibberish: strings of random characters, which nobody bears and which no training data hold."""

import string
from collections.abc import Iterable, Iterator

import numpy as np

from idia.errors import SettingError
from idia.randomness import key_of, random_fractions

SYMBOLS = string.ascii_letters + string.digits + string.punctuation
"""What gibberish is made of: the 94 characters that can be printed in ASCII, but for the space."""

_BATCH = 256  # strings drawn together
_PURPOSE = key_of("gibberish")


def gibberish(n: int, *, seed: int, length: int = 10, excluded: Iterable[str] = ()) -> tuple[str, ...]:
    """Returns different strings of random characters, each drawn uniformly and independently from `SYMBOLS`.

    They depend on the seed alone: fewer of them are the first of more. Those of another seed are other strings but for
    a chance of one in 10¹⁹ a pair; `excluded` makes sure.

    Args:
        n: How many strings.
        seed: Keys the characters, in [0, 2**64).
        length: Characters of each string; ten, as published.
        excluded: Strings that are not to be among them, such as another population.

    Raises:
        SettingError: No string is wanted, a string has no characters, there are too few of that length, or the seed is
            out of range.

    Source:
        Cheng, Li, Jia, "TUNI: A Textual Unimodal Detector for Identity Inference in CLIP Models", arXiv:2405.14517.

    >>> gibberish(1, seed=1, length=8)
    ('ybX^.7U2',)
    """
    if n < 1 or length < 1:
        raise SettingError(f"expected one or more strings of one or more characters, got {n} of {length}.")
    if not 0 <= seed < 2**64:
        raise SettingError(f"the seed must be a number in [0, 2**64), got {seed}.")
    taken = set(excluded)
    there = len(SYMBOLS) ** length - sum(_could_be_drawn(text, length) for text in taken)
    if n > there:
        raise SettingError(
            f"there are {max(there, 0):,} strings of length {length} that are not excluded, fewer than the {n:,} asked "
            "for. Ask for longer ones, or for fewer."
        )
    found: list[str] = []
    for text in _drawn(seed, length):
        if text not in taken:
            taken.add(text)
            found.append(text)
            if len(found) == n:
                break
    return tuple(found)


def _drawn(seed: int, length: int) -> Iterator[str]:
    """Strings without end, some of which may come more than once."""
    places, start = np.arange(length, dtype=np.uint64), 0
    while True:
        numbers = np.arange(start, start + _BATCH, dtype=np.uint64)[:, None]
        for row in (random_fractions(_PURPOSE, seed, numbers, places) * len(SYMBOLS)).astype(np.int64).tolist():
            yield "".join(SYMBOLS[symbol] for symbol in row)
        start += _BATCH


def _could_be_drawn(text: str, length: int) -> bool:
    return len(text) == length and set(text) <= set(SYMBOLS)
