import numpy as np

from idia.randomness import cycle, key_of, random_bits, random_fractions


def test_the_numbers_are_the_same_for_ever() -> None:
    assert int(random_bits(1, 2)) == 8739154586042531541
    assert key_of("Ada Example") == 13398220033952793616


def test_the_order_of_keys_matters() -> None:
    assert int(random_bits(1, 2)) != int(random_bits(2, 1))


def test_an_array_of_keys_gives_what_each_key_gives() -> None:
    draws = np.arange(5, dtype=np.uint64)

    assert random_bits(3, draws).tolist() == [int(random_bits(3, int(draw))) for draw in draws]


def test_fractions_are_uniform_and_uncorrelated() -> None:
    fractions = random_fractions(7, np.arange(2_000, dtype=np.uint64)[:, None], np.arange(20, dtype=np.uint64))
    correlations = np.corrcoef(fractions.T) - np.eye(20)

    assert 0 <= fractions.min() < 0.001
    assert 0.999 < fractions.max() < 1
    assert abs(fractions.mean() - 0.5) < 0.01
    assert abs(fractions.std() - 12**-0.5) < 0.01
    assert np.abs(correlations).max() < 0.1


def test_a_cycle_leads_through_everybody_and_leaves_nobody_in_place() -> None:
    keys = random_bits(1, np.arange(50, dtype=np.uint64))
    whose = cycle(keys, 7)
    at, seen = 0, []
    for _ in range(50):
        seen.append(at)
        at = int(whose[at])

    assert at == 0
    assert sorted(seen) == list(range(50))
    assert cycle(keys, 8).tolist() != whose.tolist() == cycle(keys, 7).tolist()


def test_a_cycle_does_not_depend_on_the_order_of_items() -> None:
    keys = random_bits(1, np.arange(9, dtype=np.uint64))

    assert keys[::-1][cycle(keys[::-1], 7)][::-1].tolist() == keys[cycle(keys, 7)].tolist()
    assert cycle(keys[:1], 7).tolist() == [0]
