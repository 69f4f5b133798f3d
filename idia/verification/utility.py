"""A record of utility from its own counts: photos answered rightly, of how many."""

from collections.abc import Iterator
from typing import Any

from idia.records import Document, estimate_document
from idia.statistics import proportion
from idia.verification.mismatches import Problem, compared

_DEPTHS = (1, 5)
_WORD = {"zero-shot": "top-", "retrieval": "rank@"}


def utility_problems(document: Document) -> Iterator[Problem]:
    """Yields in what a record of utility is not what its counts give.

    Rates and intervals follow from counts, and of zero-shot tasks what guessing gives. What guessing gives for
    captions, and always naming the most frequent classes, follows from photos that no record holds.

    Args:
        document: The record.
    """
    asked = [(task, depth) for task in document["data"]["tasks"] for depth in _DEPTHS if task["n_choices"] > depth]
    expected = [f"{task['name']} {_WORD[task['kind']]}{depth}" for task, depth in asked]
    yield from compared(expected, [f"{each['task']} {each['metric']}" for each in document["scores"]], "scores")
    tasks = {task["name"]: task for task in document["data"]["tasks"]}
    first: dict[str, int] = {}
    for at, score in enumerate(document["scores"]):
        task, place = tasks[score["task"]], f"scores[{at}]"
        given: dict[str, Any] = {"estimate": score["estimate"]}
        recomputed: dict[str, Any] = {"estimate": estimate_document(proportion(score["right"], task["n_photos"]))}
        if task["kind"] == "zero-shot":
            given["chance"] = score["chance"]
            recomputed["chance"] = int(score["metric"][-1]) / task["n_choices"]
        yield from compared(recomputed, given, place)
        if (task["kind"] == "retrieval") != (score["majority"] is None):
            yield f"{place}.majority", "expected a number for classes, and null for captions"
        if "answers" in score:
            # Photo by photo: whoever is right at once is right among five.
            right = int(score["answers"], 16)
            if first.setdefault(score["task"], right) & ~right:
                yield f"{place}.answers", "expected those that were right at once among them, found others"
