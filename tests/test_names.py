import os
import random
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.errors import DatasetError, SettingError, UnknownPersonError
from idia.name_sources import locale_parts
from idia.names import NamePool, canonical_name, name_key

PEOPLE = ("Ada Example", "Ben Sample", "Cleo Specimen")
seeds = st.integers(-(2**70), 2**70)


def test_the_default_pool_is_the_same_for_ever() -> None:
    pool = NamePool.sampled(n_names=1000, seed=0)

    assert pool.names[:3] == ("Cecile Wilkins", "Jocelyn Doyle", "Wilton Pratt")
    assert pool.sha256 == "593c68747e1464f93a51046cfd07e277f7452207de6610dc108824c07bf751b0"
    assert pool.source == "en_US frozen list dd814b84, seed 0"


@settings(deadline=None, max_examples=40)
@given(seed=seeds, n_people=st.integers(0, 3), n_more=st.integers(0, 60))
def test_a_pool_has_its_size_no_name_twice_and_all_people(seed: int, n_people: int, n_more: int) -> None:
    people = PEOPLE[:n_people]
    n_names = max(1, n_people + n_more)

    pool = NamePool.sampled(people, n_names, seed=seed)

    assert len(pool) == n_names
    assert len(set(map(name_key, pool.names))) == n_names
    assert set(people) <= set(pool.names)


@settings(deadline=None, max_examples=25)
@given(seed=seeds, order=st.permutations(PEOPLE), n_names=st.integers(3, 60))
def test_the_order_of_the_people_changes_nothing(seed: int, order: list[str], n_names: int) -> None:
    assert NamePool.sampled(order, n_names, seed=seed) == NamePool.sampled(PEOPLE, n_names, seed=seed)


@settings(deadline=None, max_examples=25)
@given(seed=seeds, sizes=st.tuples(st.integers(3, 80), st.integers(3, 80)))
def test_a_larger_pool_holds_every_name_of_a_smaller_one(seed: int, sizes: tuple[int, int]) -> None:
    smaller, larger = (NamePool.sampled(PEOPLE, n_names, seed=seed).names for n_names in sorted(sizes))

    assert set(smaller) <= set(larger)
    assert [name for name in larger if name in set(smaller)] == list(smaller)


@pytest.mark.parametrize(("n_names", "n_female"), [(1000, 500), (1001, 501), (1, 1), (2, 1)])
def test_half_of_the_drawn_names_are_female(n_names: int, n_female: int) -> None:
    female = set(locale_parts("en_US").first[0])

    pool = NamePool.sampled(n_names=n_names, seed=3)

    assert sum(name.split()[0] in female for name in pool.names) == n_female


def test_another_seed_draws_other_names() -> None:
    first, second = (set(NamePool.sampled(n_names=500, seed=seed).names) for seed in (0, 1))

    assert len(first & second) < 10


def test_a_drawn_name_that_is_under_attack_is_passed_over() -> None:
    drawn = NamePool.sampled(n_names=40, seed=5).names
    attacked = tuple(name.upper().replace(" ", "_") for name in drawn[:10])

    pool = NamePool.sampled(attacked, 40, seed=5)

    assert len(pool) == 40
    assert len(set(map(name_key, pool.names))) == 40
    assert {name.upper() for name in drawn[:10]} <= set(pool.names)


def test_positions_say_nothing_about_who_is_under_attack() -> None:
    people = [f"Person Number{i}" for i in range(200)]

    positions = NamePool.sampled(people, 1000, seed=0).index_of(people)

    assert 400 < sum(positions) / 200 < 600
    assert list(positions) != sorted(positions)


def test_as_many_names_as_people_need_no_draw() -> None:
    assert set(NamePool.sampled(PEOPLE, 3).names) == set(PEOPLE)


@pytest.mark.parametrize("n_names", [2, 0, -1])
def test_a_pool_smaller_than_the_people_is_refused(n_names: int) -> None:
    with pytest.raises(SettingError, match=rf"at least 3, the number of people under attack \(and 1\), got {n_names}"):
        NamePool.sampled(PEOPLE, n_names)


def test_an_empty_pool_is_refused() -> None:
    with pytest.raises(SettingError, match="n_names must be at least"):
        NamePool.sampled(n_names=0)


def test_more_names_than_the_lists_give_are_refused_at_once() -> None:
    with pytest.raises(SettingError, match="gives at most 2,000,003 different names"):
        NamePool.sampled(PEOPLE, 10**12)


def test_every_name_of_a_small_culture_can_be_had_and_no_more() -> None:
    pool = NamePool.sampled(n_names=800, locale="en_NG")

    assert len(set(pool.names)) == 800
    with pytest.raises(SettingError, match="gives at most 800 different names"):
        NamePool.sampled(n_names=801, locale="en_NG")


