from collections.abc import Callable
from typing import Any

from idia.gates.readings import Reading, leak, usefulness
from idia.records import Record


def test_the_headline_is_of_all_members_at_the_largest_number_of_photos(make: Callable[..., Record]) -> None:
    document = dict(make(20).document)
    (cell,) = document["cells"]
    low = {"value": 0.1, "low": 0.0, "high": 0.2, "method": "m", "n": 40}
    document["cells"] = [
        cell | {"n_photos": 9, "tpr": low},
        cell | {"n_photos": 10, "occurrences": "75", "tpr": low},
        cell | {"n_photos": 10},
        cell | {"n_photos": 1, "tpr": low},
    ]

    reading = leak(document, "tpr")

    assert isinstance(reading, Reading)
    assert (reading.label, reading.value, reading.n, reading.unit) == ("TPR", 0.5, 40, "members")


def test_nobody_to_tell_apart_gives_no_number(make: Callable[..., Record]) -> None:
    document = dict(make(20).document)
    (cell,) = document["cells"]
    for changed, said in (
        ([cell | {"non_members": 0}], "there are 40 members and 0 non-members"),
        ([cell | {"occurrences": "75"}], "nothing was measured over all members"),
        ([], "nothing was measured over all members"),
    ):
        assert said in str(leak(document | {"cells": changed}, "fpr"))


def test_utility_is_chosen_by_task_by_metric_or_by_both(make_utility: Callable[..., dict[str, Any]]) -> None:
    document = make_utility(**{"shape_top-1": 400, "colour_top-1": 300, "captions_rank@1": 200})

    def labels(wanted: str) -> list[str]:
        return [each.label for each in usefulness([document], wanted) if isinstance(each, Reading)]

    assert labels("") == ["shape top-1", "colour top-1", "captions rank@1"]
    assert labels("top-1") == ["shape top-1", "colour top-1"]
    assert labels("captions") == labels("captions rank@1") == ["captions rank@1"]
    assert usefulness([], "") == "no score of utility was recorded"
