from collections import Counter
from collections.abc import Sequence
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.attacks.decoys import Decoys, matched_decoys
from idia.errors import DatasetError, SettingError
from idia.name_sources import locale_parts
from idia.names import NamePool, streamed_names

PEOPLE = NamePool.sampled(n_names=60, seed=1).names


def words(names: Sequence[str]) -> np.ndarray:
    return np.array([len(name.split()) for name in names])


def numbered(*lengths: int) -> list[str]:
    """A name of so many words for each length."""
    return [" ".join([f"n{number}"] * length) for number, length in enumerate(lengths)]


def drawn(n_decoys: int = 500, seed: int = 0) -> Decoys:
    return matched_decoys(streamed_names(locale_parts("en_US"), seed=seed), PEOPLE, n_decoys)


def test_decoys_are_different_names_that_nobody_bears() -> None:
    decoys = drawn()

    assert len(decoys) == decoys.wanted == 500
    assert decoys.unmatched == 0
    assert len({*decoys.names, *PEOPLE}) == 560


@pytest.mark.parametrize("spelling", ["ada example", "ADA_EXAMPLE", " Ada  Example "])
def test_a_name_of_somebody_is_no_decoy_however_it_is_spelled(spelling: str) -> None:
    candidates = [spelling, "Ben Sample", "ben_sample", "", " ", "Cem Instance"]
    decoys = matched_decoys(candidates, ["Ada Example"], 9, excluded=["CEM instance"])

    assert decoys.names == ("Ben Sample",)


def test_lengths_have_the_shares_that_they_have_of_the_people() -> None:
    tested = numbered(*[1] * 10, *[2] * 60, *[3] * 30)
    candidates = (f"c{number} " + "x " * (number % 4) for number in count())
    decoys = matched_decoys(candidates, tested, 1_000, tokens=words)

    assert Counter(words(decoys.names).tolist()) == {1: 100, 2: 600, 3: 300}
    assert decoys.matched_in == "tokens"


def test_lengths_of_few_people_are_taken_together_with_their_neighbours() -> None:
    tested = numbered(1, *[2] * 49, *[3] * 49, 9)
    decoys = matched_decoys((f"c{number} " + "x " * (number % 4) for number in count()), tested, 1_000, tokens=words)
    found = Counter(words(decoys.names).tolist())

    assert found[1] + found[2] == found[3] == 500


def test_without_tokens_characters_are_counted() -> None:
    tested = ["a" * 10] * 3 + ["b" * 20]
    decoys = matched_decoys((f"{number:0{10 + 10 * (number % 2)}d}" for number in count()), tested, 8)

    assert sorted(map(len, decoys.names)) == [10] * 6 + [20] * 2
    assert decoys.matched_in == "characters"


def test_a_length_that_candidates_lack_is_made_up_for_by_others() -> None:
    tested = numbered(*[1] * 5, *[2] * 5)
    decoys = matched_decoys((f"c{number}" for number in count()), tested, 10, tokens=words)

    assert len(decoys) == 10
    assert decoys.unmatched == 5


def test_a_short_list_gives_what_it_has() -> None:
    decoys = matched_decoys(["Ben Sample", "Cem Instance"], ["Ada Example"], 19)

    assert (len(decoys), decoys.wanted) == (2, 19)


def test_decoys_depend_on_the_stream_alone() -> None:
    assert drawn().names == drawn().names
    assert drawn().sha256 == drawn().sha256 != drawn(seed=2).sha256
    assert set(drawn(100).names) < set(drawn(500).names)


@settings(max_examples=50)
@given(
    tested=st.lists(st.integers(1, 6), min_size=1, max_size=40),
    candidates=st.lists(st.integers(1, 6), max_size=80),
    n_decoys=st.integers(1, 60),
)
def test_no_more_than_wanted_and_no_fewer_than_there_are(
    tested: list[int], candidates: list[int], n_decoys: int
) -> None:
    names = [f"c{name}" for name in numbered(*candidates)]
    if not names:
        with pytest.raises(DatasetError, match="there is no decoy"):
            matched_decoys(names, numbered(*tested), n_decoys, tokens=words)
        return
    decoys = matched_decoys(names, numbered(*tested), n_decoys, tokens=words)

    assert len(decoys) == min(n_decoys, len(names))
    assert set(decoys.names) <= set(names)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(SettingError, match="one or more decoys for one or more people, got 0 for 1"):
        matched_decoys(["Ben Sample"], ["Ada Example"], 0)
    with pytest.raises(SettingError, match="got 3 for 0"):
        matched_decoys(["Ben Sample"], [], 3)
    with pytest.raises(DatasetError, match="names that nobody of them bears, got none"):
        matched_decoys(["ada example"], ["Ada Example"], 3)
