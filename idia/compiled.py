"""Loops compiled to machine code on their first call, and kept for later processes where there is a place for it."""

from collections.abc import Callable
from typing import TypeVar

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Compiles a function of numbers and arrays; other threads run while it does.

    Arithmetic is IEEE: nothing is reordered, so an answer depends on the arguments alone.
    """
    return _compiled(function, fastmath=False)


def compiled_for_extremes(function: _Function) -> _Function:
    """The same for functions that take maxima of numbers: knowing that none is NaN, several are compared at once."""
    return _compiled(function, fastmath={"nnan", "nsz"})


def compiled_for_sums(function: _Function) -> _Function:
    """The same for functions that add up: terms are added in another order, the same for the same length."""
    return _compiled(function, fastmath={"reassoc", "nsz", "contract"})


def _compiled(function: _Function, *, fastmath: bool | set[str]) -> _Function:
    options = {"nogil": True, "fastmath": fastmath}
    try:
        made: _Function = njit(cache=True, **options)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written: compiled in each process
        made = njit(**options)(function)
    return made
