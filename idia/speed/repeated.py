"""Work done again, at other sizes or in another way: what it takes, and whether the answers agree."""

from collections.abc import Sequence
from typing import Any

from idia.errors import MeasurementError
from idia.speed.fresh import Spent, in_fresh_process
from idia.speed.growth import Point

_SLACK = 32  # MiB by which two runs of the same work may differ


def measured_points(
    workload: str, grows: str, sizes: Sequence[int], *, rounds: int, **arguments: Any
) -> tuple[list[Point], list[Any]]:
    """Returns what work of growing size takes on one thread, and what it answers, in rounds of all sizes.

    Args:
        workload: See `in_fresh_process`.
        grows: The argument that is the size.
        sizes: Its values, from the smallest to the largest.
        rounds: How many rounds.
        arguments: All other arguments.

    Returns:
        A point for every size, and the answer at every size.

    Raises:
        MeasurementError: It fails, or answers differently in another round.
    """
    by_round = [
        [in_fresh_process(workload, n_threads=1, **{grows: size}, **arguments) for size in sizes] for _ in range(rounds)
    ]
    points, answers = [], []
    for size, spent in zip(sizes, zip(*by_round, strict=True), strict=True):
        if any(each.answer != spent[0].answer for each in spent):
            raise MeasurementError(f"{workload} answers differently in different rounds at {grows} = {size:,}.")
        memory = tuple(each.extra_mib for each in spent if each.extra_mib is not None)
        points.append(Point(size, tuple(each.cpu_seconds for each in spent), memory))
        answers.append(spent[0].answer)
    return points, answers


def n_different(answer: dict[str, Any], expected: dict[str, Any]) -> int:
    """Returns how many names, of every photo and prompt, two scans predict differently.

    Args:
        answer: What a scan of `idia.speed.workloads` answers.
        expected: What another answers about the same photos, prompts and names.
    """
    pairs = zip(answer["predicted"], expected["predicted"], strict=True)
    return sum(name != other for ours, theirs in pairs for name, other in zip(ours, theirs, strict=True))


def takes_memory_like(more: Spent, few: Spent) -> bool:
    """Returns whether work of a larger size takes little more memory than work of a small one.

    Args:
        more: What the larger took.
        few: What the small one took.

    Returns:
        Whether it is at most twice as much and 32 MiB; also True where the system tells nothing of memory.
    """
    return more.extra_mib is None or few.extra_mib is None or more.extra_mib <= 2 * few.extra_mib + _SLACK
