"""The same mode with several numbers of restarts and steps."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from idia.records import Record, StoredRecord
from idia.report.attacks import attack_words, labels_of
from idia.report.photo_price import photo_prices
from idia.report.text_only import attack_and_mode, mode_words
from idia.report.text_only_tables import text_only_section

MakeRecord = Callable[..., Record]
Stored = Callable[..., tuple[StoredRecord, ...]]
Attacked = Mapping[str, Record]


@pytest.fixture(scope="module")
def records(
    attacked: Attacked, make_text_only: MakeRecord, stored: Stored, tmp_path_factory: pytest.TempPathFactory
) -> tuple[StoredRecord, ...]:
    """A mode in two sizes beside another mode, and the release in two sizes."""
    again = make_text_only(attacked["idia"], seed=5)
    release = make_text_only(attacked["idia"], attack="tuni-release", mode="release", seed=6)
    for number, record in enumerate((again, release)):
        protocol: Any = record.document["protocol"]
        protocol["sha256"] = f"{number}" * 64
        protocol["text_only"] |= {"restarts": 1600, "steps": 8}
    chosen = [attacked[name] for name in ("idia", "tuni-gibberish", "tuni-gibberish-full", "tuni-release")]
    return stored(tmp_path_factory.mktemp("sizes"), [*chosen, again, release])


def test_restarts_and_steps_are_told_where_a_mode_has_several(records: tuple[StoredRecord, ...]) -> None:
    documents = [each.document for each in records]

    assert [mode_words(each, documents) for each in documents[1:]] == [
        *("cheap, 8 × 60", "full", "release, 100 × 2,000", "cheap, 1,600 × 8", "release, 1,600 × 8"),
    ]
    assert labels_of(records) == (
        *("idia", "tuni-gibberish (cheap, 8 × 60)", "tuni-gibberish (full)", "tuni-release (100 × 2,000)"),
        *("tuni-gibberish (cheap, 1,600 × 8)", "tuni-release (1,600 × 8)"),
    )


def test_they_are_not_told_where_nothing_else_is_there(records: tuple[StoredRecord, ...]) -> None:
    cheap, full, release = (each.document for each in records[1:4])

    assert (mode_words(cheap), mode_words(cheap, [cheap, full])) == ("cheap", "cheap")
    assert attack_and_mode(release, [release, full]) == "tuni-release"
    assert attack_words(records[1], records[:2]) == "tuni-gibberish"
    assert attack_words(records[1], records[:3]) == "tuni-gibberish (cheap)"


def test_tables_tell_them_apart(records: tuple[StoredRecord, ...]) -> None:
    prices = photo_prices([records[1], records[4]])
    section = "".join(text_only_section(records))

    assert prices.count("tuni-gibberish (cheap, 8 × 60)") == prices.count("tuni-gibberish (cheap, 1,600 × 8)") == 1
    assert prices.count("alone (cheap, 8 × 60)") == 2
    assert section.count("| cheap, 1,600 × 8 ") == 2
    assert "tuni-release (1,600 × 8): the authors' release with its defects" in section
