"""How far encoding has come, for whoever looks on."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import final

from idia.models.locks import tell
from idia.models.protocol import Progress

Tick = Callable[[int], None]
"""Called with the position of an item that is being encoded."""


@final
class Tally:
    """How many of the items asked for are done, repeated ones counted as often as they were asked for.

    Args:
        stage: What is done to them.
        to_do: How often each is asked for.
        progress: Told how many are done.
    """

    def __init__(self, stage: str, to_do: Counter[bytes], progress: Progress | None) -> None:
        self._stage = stage
        self._to_do = to_do
        self._total = to_do.total()
        self._progress = progress
        self._is_waiting = False
        self._report()

    def count(self, *keys: bytes) -> None:
        """Counts what is done; what was counted before does not count again."""
        counted = sum(self._to_do.pop(key, 0) for key in keys)
        if counted or self._is_waiting:
            self._is_waiting = False
            self._report()

    def wait(self) -> None:
        """Says that another process is waited for; the next count ends that."""
        self._is_waiting = True
        tell(self._progress, self._total - self._to_do.total(), self._total)

    def counter(self, batch: Sequence[bytes]) -> Tick:
        """Returns a function that counts the item at a position of a batch."""
        return lambda position: self.count(batch[position])

    def without(self, keys: Sequence[bytes], found: set[bytes]) -> list[bytes]:
        """Counts what was found and returns the keys of the rest."""
        self.count(*found)
        return [key for key in keys if key not in found]

    def _report(self) -> None:
        if self._progress is not None:
            self._progress(self._stage, self._total - self._to_do.total(), self._total)
