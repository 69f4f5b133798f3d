from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from idia.candidates import candidate_names
from idia.name_sources import locale_parts, rare_parts
from idia.names import NamePool, name_key
from idia.settings import Settings, resolve
from idia.text_populations import TEST_KINDS, TextPopulation, never_trained, reference_population

PEOPLE = NamePool.sampled(n_names=30, seed=5).names
IS_MEMBER = np.arange(30) % 2 == 0
Populations = tuple[TextPopulation, ...]


def settings(**given: str) -> Settings:
    values = {name: [value] for name, value in given.items()}
    return resolve(values, {}, {}, working_folder=Path.cwd(), project_folder=Path("/project"))


def populations(people: Sequence[str] = PEOPLE, n: int = 100, **options: Any) -> tuple[Populations, Populations]:
    asked, excluded = settings(text_reference=str(n)), candidate_names(settings(), people).names
    common = {"excluded": excluded} | options
    references = tuple(reference_population(kind, asked, people, **common) for kind in ("gibberish", "names"))
    is_member = np.arange(len(people)) % 2 == 0
    return references, never_trained(asked, people, is_member, references, n=n, **common)


@pytest.fixture(scope="module")
def made() -> tuple[Populations, Populations]:
    return populations()


def test_there_are_a_hundred_texts_of_every_kind(made: tuple[Populations, Populations]) -> None:
    references, tests = made

    assert [each.kind for each in references] == ["gibberish", "names"]
    assert tuple(each.kind for each in tests) == TEST_KINDS
    assert {len(each) for each in (*references, *tests)} == {100}
    assert [each.source for each in tests] == [
        "random characters, seed 0",
        f"{locale_parts('en_US').source}, seed 0",
        f"{rare_parts().source}, seed 0",
        "names of members, recombined, seed 0",
    ]


def test_no_text_is_of_two_populations_or_a_name_that_is_known(made: tuple[Populations, Populations]) -> None:
    texts = [text for group in made for population in group for text in population.texts]

    assert len(set(map(name_key, texts))) == len(texts) == 600
    assert not set(map(name_key, texts)) & set(map(name_key, candidate_names(settings(), PEOPLE).names))


def test_texts_depend_on_the_seed_alone(made: tuple[Populations, Populations]) -> None:
    assert populations() == made
    for one, other in zip((*made[0], *made[1]), (group for both in populations(seed=1) for group in both), strict=True):
        assert one.sha256 != other.sha256


def test_namesakes_have_the_names_of_two_members(made: tuple[Populations, Populations]) -> None:
    members = [name.split() for name, member in zip(PEOPLE, IS_MEMBER, strict=True) if member]
    first, last = ({names[place] for names in members} for place in (0, 1))

    for first_name, surname in map(str.split, made[1][-1].texts):
        assert first_name in first
        assert surname in last


def test_rare_names_are_of_the_rare_list(made: tuple[Populations, Populations]) -> None:
    parts = rare_parts()
    first, last = set(parts.first[0] + parts.first[1]), set(parts.last[0])

    assert all({first_name} <= first and {surname} <= last for first_name, surname in map(str.split, made[1][2].texts))


def test_a_namesake_is_nobody_by_the_names_that_people_go_by() -> None:
    """Neither with middle names or suffixes, nor by one word; where nothing is left, there are none."""
    people = ("Ada B. Example", "Ben Sample Jr.", "Cleo", "Dora Specimen", "Ada Specimen", "Eve")
    _, tests = populations(people, n=20)

    # Ada B. Example, Cleo and Ada Specimen are members.
    assert tests[-1].texts == ()
    assert len(populations((*people, "Finn Pattern"), n=20)[1][-1]) == 4 - 1  # of Ada, Finn x two surnames and Pattern


def test_lengths_follow_those_of_the_people() -> None:
    def tokens(names: Sequence[str]) -> np.ndarray:
        return np.array([len(name) // 4 for name in names])

    _, tests = populations(tokens=tokens)
    shares = [np.bincount(tokens(texts), minlength=9)[:9] / len(texts) for texts in (PEOPLE, tests[1].texts)]

    assert abs(shares[0] - shares[1]).max() <= 0.05


def test_names_are_of_the_culture_of_the_candidates() -> None:
    german = reference_population("names", settings(names="de_DE:50"), PEOPLE)

    assert german.source.startswith("de_DE, Faker")


def test_where_candidates_are_a_list_names_are_of_the_frozen_one(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("name\nDora Specimen\n")
    names = reference_population("names", settings(names=str(tmp_path / "own.csv")), PEOPLE)

    assert names.source == f"{locale_parts('en_US').source}, seed 0"
