from collections.abc import Callable
from typing import Any

import pytest

from idia.prompts import PAPER_PROMPTS
from idia.records import Record
from idia.report.published import PUBLISHED, published_at_30_photos, published_by_count

MakeRecord = Callable[..., Record]
PROTOCOL = {"prompts_sha256": PAPER_PROMPTS.sha256, "n_names": 1000, "tau": 1, "sizes": [3, 30]}


def _record(make_record: MakeRecord, protocol: dict[str, Any] | None = None, **parts: Any) -> Record:
    return make_record(sizes=(3, 30), protocol={**PROTOCOL, **(protocol or {})}, **parts)


def test_only_counts_that_were_published_are_compared(make_record: MakeRecord) -> None:
    record = _record(make_record, occurrences=(1, 5, 10, 75))

    assert [(each.occurrences, each.low) for each in published_by_count([record.document])] == [
        ("1", 0.249),
        ("10", 0.67),
        ("75", 0.95),
    ]


@pytest.mark.parametrize("protocol", [{"tau": 2}, {"n_names": 999}, {"prompts_sha256": "0" * 64}])
def test_nothing_is_compared_under_another_protocol(make_record: MakeRecord, protocol: dict[str, Any]) -> None:
    record = _record(make_record, protocol, occurrences=(75,))

    assert published_by_count([record.document]) == ()
    assert published_at_30_photos(record.document) == ()


def test_all_photos_compare_only_where_everybody_has_thirty(make_record: MakeRecord) -> None:
    record = make_record(protocol=PROTOCOL, occurrences=(75,))
    document = record.document
    exactly = {**document, "people": document["people"] | {"photos_per_person": {"min": 30, "median": 30, "max": 30}}}

    assert published_by_count([document]) == ()
    assert [each.occurrences for each in published_by_count([exactly])] == ["75"]


def test_at_thirty_photos_a_model_of_one_count_compares_with_that_count(make_record: MakeRecord) -> None:
    (published,) = published_at_30_photos(_record(make_record, occurrences=(75,)).document)

    assert (published.training_set, published.occurrences, published.relation) == ("CC3M", "75", ">")
    assert published_at_30_photos(_record(make_record, occurrences=(50,)).document) == ()


def test_laion_compares_below_300_captions_only(make_record: MakeRecord) -> None:
    few, many = (_record(make_record, occurrences=(1, most)).document for most in (299, 300))
    elsewhere = {**few, "model": few["model"] | {"training_data": "something else"}}

    assert [each.training_set for each in published_at_30_photos(few)] == ["LAION-400M"]
    assert published_at_30_photos(many) == ()
    assert published_at_30_photos(elsewhere) == ()


def test_every_published_number_is_a_fraction() -> None:
    assert all(0 <= each.low <= each.high <= 1 for each in PUBLISHED)
    assert all(each.relation in "=≈<>" for each in PUBLISHED)
