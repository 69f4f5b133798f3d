import pytest

from idia.defences.names import checked_names, drawn_members
from idia.errors import DatasetError, SettingError
from idia.models.open_clip_model import OpenClipModel

PEOPLE = {f"Person {chr(65 + number)}": count for number, count in enumerate([0, 0, 1, 1, 1, 1, 5, 5, 75])}


def test_the_same_share_of_each_number_of_occurrences_is_drawn() -> None:
    drawn = drawn_members(PEOPLE, 0.5, seed=0)

    assert sorted(PEOPLE[name] for name in drawn) == [1, 1, 5, 75]
    assert list(drawn) == sorted(drawn)


def test_a_share_of_one_is_every_member() -> None:
    assert set(drawn_members(PEOPLE, 1.0, seed=0)) == {name for name, count in PEOPLE.items() if count}


def test_lots_depend_on_seed_and_name_alone() -> None:
    draws = {drawn_members(PEOPLE, 0.5, seed=seed) for seed in range(20)}
    reversed_order = dict(reversed(PEOPLE.items()))

    assert len(draws) > 5
    assert drawn_members(reversed_order, 0.5, seed=3) == drawn_members(PEOPLE, 0.5, seed=3)
    assert set(drawn_members(PEOPLE, 0.25, seed=3)) <= set(drawn_members(PEOPLE, 0.5, seed=3))


@pytest.mark.parametrize("share", [0.0, -0.5, 1.1, float("nan")])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(SettingError, match="must be above 0 and at most 1"):
        drawn_members(PEOPLE, share, seed=0)


def test_a_share_of_nobody_is_refused() -> None:
    with pytest.raises(SettingError, match=r"a share of 0\.01 of the members is nobody"):
        drawn_members(PEOPLE, 0.01, seed=0)


@pytest.mark.parametrize(
    ("forget", "keep", "message"),
    [
        ((), (), "there is no name to forget"),
        (("Ada Example", "ada_example"), (), "one name comes twice"),
        ((" ",), (), "a name is blank"),
        (("Ada Example",), ("ADA EXAMPLE", "Bo"), "to be forgotten and kept at once: 'Ada Example'"),
        (("\x1b",), (), "makes nothing of"),
        (("Ada " * 60,), (), "has more tokens than the 48 it reads"),
        (("Ada &amp; Example", "Bo"), ("Ada & Example",), "the same to the model's tokenizer"),
    ],
    ids=["none", "twice", "blank", "in both", "no token", "too long", "alike"],
)
def test_unusable_names_are_refused(
    model: OpenClipModel, forget: tuple[str, ...], keep: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        checked_names(forget, keep, model.tokenizer)


def test_usable_names_come_back(model: OpenClipModel) -> None:
    assert checked_names(["Ada"], [], model.tokenizer) == (("Ada",), ())
    assert checked_names(["Ada"], ["Bo"], model.tokenizer) == (("Ada",), ("Bo",))
