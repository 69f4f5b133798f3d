"""Which tests of text-only attacks there are: those of the models and modes that are wanted."""

import re

import pytest

ASKS = """
def test_asked(idia_target, idia_text_mode, idia_occurrences): pass
def test_modes(idia_text_mode): pass
def test_others(idia_target): pass
"""
TOY = "--idia-model=python:idia.testing:toy_clip"


def test_there_is_a_row_for_every_mode_of_a_model_and_none_of_a_control(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(ASKS)
    asked = ("--idia-text-only=full", "--idia-text-only=cheap", "--idia-control=permuted", "--idia-bins=5-75")
    output = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--collect-only", "-q", TOY, *asked).stdout.str()

    spec = TOY.partition("=")[2]
    assert re.findall(r"::(test_\w+\[.*\])$", output, re.M) == [
        "test_modes[text-cheap]",
        "test_modes[text-full]",
        f"test_asked[{spec}-text-cheap-occurrences-5-75]",
        f"test_asked[{spec}-text-full-occurrences-5-75]",
        f"test_others[{spec}]",
        f"test_others[{spec}+permuted]",
    ]


def test_where_no_mode_is_wanted_tests_are_skipped_and_say_why(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(ASKS)
    run = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-rs", TOY)

    run.assert_outcomes(passed=1, skipped=2)
    assert "nobody is attacked by their name alone: --idia-text-only MODE asks for it" in run.stdout.str()
