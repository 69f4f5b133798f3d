"""What a run says at its end of attacks by name alone."""

from collections.abc import Callable, Mapping

import pytest

from idia.records import Record
from idia.report import summary_table
from idia.report.claims import verdict
from idia.report.markdown_tables import claim_words
from idia.report.terminal_attacks import vote_lines

MakeRecord = Callable[..., Record]
Attacked = Mapping[str, Record]


@pytest.fixture(scope="module")
def lines(attacked: Attacked) -> list[str]:
    return summary_table([record.document for record in attacked.values()]).splitlines()


def test_below_each_attack_by_name_alone_stands_its_vote(lines: list[str]) -> None:
    (at,) = [at for at, line in enumerate(lines) if line.startswith("  tuni-names  ")]

    assert lines[at].split()[-3:] == [".50", "[.38,", ".62]"]
    assert lines[at + 1] == (
        "    cheap vote: recall .15 [.06, .30], FPR .10 [.03, .22]; gibberish 1.00, fictitious .40, rare real .30, "
        "namesake .35"
    )
    assert "    release vote of 8/10: recall .50 [.16, .84], FPR .30 [.07, .65]" in lines


def test_nothing_is_wider_than_the_table(lines: list[str], attacked: Attacked, make_text_only: MakeRecord) -> None:
    document = dict(make_text_only(attacked["idia"], attack="tuni-gibberish-photos", shift=9.0).document)
    with_status = summary_table([attacked["idia"].document, document | {"status": "partial"}])

    assert max(map(len, [*lines, *with_status.splitlines()])) <= 118


def test_modes_are_told_apart_where_claims_are(lines: list[str]) -> None:
    claims = " ".join(lines).replace("     ", " ")

    assert "nameless, tuni-gibberish (cheap), tuni-gibberish (full), tuni-names and tuni-names-photos" in claims


def test_nothing_is_claimed_of_the_release_which_learns_from_members(attacked: Attacked) -> None:
    document = dict(attacked["tuni-release"].document)
    others = attacked["tuni-names"].document
    assert verdict(others) is not None

    assert verdict(document | {"blind": others["blind"]}) is None
    assert claim_words(document | {"blind": others["blind"]}) == "n/a"


def test_by_name_alone_a_model_has_a_row_without_photos(attacked: Attacked) -> None:
    row = summary_table([attacked["tuni-names"].document]).splitlines()[2]

    assert row.split()[:6] == ["vit-toy", "made-up-people", "0", "all", "40/50", "n/a"]


def test_attacks_with_photos_have_no_such_vote(attacked: Attacked) -> None:
    assert vote_lines(attacked["calibrated"].document, 118) == []
