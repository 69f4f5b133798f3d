import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idia.attacks import standardising
from idia.attacks.named_photos import NamedPhotos
from idia.attacks.standardising import NameColumns, standardised, standardised_both_ways
from idia.errors import DatasetError, ShapeError

PRIOR = [1, -1] * 5  # ten people, at 0 with a deviation of 1


def drawn(n_people: int, n_names: int, seed: int = 0) -> NamedPhotos:
    rng = np.random.default_rng(seed)
    photos = rng.standard_normal((n_people, 3, 8)).astype(np.float32)
    return NamedPhotos(list(photos), rng.standard_normal((n_names, 8)), rng.permutation(n_names)[:n_people])


def test_others_have_mean_0_and_deviation_1_and_the_own_name_takes_no_part() -> None:
    similarities, targets = np.random.default_rng(0).random((5, 9)), np.array([3, 0, 8, 3, 1])
    z = standardised(similarities, targets)
    others = np.stack([np.delete(row, own) for row, own in zip(z, targets, strict=True)])

    np.testing.assert_allclose(others.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(others.std(axis=1, ddof=1), 1)
    similarities[np.arange(5), targets] += 7
    np.testing.assert_allclose(
        np.delete(standardised(similarities, targets)[0], targets[0]), np.delete(z[0], targets[0])
    )


@given(
    seed=st.integers(0, 1000), factor=st.floats(0.01, 100), shift=st.floats(-10, 10), people=st.permutations(range(4))
)
def test_neither_scale_nor_shift_nor_order_matters(seed: int, factor: float, shift: float, people: list[int]) -> None:
    similarities, targets = np.random.default_rng(seed).random((4, 7)), np.array([3, 0, 6, 3])

    np.testing.assert_allclose(
        standardised(factor * similarities[people] + shift, targets[people]),
        standardised(similarities, targets)[people],
        atol=1e-8,
    )


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_similarities_that_are_all_alike_are_0(value: float) -> None:
    rounded = value * (1 + 1e-8 * np.random.default_rng(0).random((2, 6)))

    assert standardised(rounded, np.array([1, 2])).tolist() == [[0.0] * 6] * 2


def test_a_name_is_standardised_over_everybody_but_its_bearers_and_whoever_is_compared() -> None:
    z, targets = np.random.default_rng(0).standard_normal((6, 4)), np.array([0, 1, 1, 2, 3, 0])
    columns = NameColumns(4)
    columns.add(z[:2], targets[:2])
    columns.add(z[2:], targets[2:])
    both = columns.standardised(z, targets)

    for person, name in np.ndindex(6, 4):
        others = [z[other, name] for other in range(6) if other != person and targets[other] != name] + PRIOR
        assert both[person, name] == pytest.approx((z[person, name] - np.mean(others)) / np.std(others))


def test_the_person_takes_no_part_in_any_mean_or_deviation() -> None:
    """Moving somebody's similarities moves nothing else that the person is compared with."""
    z, targets = np.random.default_rng(1).standard_normal((5, 6)), np.arange(5)
    first, second = NameColumns(6), NameColumns(6)
    moved = z + 5 * (np.arange(5) == 0)[:, None]
    first.add(z, targets)
    second.add(moved, targets)
    step = second.standardised(moved, targets)[0] - first.standardised(z, targets)[0]

    deviations = [np.std([*np.delete(z[1:, name], [name - 1] if 0 < name < 5 else []), *PRIOR]) for name in range(6)]
    np.testing.assert_allclose(step, 5 / np.array(deviations))


def test_where_nobody_else_was_seen_names_keep_their_scale() -> None:
    columns = NameColumns(3)
    z = np.array([[0.5, -2.0, 1.0]])
    columns.add(z, np.array([1]))

    np.testing.assert_allclose(columns.standardised(z, np.array([1])), z)


def test_people_come_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = drawn(7, 20)
    ((everybody, whole),) = standardised_both_ways(seen)
    monkeypatch.setattr(standardising, "_BLOCK", 60)
    blocks = list(standardised_both_ways(seen))

    assert np.arange(7)[everybody].tolist() == [person for block, _ in blocks for person in np.arange(7)[block]]
    assert [len(z) for _, z in blocks] == [3, 3, 1]
    np.testing.assert_allclose(np.concatenate([z for _, z in blocks]), whole, rtol=1e-10)


def test_one_person_has_nobody_to_be_compared_with() -> None:
    seen = drawn(1, 5)

    with pytest.raises(DatasetError, match="at least two of different names, got 1 of one"):
        next(standardised_both_ways(seen))
    with pytest.raises(DatasetError, match="at least two of different names, got 2 of one"):
        next(standardised_both_ways(NamedPhotos(list(seen.photos) * 2, seen.names, np.repeat(seen.targets, 2))))


def test_two_names_have_no_spread() -> None:
    with pytest.raises(ShapeError, match="at least 3 candidate names, got 2"):
        next(standardised_both_ways(drawn(2, 2)))
