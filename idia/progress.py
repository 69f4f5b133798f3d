"""Progress bars on a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Never

from tqdm import tqdm

_LARGE = 100_000  # from here on numbers are written as 123k


@contextmanager
def shown_on_terminal(title: str, is_interactive: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Yields a function that draws progress: the stage, how much of it is done, and how much there is to do.

    Args:
        title: What is in progress, such as a model.
        is_interactive: Whether somebody is looking; if not, None is yielded and nothing is drawn.
    """
    if not is_interactive:
        yield None
        return
    bars: dict[str, tqdm[Never]] = {}

    def show(stage: str, done: int, total: int) -> None:
        if stage not in bars:
            for finished in bars.values():
                finished.close()
            bars.clear()  # a stage may come back, after waiting
            # What was done before, by an interrupted run, does not count towards the speed.
            bars[stage] = tqdm(
                initial=done,
                total=total,
                desc=f"{title}: {stage}",
                leave=False,
                unit=f" {stage}",
                unit_scale=total >= _LARGE,
            )
        bars[stage].update(done - bars[stage].n)

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()
