"""``idia plan``: numbers of people in sentences, and no answer to what makes no sense."""

import re

import pytest
from click.testing import CliRunner, Result

from idia.cli import main


def _plan(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["plan", *arguments])


def _needed(result: Result) -> list[str]:
    return re.findall(r"^ *([\d,]+)  ", result.stdout, re.M)


def test_a_false_positive_rate_takes_as_many_non_members_as_resolve_and_bound_it() -> None:
    result = _plan("--fpr", "0.01")

    assert result.exit_code == 0
    assert "What a false-positive rate of 1 % takes" in result.stdout
    assert _needed(result) == ["100", "299", "368"]
    assert "one-sided" in result.stdout
    assert "two-sided" in result.stdout


def test_the_width_of_an_interval_takes_more_and_has_defaults() -> None:
    explicit, by_width, by_tpr = (
        _plan("--tpr", "0.8", "--width", "0.1"),
        _plan("--width", "0.1"),
        _plan("--tpr", "0.8"),
    )

    assert _needed(explicit)[-1] == "2,241"
    assert "with as many members, a TPR of 0.8 at FPR 1 % has an interval about 0.1 wide" in explicit.stdout
    assert explicit.stdout == by_width.stdout == by_tpr.stdout


def test_few_members_are_counted() -> None:
    assert "with 1,000 members, a TPR" in _plan("--width", "0.1", "--members", "1000").stdout


def test_a_difference_of_areas_is_said_in_people_with_the_power_of_fewer() -> None:
    result = _plan("--auc-difference", "0.3", "--auc", "0.95")

    assert re.search(
        r"^About \d+ non-members and as many members tell an AUC of 0.95 from one of 0.65", result.stdout, re.M
    )
    assert re.search(r"^ +25  \d+ % \[\d+ %, \d+ %\]$", result.stdout, re.M)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--fpr", "1.5"], "expected a false-positive rate between 0 and 1, got 1.5"),
        (["--fpr", "nan"], "expected a false-positive rate between 0 and 1"),
        (["--fpr", "1e-300"], "expected a false-positive rate of 1e-09 or more"),
        (["--width", "2"], "expected a width between 0 and 1"),
        (["--width", "0.05", "--members", "50"], "expected a width that 50 members can have"),
        (["--auc-difference", "0"], "expected a difference above 0"),
        (["--auc-difference", "nan"], "expected a difference above 0"),
        (["--auc-difference", "0.1", "--correlation", "2"], "a correlation between -1 and 1"),
        (["--members", "0"], "Invalid value for '--members'"),
        (["--fpr", "many"], "Invalid value for '--fpr'"),
    ],
)
def test_what_makes_no_sense_ends_with_a_sentence(arguments: list[str], expected: str) -> None:
    result = _plan(*arguments)

    assert result.exit_code == 2
    assert expected in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
