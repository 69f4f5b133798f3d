import hashlib
from importlib.resources import files
from pathlib import Path

import pytest

from idia.errors import DatasetError, SettingError
from idia.name_sources import locale_parts, paper_parts, rare_parts
from idia.spelling import name_key

FROZEN_SHA256 = "dd814b843ff4d048c8126cf29e7eb92e2558428a76b131e18be167a513c023df"


def test_the_frozen_list_never_changes() -> None:
    raw = (files("idia") / "data" / "names_en_US.csv").read_bytes()

    assert hashlib.sha256(raw.replace(b"\r\n", b"\n")).hexdigest() == FROZEN_SHA256
    assert FROZEN_SHA256 in (files("idia") / "data" / "SOURCES.md").read_text()


def test_the_frozen_list_holds_plain_single_words_once() -> None:
    parts = locale_parts("en_US")

    assert list(map(len, parts.first)) == [1000, 1000]
    assert parts.last[0] == parts.last[1]
    assert len(parts.last[0]) == 1000
    for names in (parts.first[0] + parts.first[1], parts.last[0]):
        assert all(name.isascii() and name.isalpha() and name.istitle() for name in names)
        assert len(set(map(str.casefold, names))) == len(names)
    assert parts.source == "en_US frozen list dd814b84"


def test_rare_names_are_plain_single_words_that_are_not_on_the_other_list() -> None:
    parts, common = rare_parts(), locale_parts("en_US")
    words = [*parts.first[0], *parts.first[1], *parts.last[0]]

    assert [len(parts.first[0]), len(parts.first[1]), len(parts.last[0])] == [300, 132, 300]
    assert all(name.isascii() and name.isalpha() and name.istitle() for name in words)
    assert not set(parts.first[0]) & set(parts.first[1])
    assert not set(words) & {*common.first[0], *common.first[1], *common.last[0]}
    assert parts.source == "en_US frozen list of rare names 576b5d32"


@pytest.mark.parametrize("locale", ["en_US", "en-us", "EN_US"])
def test_the_default_locale_is_known_in_any_spelling(locale: str) -> None:
    assert locale_parts(locale) == locale_parts("en_US")


def test_another_locale_names_library_version_and_locale() -> None:
    from faker import VERSION

    assert locale_parts("de-de").source == f"de_DE, Faker {VERSION}"


def test_names_are_romanised_where_the_library_can() -> None:
    for locale in ("ja_JP", "zh_CN", "zh_TW"):
        parts = locale_parts(locale)
        name = next(parts.names(0, [0]))
        assert name.isascii()
        assert name.istitle()
        assert ", romanised" in parts.source


@pytest.mark.parametrize("locale", ["lt_LT", "en_PK", "ja_JP", "de_DE", "tr_TR", "he_IL"])
def test_no_first_name_is_on_both_sides(locale: str) -> None:
    parts = locale_parts(locale)
    female, male = ({name_key(name) for name in names} for names in parts.first)

    assert not female & male
    assert len(female) == len(parts.first[0])
    assert len(male) == len(parts.first[1])


@pytest.mark.parametrize("locale", ["lt_LT", "en_PK"])
def test_a_list_without_sexes_is_shared_out_evenly(locale: str) -> None:
    parts = locale_parts(locale)

    assert abs(len(parts.first[0]) - len(parts.first[1])) <= 1
    assert parts.last[0] == parts.last[1]


def test_surnames_stay_with_their_sex() -> None:
    parts = locale_parts("cs_CZ")

    assert "Nováková" in parts.last[0]
    assert "Nováková" not in parts.last[1]
    assert "Novák" in parts.last[1]


@pytest.mark.parametrize(
    ("locale", "surname_first", "joiner"),
    [("hu_HU", True, " "), ("ko_KR", True, ""), ("ru_RU", False, " "), ("de_DE", False, " "), ("ja_JP", False, " ")],
)
def test_a_full_name_is_written_as_the_culture_does(locale: str, surname_first: bool, joiner: str) -> None:
    parts = locale_parts(locale)
    pair = [parts.first[0][1], parts.last[0][2]]

    assert (parts.surname_first, parts.joiner) == (surname_first, joiner)
    assert next(parts.names(0, [len(parts.last[0]) + 2])) == joiner.join(pair[::-1] if surname_first else pair)


