import numpy as np
import pytest

from idia.attacks.photo_closeness import photo_closeness, reference_closeness
from idia.errors import DatasetError, ShapeError

DIMS, RESTARTS = 6, 4


def drawn(n: int, seed: int, spread: float = 1.0) -> np.ndarray:
    """Pictures of texts, each text somewhere of its own."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 1, DIMS)) + spread * rng.standard_normal((n, RESTARTS, DIMS))


def photos(n_people: int, seed: int) -> list[np.ndarray]:
    """Between two and four photos of each person, around a face of one's own."""
    rng = np.random.default_rng(seed)
    return [
        2 * rng.standard_normal(DIMS) + 0.3 * rng.standard_normal((2 + person % 3, DIMS)) for person in range(n_people)
    ]


def test_planted_people_are_closer_to_their_photos_than_to_those_of_others() -> None:
    own, references = photos(60, 1), drawn(100, 2)
    optimised = drawn(60, 3)
    optimised[:30] += np.array([each.mean(axis=0) for each in own[:30]])[:, None]
    closeness = photo_closeness(optimised, own, references)
    others = photo_closeness(optimised, [*own[1:], own[0]], references)

    assert np.mean(closeness[:30, None] > closeness[30:]) > 0.85
    assert closeness[:30].mean() > 1 > 0 > others[:30].mean()


def test_pictures_that_scatter_less_are_closer_to_all_photos() -> None:
    """So that this says nothing about whose photos they are: the reference must scatter as much as names do."""
    calm = photo_closeness(drawn(100, 3, spread=0.2), photos(100, 1), drawn(100, 2))

    assert calm.mean() > 0.3


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_names_that_the_model_does_not_know_have_mean_0_and_deviation_1(scale: float) -> None:
    own, references = [scale * each for each in photos(400, 1)], scale * drawn(100, 2)
    names = photo_closeness(scale * drawn(400, 3), own, references)
    texts = reference_closeness(references, own, seed=0)

    assert abs(names.mean()) < 0.25
    assert 0.8 < names.std() < 1.3
    assert abs(texts.mean()) < 0.25
    assert 0.8 < texts.std() < 1.3


def test_the_closeness_is_what_it_is_said_to_be() -> None:
    own, references, optimised = photos(2, 1), drawn(5, 2), drawn(2, 3)

    def distance(pictures: np.ndarray) -> float:
        return float(np.mean([np.linalg.norm(picture - photo) for picture in pictures for photo in own[1]]))

    others = [distance(text) for text in references]
    expected = -(distance(optimised[1]) - np.mean(others)) / np.std(others, ddof=1)
    assert photo_closeness(optimised, own, references)[1] == pytest.approx(expected)


def test_a_reference_text_is_compared_with_the_others_as_a_name_would_be() -> None:
    own, references = photos(1, 1), drawn(6, 2)
    texts = reference_closeness(references, own, seed=0)

    for text in range(6):
        expected = photo_closeness(references[text : text + 1], own, np.delete(references, text, axis=0))
        assert texts[text] == pytest.approx(expected[0])


def test_whose_photos_reference_texts_are_compared_with_is_keyed() -> None:
    own, references = photos(20, 1), drawn(30, 2)
    one = reference_closeness(references, own, seed=1)

    assert one.tobytes() == reference_closeness(references, own, seed=1).tobytes()
    assert one.tobytes() != reference_closeness(references, own, seed=2).tobytes()


def test_a_person_s_closeness_does_not_depend_on_other_people() -> None:
    own, references, optimised = photos(9, 1), drawn(30, 2), drawn(9, 3)
    together = photo_closeness(optimised, own, references)

    assert photo_closeness(optimised[4:5], own[4:5], references)[0] == pytest.approx(together[4])
    assert photo_closeness(optimised[:0], [], references).shape == (0,)


def test_references_that_are_all_alike_say_nothing() -> None:
    alike = np.repeat(drawn(1, 2), 10, axis=0)

    assert photo_closeness(drawn(3, 3), photos(3, 1), alike).tolist() == [0, 0, 0]
    assert reference_closeness(alike, photos(3, 1), seed=0).tolist() == [0] * 10


def test_what_does_not_fit_together_is_refused() -> None:
    own, references, optimised = photos(3, 1), drawn(5, 2), drawn(3, 3)

    with pytest.raises(DatasetError, match="expected at least 3 texts, got 2"):
        photo_closeness(optimised, own, references[:2])
    with pytest.raises(DatasetError, match="person 1 has no photos"):
        photo_closeness(optimised, [own[0], own[1][:0], own[2]], references)
    with pytest.raises(ShapeError, match=r"expected photos \[photos, 6\], .* got \[2, 5\] of person 0"):
        photo_closeness(optimised, [own[0][:, :5], *own[1:]], references)
    with pytest.raises(ShapeError, match=r"expected pictures \[3, 4, 6\], .* got \[3, 2, 6\]"):
        photo_closeness(optimised[:, :2], own, references)
    with pytest.raises(ShapeError, match=r"expected pictures \[2, 4, 6\], .* got \[3, 4, 6\]"):
        photo_closeness(optimised, own[:2], references)
    with pytest.raises(ShapeError, match=r"\[references, restarts, dims\] of reference texts, got \(5, 6\)"):
        reference_closeness(references[:, 0], own, seed=0)
    with pytest.raises(DatasetError, match="got nobody's"):
        reference_closeness(references, [], seed=0)


def test_what_is_not_finite_is_refused() -> None:
    own, references, optimised = photos(3, 1), drawn(5, 2), drawn(3, 3)

    with pytest.raises(ShapeError, match="what represents optimised pictures is not finite"):
        photo_closeness(np.where(optimised > 1, np.nan, optimised), own, references)
    with pytest.raises(ShapeError, match="what represents pictures of reference texts is not finite"):
        reference_closeness(np.where(references > 1, np.inf, references), own, seed=0)
    with pytest.raises(ShapeError, match="what represents photos of person 0 is not finite"):
        reference_closeness(references, [own[0] * np.nan], seed=0)
