import numpy as np

from idia.world.draws import Draws, hue_colour, on_grid

NUMBERS = np.arange(20_000)


def test_numbers_hang_on_name_topic_seed_and_key() -> None:
    drawn = Draws("person", 1, NUMBERS).uniform("age")

    assert np.array_equal(drawn[100:200], Draws("person", 1, NUMBERS[100:200]).uniform("age"))
    for other in (
        Draws("person", 1, NUMBERS).uniform("taper"),
        Draws("photo", 1, NUMBERS).uniform("age"),
        Draws("person", 2, NUMBERS).uniform("age"),
    ):
        assert abs(np.corrcoef(drawn, other)[0, 1]) < 0.03


def test_numbers_lie_on_a_coarse_grid() -> None:
    draws = Draws("person", 1, NUMBERS)

    for drawn in (draws.uniform("a", -1, 3), draws.normal("b", 0.3), on_grid(np.sin(NUMBERS / 7))):
        assert np.array_equal(drawn * 2**16, np.round(drawn * 2**16))


def test_normal_numbers_have_their_mean_and_deviation() -> None:
    drawn = Draws("person", 3, NUMBERS).normal("x", 0.25, mean=1.5)

    assert abs(drawn.mean() - 1.5) < 0.01
    assert abs(drawn.std() - 0.25) < 0.005
    assert abs((np.abs(drawn - 1.5) < 0.25).mean() - 0.68) < 0.03


def test_choices_follow_their_weights() -> None:
    draws = Draws("person", 4, NUMBERS)
    shares = np.bincount(draws.choice("style", (0.5, 0.0, 0.3, 0.2)), minlength=4) / len(NUMBERS)
    each = np.where((NUMBERS < 10_000)[:, None], (1.0, 0.0), (0.0, 1.0))

    assert np.abs(shares - (0.5, 0.0, 0.3, 0.2)).max() < 0.015
    assert np.array_equal(draws.choice("side", each), NUMBERS >= 10_000)
    assert abs(draws.chance("rare", 0.05).mean() - 0.05) < 0.01


def test_hues_are_those_of_the_colour_circle() -> None:
    circle = np.arange(6) / 6
    pure = hue_colour(circle, np.ones(6), np.ones(6)).round(3).T.tolist()
    pale = hue_colour(circle, np.zeros(6), np.full(6, 0.5))

    assert pure == [[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 1]]
    assert np.array_equal(pale, np.full((3, 6), 0.5))
