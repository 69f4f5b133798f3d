import numpy as np
import pytest

from idia.errors import SettingError
from idia.evaluation import OccurrenceBin, default_bins, parsed_bins
from idia.evaluation.bins import check_bins


def test_few_counts_are_bins_of_their_own_and_many_are_ranges() -> None:
    assert [str(each) for each in default_bins(np.array([0, 1, 75, 5]))] == ["1", "5", "75"]
    assert [str(each) for each in default_bins(np.arange(51))] == ["1-4", "5-9", "10-19", "20-49", "50"]
    assert [str(each) for each in default_bins(np.arange(5, 48))] == ["5-9", "10-19", "20-47"]


@pytest.mark.parametrize(("text", "expected"), [("75", "75"), ("5-9", "5-9"), (" 5 – 9 ", "5-9"), ("3-3", "3")])
def test_bins_are_read_as_they_are_written(text: str, expected: str) -> None:
    assert str(OccurrenceBin.parsed(text)) == expected


@pytest.mark.parametrize("text", ["0", "9-5", "0-4", "", "many", "1.5", "-3"])
def test_bins_that_no_member_can_have_are_refused(text: str) -> None:
    with pytest.raises(SettingError, match="occurrence bin"):
        OccurrenceBin.parsed(text)


def test_bins_must_not_overlap_or_be_empty() -> None:
    with pytest.raises(SettingError, match="must not overlap, got 1-5 and 5-9"):
        check_bins([OccurrenceBin(5, 9), OccurrenceBin(1, 5)], np.array([5, 0]))
    with pytest.raises(SettingError, match="no member has 7 training occurrences; members have 5"):
        check_bins([OccurrenceBin(7, 7)], np.array([5, 0]))


def test_written_bins_are_counts_ranges_and_steps_in_order() -> None:
    occurrences = np.array([0, 1, 24, 25, 75, 299, 300, 400])

    assert [str(each) for each in parsed_bins(["step:25:300", "400"], occurrences)] == [
        "1-24",
        "25-49",
        "75-99",
        "275-299",
        "400",
    ]
    assert [str(each) for each in parsed_bins(["step:25:30"], occurrences)] == ["1-24", "25-29"]
    assert [str(each) for each in parsed_bins(["step:1:3"], np.array([0, 1, 2, 9]))] == ["1", "2"]
    assert [str(each) for each in parsed_bins([" 300 - 400 ", "1"], occurrences)] == ["1", "300-400"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["step:25:25"], "a width below their end, got step:25:25"),
        (["step:0:25"], "a width below their end"),
        (["step:25"], "or step:25:300, got"),
        (["step:2:5"], "holds nobody: every member occurs at least 5 times"),
        (["step:5:300", "75"], "must not overlap"),
        (["7"], "no member has 7"),
    ],
)
def test_written_bins_that_cannot_be_reported_are_refused(texts: list[str], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        parsed_bins(texts, np.array([0, 5, 75]))
