"""Pools of names that are drawn at random or given, and how names are found in them."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.errors import DatasetError, SettingError, UnknownPersonError
from idia.name_sources import NameParts, locale_parts
from idia.names import NamePool, canonical_name, name_key, streamed_names

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


def test_the_spelling_of_names_is_offered_here() -> None:
    assert canonical_name("Ada_Example") == "Ada Example"


def test_streamed_names_are_those_of_a_pool() -> None:
    stream = streamed_names(locale_parts("en_US"), seed=7)

    assert {next(stream) for _ in range(300)} == set(NamePool.sampled(n_names=300, seed=7).names)


def test_a_stream_ends_when_the_names_of_one_sex_are_used_up() -> None:
    parts = NameParts((("Ada", "Eve"), ("Ben",)), (("Example",), ("Example", "Sample", "Case")), "test")
    names = list(streamed_names(parts))

    assert {*names[::2]} == {"Ada Example", "Eve Example"}
    assert {*names[1::2]} < {"Ben Example", "Ben Sample", "Ben Case"}
    assert len(names) == 4
