import pytest

from idia.errors import SettingError
from idia.records import check_nobody_named

NAMES = ["Ada Exämple", "Bo Li"]


@pytest.mark.parametrize(
    "text",
    [
        "photos of ada_example, used with consent",
        "ADA EXÄMPLE",
        "Ada-Example2 weights",
        "AdaExample-model",
        "Example, Ada",
        "exampleada",
        "of Bo Li",
        "bo_li.csv",
        "Li, Bo",
    ],
)
def test_a_name_is_found_in_any_spelling_and_not_repeated(text: str) -> None:
    with pytest.raises(SettingError, match="--option holds the name of a person under attack") as caught:
        check_nobody_named({"--other": "fine", "--option": text}, NAMES)
    assert text not in str(caught.value)


@pytest.mark.parametrize("text", [None, "", "Ada", "an example", "public figures, research", "Bolivia", "bo and li"])
def test_other_texts_may_be_published(text: str | None) -> None:
    check_nobody_named({"--option": text}, NAMES)


def test_a_short_name_is_not_looked_for_inside_words() -> None:
    check_nobody_named({"--option": "xAdaLeesx"}, ["Ada Lees"])
    with pytest.raises(SettingError):
        check_nobody_named({"--option": "xAdaLeeksx"}, ["Ada Leeks"])
