import json

from idia.records import Record, packed, unpacked
from idia.records.votes import same_votes


def test_a_record_survives_the_way_through_json(record: Record) -> None:
    received = unpacked(json.loads(json.dumps(packed(record))))

    assert received.document == record.document
    assert same_votes(received.votes, record.votes)


def test_a_failed_record_without_votes_survives_too(record: Record) -> None:
    assert unpacked(packed(Record(record.document, {}))).votes == {}
