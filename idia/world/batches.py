"""Drawing many pictures: some at a time, on one thread."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

from idia.errors import SettingError

SMALLEST_SIDE, LARGEST_SIDE = 16, 256

_BATCH = 64  # of 32 pixels a side these fill a processor's cache

Draw = Callable[[Int64[np.ndarray, " rows"]], UInt8[Tensor, "rows 3 side side"]]


def in_batches(order: Int64[np.ndarray, " pictures"], side: int, draw: Draw) -> UInt8[Tensor, "pictures 3 side side"]:
    """Returns pictures drawn some at a time.

    Args:
        order: The numbers of all pictures, in the order in which to draw them.
        side: Pixels a side, in [16, 256].
        draw: Draws the pictures with the given numbers.

    Raises:
        SettingError: The size is out of range.
    """
    if not SMALLEST_SIDE <= side <= LARGEST_SIDE:
        raise SettingError(f"pictures must be {SMALLEST_SIDE} to {LARGEST_SIDE} pixels a side, got {side}.")
    pictures = torch.empty(len(order), 3, side, side, dtype=torch.uint8)
    with _one_thread():
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            pictures[torch.from_numpy(rows)] = draw(rows)
    return pictures


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keeps torch to one thread: there are thousands of steps, each too short to be shared out."""
    before = torch.get_num_threads()
    if before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
