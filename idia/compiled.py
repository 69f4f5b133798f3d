"""Loops compiled to machine code on their first call, and kept for later processes where there is a place for it."""

import pickle
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, final

from numba import njit
from numba.core.caching import FunctionCache

# What a file raises that was cut short, written over or cannot be read or written.
_DAMAGED = (OSError, EOFError, ImportError, AttributeError, TypeError, ValueError, LookupError, pickle.UnpicklingError)

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
    made: _Function = njit(nogil=True, fastmath=fastmath)(function)
    with suppress(RuntimeError):  # neither the package's folder nor the user's cache can be written
        made._cache = _Kept(function)  # type: ignore[attr-defined]  # what `cache=True` sets, but for its errors
    return made


@final
class _Kept(FunctionCache):  # type: ignore[misc]  # numba says nothing about types
    """Machine code on disk, which saves time: what is damaged is made again, what cannot be kept is not."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Returns the code for some types of arguments, if it is there and whole."""
        try:
            return super().load_overload(sig, target_context)
        except _DAMAGED:
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keeps the code for some types of arguments."""
        try:
            super().save_overload(sig, data)
        except _DAMAGED:
            with suppress(OSError):
                self.flush()
                super().save_overload(sig, data)