@pytest.mark.parametrize(("locale", "hint"), [("de_DD", "'de_DE'"), ("tr", "'tr_TR'"), ("xx_XX", "Known: ar_AA")])
def test_an_unknown_locale_is_refused_with_the_nearest(locale: str, hint: str) -> None:
    with pytest.raises(SettingError, match=f"no names for locale {locale!r}.*{hint}"):
        locale_parts(locale)


@pytest.mark.parametrize("locale", ["../../etc", "", "os"])
def test_a_locale_is_never_taken_for_a_module_or_a_path(locale: str) -> None:
    with pytest.raises(SettingError, match="no names for locale"):
        locale_parts(locale)


def test_a_locale_that_is_no_text_is_refused() -> None:
    with pytest.raises(SettingError, match="locale must be a text"):
        locale_parts(None)  # type: ignore[arg-type]  # the mistake under test


def test_a_locale_with_a_stand_in_for_surnames_is_refused() -> None:
    with pytest.raises(SettingError, match="too few surnames for locale 'is_IS'"):
        locale_parts("is_IS")


def tables(tmp_path: Path, first: str, last: str) -> tuple[Path, Path]:
    (tmp_path / "first.csv").write_text(first, encoding="utf-8")
    (tmp_path / "last.csv").write_text(last, encoding="utf-8")
    return tmp_path / "first.csv", tmp_path / "last.csv"


@pytest.mark.parametrize(("female", "male"), [("f", "m"), ("girl", "boy"), ("Female", "MALE")])
def test_the_sex_may_be_written_in_three_ways(tmp_path: Path, female: str, male: str) -> None:
    first, last = tables(tmp_path, f"name,sex\nAda,{female}\nBen,{male}\nCleo,{female}\n", "SURNAME\nEXAMPLE\n")

    assert paper_parts(first, last).first == (("Ada", "Cleo"), ("Ben",))


def test_the_raw_table_by_year_is_ranked_by_the_share_of_the_first_row(tmp_path: Path) -> None:
    raw = "year,name,percent,sex\n1880,Ada,0.1,girl\n1880,Ben,0.2,boy\n1880,Cleo,0.3,girl\n1881,Ada,0.9,girl\n"
    first, last = tables(tmp_path, raw, "SURNAME\nEXAMPLE\n")

    assert paper_parts(first, last).first == (("Cleo", "Ada"), ("Ben",))


def test_census_surnames_are_title_cased_without_the_closing_notes(tmp_path: Path) -> None:
    census = '\ufeffSURNAME,RANK,COUNT\r\nSAMPLE,1,"2,000"\r\nEXAMPLE,2,10\r\n,,\r\n"Source: somebody.",,\r\n'
    first, last = tables(tmp_path, "name,sex\nAda,f\nBen,m\n", census)

    parts = paper_parts(first, last)

    assert parts.last == (("Sample", "Example"), ("Sample", "Example"))
    assert list(parts.names(1, [1, 0])) == ["Ben Example", "Ben Sample"]


def test_no_more_than_1000_of_each_are_taken(tmp_path: Path) -> None:
    many = [chr(97 + i // 676) + chr(97 + i // 26 % 26) + chr(97 + i % 26) for i in range(1_200)]
    first = "name,sex\n" + "".join(f"{name.title()},f\n{name.title()},m\n" for name in many)
    paths = tables(tmp_path, first, "SURNAME\n" + "\n".join(map(str.upper, many)))

    parts = paper_parts(*paths)

    assert [*map(len, parts.first), *map(len, parts.last)] == [1000] * 4
    assert parts.last[0][-1] == many[999].title()


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        ("name\nAda\n", "SURNAME\nX\n", "no column 'name' and 'sex'"),
        ("name,sex\nAda,x\n", "SURNAME\nX\n", "line 2: sex must be f or m"),
        ("name,sex\nAda,f\n,m\n", "SURNAME\nX\n", "line 3: the name is empty"),
        ("name,sex\nAda,f\n", "SURNAME\nX\n", "both sexes"),
        ("name,sex,percent\nAda,f,much\n", "SURNAME\nX\n", "line 2: percent must be a number"),
        ("name,sex\nAda,f\nBen,m\n", "word\nX\n", "no column 'SURNAME'"),
        ("name,sex\nAda,f\nBen,m\n", "SURNAME,RANK\nSource,\n", "holds no surnames"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(tmp_path: Path, first: str, last: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        paper_parts(*tables(tmp_path, first, last))
