import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.spelling import canonical_name, name_key


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Ada_Example", "Ada Example"),
        ("  Ada \t B.\n Example_", "Ada B. Example"),
        ("Ren\u0065\u0301e_Example-Sample", "Renée Example-Sample"),
        ("Ada\u00a0Example", "Ada Example"),
        ("_", ""),
    ],
)
def test_a_name_is_written_with_single_spaces_in_nfc(written: str, expected: str) -> None:
    assert canonical_name(written) == expected


def test_case_underscores_and_unicode_form_do_not_make_another_name() -> None:
    composed, decomposed = "Zo\u00eb_Example", unicodedata.normalize("NFD", "zoë EXAMPLE")

    assert name_key(composed) == name_key(decomposed)
    assert name_key("Ada Example") != name_key("Ada Examples")
    assert name_key("Strauß") == name_key("STRAUSS")


@settings(deadline=None)
@given(st.text())
def test_spelling_a_name_twice_changes_nothing(text: str) -> None:
    assert canonical_name(canonical_name(text)) == canonical_name(text)
    assert name_key(canonical_name(text)) == name_key(text)
    assert name_key(unicodedata.normalize("NFD", text)) == name_key(text)