def test_names_that_the_people_take_from_the_lists_are_not_counted_twice() -> None:
    attacked = NamePool.sampled(n_names=2, locale="en_NG").names

    assert len(NamePool.sampled(attacked, 800, locale="en_NG")) == 800
    with pytest.raises(SettingError, match="gives at most 800 different names"):
        NamePool.sampled(attacked, 801, locale="en_NG")


@pytest.mark.parametrize("locale", ["de_DE", "tr_TR", "ja_JP", "zh_CN", "ru_RU", "cs_CZ", "lt_LT", "vi_VN", "ko_KR"])
def test_other_cultures_can_be_drawn_from(locale: str) -> None:
    pool = NamePool.sampled(PEOPLE, 200, seed=1, locale=locale)

    assert len(pool) == 200
    assert set(PEOPLE) <= set(pool.names)
    assert pool.source.startswith(locale)
    assert pool == NamePool.sampled(PEOPLE, 200, seed=1, locale=locale)


def test_the_frozen_list_gives_large_pools() -> None:
    assert len(NamePool.sampled(PEOPLE, 100_000)) == 100_000


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"seed": 0.5}, "seed must be a whole number, got 0.5"),
        ({"n_names": "many"}, "n_names must be a whole number, got 'many'"),
        ({"people": "Ada Example"}, "people must be a sequence of names, got one text"),
        ({"people": [None]}, "people must be texts, got None"),
        ({"locale": "en_UZ"}, "Did you mean"),
    ],
)
def test_arguments_of_another_kind_are_refused(kwargs: dict[str, object], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        NamePool.sampled(**kwargs)  # type: ignore[arg-type]  # the mistakes under test


@pytest.mark.parametrize(
    "people", [("Ada Example", "ada_example"), ("Zoë Example", unicodedata.normalize("NFD", "Zoë Example"))]
)
def test_a_person_under_attack_twice_is_refused(people: tuple[str, str]) -> None:
    with pytest.raises(DatasetError, match="one name comes twice"):
        NamePool.sampled(people)


def test_two_unicode_forms_are_told_apart_in_the_message() -> None:
    with pytest.raises(DatasetError, match=r"'Zo\\xeb' and 'Zoe\\u0308'"):
        NamePool(("Zo\u00eb", "Zoe\u0308"))


@pytest.mark.parametrize("blank", ["", "  ", "_", "\u3000"])
def test_a_blank_name_is_refused(blank: str) -> None:
    with pytest.raises(DatasetError, match="a name is blank"):
        NamePool(("Ada Example", blank))


def test_the_very_same_name_twice_is_refused() -> None:
    with pytest.raises(DatasetError, match="one name comes twice: 'Ada Example'"):
        NamePool(("Ada Example", "Ada Example"))


def test_a_pool_of_nobody_is_refused() -> None:
    with pytest.raises(DatasetError, match="empty"):
        NamePool(())


def test_a_given_pool_keeps_names_and_order() -> None:
    pool = NamePool(("ben_sample", "Ada Example"))

    assert pool.names == ("ben_sample", "Ada Example")
    assert pool.source == "given"
    assert len(pool) == 2


def test_names_are_found_in_any_case_and_unicode_form() -> None:
    pool = NamePool(("Ben Sample", "Zoë Example", "Ada Example"))

    assert pool.index_of(["ada_example", unicodedata.normalize("NFD", "Zoë Example")]) == (2, 1)
    assert pool.index_of([]) == ()


def test_a_name_that_the_pool_lacks_is_an_error_that_names_it() -> None:
    pool = NamePool(("Ada Example",))

    with pytest.raises(UnknownPersonError, match="not among the 1 names of the pool: 'Ben Sample'"):
        pool.index_of(["Ada Example", "Ben Sample"])
    with pytest.raises(UnknownPersonError, match="'P4' and 3 more"):
        pool.index_of([f"P{i}" for i in range(8)])


def test_the_fingerprint_depends_on_names_and_order_alone() -> None:
    assert NamePool(("A", "B"), "one").sha256 == NamePool(("A", "B"), "other").sha256
    assert NamePool(("A", "B")).sha256 != NamePool(("B", "A")).sha256
    assert NamePool(("A", "B")).sha256 != NamePool(("A\nB",)).sha256


@pytest.mark.parametrize("header", ["name\n", "Names\n", "full name\n", ""])
def test_an_own_list_may_be_one_column_with_or_without_header(tmp_path: Path, header: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(f"{header}Ada_Example\n\nBen  Sample\n")

    pool = NamePool.from_csv(path)

    assert pool.names == ("Ada Example", "Ben Sample")
    assert pool.source.startswith("own.csv ")


def test_an_own_list_may_have_other_columns(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes("\ufeffid,NAME,note\r\n1,Ada Example,\r\n2,Zoë Sample,x\r\n".encode())

    assert NamePool.from_csv(path).names == ("Ada Example", "Zoë Sample")


def test_people_missing_from_an_own_list_are_added(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("name\nzed person\nada example\n")

    pool = NamePool.from_csv(path, ["Cleo Specimen", "Ada_Example", "Ben Sample"])

    assert pool.names == ("zed person", "Ada Example", "Ben Sample", "Cleo Specimen")
    assert pool == NamePool.from_csv(path, ["Ben Sample", "Ada_Example", "Cleo Specimen"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name\nAda\nBen\nADA\n", r"line 4: 'ADA' is in line 2 already \(as 'Ada'\)"),
        ("id,name\n1,Ada\n2,\n", "line 3: the name is blank"),
        ("name\n_\n", "line 2: the name is blank"),
        ("id,person\n1,Ada\n", "no column 'name'"),
        ("name\n", "no names below its header"),
        ("", "is empty"),
        ("Ada Example\nSample, Ben\n", "line 2: 2 columns"),
    ],
)
def test_an_own_list_that_cannot_be_used_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(text)

    with pytest.raises(DatasetError, match=message):
        NamePool.from_csv(path)


@pytest.fixture
def parts_tables(tmp_path: Path) -> tuple[Path, Path]:
    """40 female and 40 male first names, 10 of them both, and 30 surnames."""
    first = [(f"Fname{chr(97 + i // 26)}{chr(97 + i % 26)}", "f") for i in range(40)]
    first += [(name if i < 10 else f"M{name}", "m") for i, (name, _) in enumerate(first)]
    random.Random(0).shuffle(first)
    pd.DataFrame(first, columns=["name", "sex"]).to_csv(tmp_path / "first.csv", index=False)
    last = [f"SURNAME{chr(65 + i // 26)}{chr(65 + i % 26)}" for i in range(30)]
    pd.DataFrame({"SURNAME": last, "RANK": range(30)}).to_csv(tmp_path / "last.csv", index=False)
    return tmp_path / "first.csv", tmp_path / "last.csv"


def as_published(first_csv: Path, last_csv: Path, n_names: int, seed: int) -> list[str]:
    """What the paper's procedure draws, in pandas; a name may come twice."""
    first = pd.read_csv(first_csv).groupby("sex").head(1000).reset_index(drop=True)
    last = pd.read_csv(last_csv).dropna()["SURNAME"].str.title().to_frame()
    everybody = first.merge(last, how="cross")
    drawn = everybody.groupby("sex").sample(n_names // 2, random_state=seed)
    return (drawn["name"] + " " + drawn["SURNAME"]).tolist()


@pytest.mark.parametrize("seed", [0, 42])
def test_the_papers_procedure_draws_the_rows_that_pandas_draws(parts_tables: tuple[Path, Path], seed: int) -> None:
    published = as_published(*parts_tables, 400, seed)
    assert len(set(published)) < 400

    pool = NamePool.from_parts(*parts_tables, n_names=400, seed=seed)

    assert len(set(pool.names)) == 400
    assert set(published) <= set(pool.names)


def test_the_papers_procedure_keeps_the_people_and_passes_over_their_names(parts_tables: tuple[Path, Path]) -> None:
    people = (*PEOPLE, NamePool.from_parts(*parts_tables, n_names=50).names[0].upper())

    pool = NamePool.from_parts(*parts_tables, people, 50)

    assert len(set(map(name_key, pool.names))) == 50
    assert set(people) <= set(pool.names)
    assert pool == NamePool.from_parts(*parts_tables, people[::-1], 50)


def test_the_papers_procedure_refuses_more_names_than_there_are(parts_tables: tuple[Path, Path]) -> None:
    with pytest.raises(SettingError, match=r"last\.csv .* gives at most"):
        NamePool.from_parts(*parts_tables, n_names=2_400)
    with pytest.raises(SettingError, match="gives at most 2,400"):
        NamePool.from_parts(*parts_tables, n_names=10**9)
    with pytest.raises(SettingError, match="the number of people under attack"):
        NamePool.from_parts(*parts_tables, PEOPLE, 2)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_the_papers_procedure_refuses_seeds_that_pandas_refuses(parts_tables: tuple[Path, Path], seed: int) -> None:
    with pytest.raises(SettingError, match="seed must be from 0"):
        NamePool.from_parts(*parts_tables, seed=seed)


@pytest.mark.real_photos
@pytest.mark.skipif("IDIA_TEST_DATA" not in os.environ, reason="IDIA_TEST_DATA names no folder of real inputs")
def test_the_papers_procedure_works_from_the_published_lists() -> None:
    names = Path(os.environ["IDIA_TEST_DATA"]) / "names"
    tables = names / "first_names_us_1880_2008.csv", names / "surnames_us_2010.csv"

    pool = NamePool.from_parts(*tables, PEOPLE, 1003)

    assert len(pool) == 1003
    assert len(set(as_published(*tables, 1000, 42)) - set(pool.names)) == 0


def test_the_spelling_of_names_is_offered_here() -> None:
    assert canonical_name("Ada_Example") == "Ada Example"
