import pytest

from idia.report.wording import (
    fraction,
    headline_cells,
    interval,
    occurrences_order,
    one_line,
    p_words,
    people,
    shortened,
    trend_words,
)


def test_intervals_are_written_with_two_decimals() -> None:
    assert interval({"value": 43 / 79, "low": 0.42837, "high": 0.65653}) == "0.54 [0.43, 0.66]"
    assert interval({"value": None, "low": None, "high": None}) == "n/a"
    assert fraction(None) == "n/a"


def test_people_are_whole_unless_they_are_a_mean_over_draws() -> None:
    assert [people(43.0), people(43.25), people(42.99), people(1234.0)] == ["43", "43.2", "43", "1,234"]


def test_text_with_line_breaks_and_control_characters_becomes_one_line() -> None:
    assert one_line(" a\r\n\tb\x00\x1b[31mc\u202e ") == "a b[31mc"


@pytest.mark.parametrize("width", [3, 8, 15])
def test_long_text_is_shortened_in_the_middle(width: int) -> None:
    text = "abcdefghijklmnop"

    short = shortened(text, width)

    assert len(short) == width
    assert short[0] == "a"
    assert short[-1] == "p"
    assert shortened(text, len(text)) == text


def test_occurrences_are_ordered_by_number_not_by_letter() -> None:
    assert sorted(["75", "5-9", "100", "all", "5"], key=occurrences_order) == ["all", "5", "5-9", "75", "100"]


def test_headline_cells_are_those_of_the_most_photos() -> None:
    cells = [
        {"n_photos": n_photos, "occurrences": occurrences}
        for n_photos in (30, "all", 3)
        for occurrences in ("10", "all", "9")
    ]

    assert [tuple(cell.values()) for cell in headline_cells({"cells": cells})] == [
        ("all", "all"),
        ("all", "9"),
        ("all", "10"),
    ]
    assert {cell["n_photos"] for cell in headline_cells({"cells": [c for c in cells if c["n_photos"] != "all"]})} == {
        30
    }
    assert headline_cells({"cells": []}) == []


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (1.0, "p > .99"),
        (0.5, "p = .500"),
        (0.0321, "p = .032"),
        (9e-4, "p < .001"),
        (3e-5, "p < 1e-4"),
        (1e-300, "p < 1e-6"),
    ],
)
def test_no_p_value_is_zero(p: float, words: str) -> None:
    assert p_words(p) == words


def test_a_trend_is_called_one_only_where_it_is_significant() -> None:
    trend = {"p": 0.04, "method": "exact conditional cochran-armitage", "n": 1240}

    assert trend_words(trend) == "TPR rises with occurrences: exact trend test p = .040 (1,240 members)"
    assert trend_words({**trend, "p": 0.06}).startswith("no rise of the TPR with occurrences is shown: exact")
    assert "exact" not in trend_words({**trend, "method": "cochran-armitage, normal"})
