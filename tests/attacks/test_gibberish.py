from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from idia.attacks.gibberish import SYMBOLS, gibberish
from idia.errors import SettingError


def test_symbols_are_the_94_that_can_be_printed() -> None:
    assert sorted(SYMBOLS) == [chr(code) for code in range(33, 127)]


@given(n=st.integers(1, 300), seed=st.integers(0, 2**64 - 1), length=st.integers(2, 12))
def test_strings_are_different_and_as_long_as_asked_for(n: int, seed: int, length: int) -> None:
    texts = gibberish(n, seed=seed, length=length)

    assert len(texts) == len(set(texts)) == n
    assert {len(text) for text in texts} == {length}
    assert set("".join(texts)) <= set(SYMBOLS)


def test_strings_are_the_same_everywhere_and_always() -> None:
    assert gibberish(3, seed=1) == ("ybX^.7U2}s", ")NNY\\QF5z'", "qI2r=Ae:NW")
    assert gibberish(3, seed=1) == gibberish(300, seed=1)[:3] != gibberish(3, seed=2)


def test_symbols_are_drawn_uniformly_at_every_place() -> None:
    texts = gibberish(3_000, seed=0)

    for symbols in (*zip(*texts, strict=True), "".join(texts)):
        found = Counter(symbols)
        assert chisquare([found[symbol] for symbol in SYMBOLS]).pvalue > 0.001


def test_what_is_excluded_is_left_out_and_nothing_else_changes() -> None:
    reference = gibberish(50, seed=3)
    others = gibberish(50, seed=3, excluded=reference)

    assert not set(reference) & set(others)
    assert others == gibberish(100, seed=3)[50:]


@given(seeds=st.lists(st.integers(0, 1000), min_size=2, max_size=2, unique=True), length=st.integers(2, 10))
def test_two_populations_have_nothing_in_common(seeds: list[int], length: int) -> None:
    reference = gibberish(60, seed=seeds[0], length=length)

    assert not set(reference) & set(gibberish(60, seed=seeds[1], length=length, excluded=reference))


def test_all_strings_there_are_can_be_had() -> None:
    excluded = (*SYMBOLS[:90], "too long", "ä")

    assert set(gibberish(4, seed=0, length=1, excluded=excluded)) == set(SYMBOLS[90:])
    with pytest.raises(SettingError, match="there are 4 strings of length 1 that are not excluded, fewer than the 5"):
        gibberish(5, seed=0, length=1, excluded=excluded)


@pytest.mark.parametrize(("n", "length"), [(0, 10), (-1, 10), (5, 0)])
def test_nothing_is_no_population(n: int, length: int) -> None:
    with pytest.raises(SettingError, match=f"one or more strings of one or more characters, got {n} of {length}"):
        gibberish(n, seed=0, length=length)


def test_a_seed_out_of_range_is_refused() -> None:
    with pytest.raises(SettingError, match=r"the seed must be a number in \[0, 2\*\*64\), got -1"):
        gibberish(1, seed=-1)
