"""Draws against expectations that need no draws: every subset enumerated, and the closed form of a single prompt."""

from collections import Counter
from itertools import combinations
from math import comb

import numpy as np
import pytest

from idia import NamePredictions, prompts_won
from idia.attacks.voting import Size, count_votes

DRAWS = 10_000

# A frequency over independent draws lies within five standard errors of what is expected, but for one in 1.7 million.
STANDARD_ERRORS = 5


def prompts_won_of_every_subset(table: np.ndarray, target: int, n_names: int, size: int) -> np.ndarray:
    """In what fraction of all subsets exactly so many prompts are won `[prompts + 1]`."""
    counts = np.zeros(table.shape[1] + 1)
    for rows in combinations(range(len(table)), size):
        counts[prompts_won(table[list(rows)], target, n_names)] += 1
    return counts / comb(len(table), size)


def chance_to_win(votes: list[int], size: int) -> float:
    """How likely one prompt is won with so many photos of all: the first name's votes are the person's own.

    Counts of a sample without replacement are multivariate hypergeometric. Ways to draw the own name `k` times and
    every other name fewer times are coefficients of a product of polynomials.
    """
    own, *others = votes
    ways = 0
    for k in range(1, min(own, size) + 1):
        product = [1]
        for other in others:
            factor = [comb(other, i) for i in range(min(other, k - 1) + 1)]
            longer = [0] * (len(product) + len(factor) - 1)
            for i, left in enumerate(product):
                for j, right in enumerate(factor):
                    longer[i + j] += left * right
            product = longer
        if size - k < len(product):
            ways += comb(own, k) * product[size - k]
    return ways / comb(sum(votes), size)


def people(n_photos: int, n_prompts: int) -> NamePredictions:
    """From somebody who is found most of the time to somebody who hardly is; with few wrong names, so that many tie."""
    rng = np.random.default_rng(n_photos)
    tables = []
    for found in (0.7, 0.4, 0.25, 0.1):
        wrong = rng.integers(1, 5, size=(n_photos, n_prompts))
        tables.append(np.where(rng.random(wrong.shape) < found, 0, wrong))
    return NamePredictions(tables, np.zeros(4, dtype=int), 5)


def assert_expected(frequencies: np.ndarray, expected: np.ndarray) -> None:
    standard_error = np.sqrt(expected * (1 - expected) / DRAWS)
    assert (np.abs(frequencies - expected) <= STANDARD_ERRORS * standard_error + 1e-12).all()


@pytest.mark.parametrize("n_photos", [5, 8, 13])
def test_draws_have_the_histogram_of_all_subsets(n_photos: int) -> None:
    predictions = people(n_photos, n_prompts=4)
    sizes: list[Size] = [1, 2, 3, *range(max(4, n_photos - 2), n_photos + 1)]
    votes = count_votes(predictions, sizes=sizes, draws=DRAWS, seed=0)

    for person, table in enumerate(predictions.predicted):
        for at, size in enumerate(sizes):
            assert size != "all"
            expected = prompts_won_of_every_subset(table, 0, 5, size)
            assert_expected(votes.histogram[person, at] / DRAWS, expected)
            mean = expected @ np.arange(5)
            variance = expected @ (np.arange(5) - mean) ** 2
            assert abs(votes.mean[person, at] - mean) <= STANDARD_ERRORS * np.sqrt(variance / DRAWS) + 1e-12


def test_one_prompt_is_won_as_often_as_the_closed_form_says() -> None:
    predictions = people(30, n_prompts=1)
    sizes = range(1, 31)
    votes = count_votes(predictions, sizes=sizes, draws=DRAWS, seed=1)

    for person, table in enumerate(predictions.predicted):
        counts = Counter(table[:, 0].tolist())
        ballots = [counts[name] for name in range(5)]
        expected = np.array([chance_to_win(ballots, size) for size in sizes])
        assert_expected(votes.mean[person], expected)


def test_the_closed_form_is_that_of_all_subsets() -> None:
    for table in people(9, n_prompts=1).predicted:
        counts = Counter(table[:, 0].tolist())
        for size in range(1, 10):
            enumerated = prompts_won_of_every_subset(table, 0, 5, size)[1]
            assert chance_to_win([counts[name] for name in range(5)], size) == pytest.approx(enumerated, abs=1e-12)
