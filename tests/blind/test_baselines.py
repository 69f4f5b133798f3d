import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from idia.blind import BASELINES, blind_scores, claim, image_features
from idia.blind.crossvalidation import area
from idia.errors import ShapeError
from idia.people import Person
from idia.randomness import random_fractions

OCCURRENCES = np.arange(40) % 2 * 5
IS_MEMBER = OCCURRENCES > 0
KEYS = np.arange(40, dtype=np.uint64)
HEIGHTS = [repr(float(height)) for height in random_fractions(1, KEYS)]


def test_every_baseline_scores_everybody_or_says_why_not(strangers: tuple[Person, ...]) -> None:
    scores = blind_scores(strangers, OCCURRENCES, seed=0)

    assert tuple(scores) == BASELINES
    for name in ("name", "image"):
        found = scores[name]
        assert isinstance(found, np.ndarray)
        assert found.shape == (40,)
        assert ((found > 0) & (found < 1)).all()
    assert scores["metadata"] == "the membership table says nothing else about people"
    assert scores["other-model"] == "no other model was scored"


def test_scores_follow_people_whatever_their_order(strangers: tuple[Person, ...]) -> None:
    order = np.argsort(random_fractions(2, KEYS))
    tokens, other = 3 + np.arange(40) % 3, random_fractions(5, KEYS)

    scores = blind_scores(
        strangers, OCCURRENCES, token_counts=tokens, metadata={"height": HEIGHTS}, other_model=other, seed=3
    )
    reordered = blind_scores(
        [strangers[index] for index in order],
        OCCURRENCES[order],
        token_counts=tokens[order],
        metadata={"height": [HEIGHTS[index] for index in order]},
        images=image_features([strangers[index] for index in order]),
        other_model=other[order],
        seed=3,
    )

    for name in BASELINES:
        np.testing.assert_array_equal(reordered[name], np.asarray(scores[name])[order], err_msg=name)
    np.testing.assert_array_equal(scores["other-model"], other)


def test_people_drawn_by_lot_are_not_told_apart_and_an_attack_that_can_shows_a_leak(
    strangers: tuple[Person, ...],
) -> None:
    scores = blind_scores(strangers, OCCURRENCES, metadata={"height": HEIGHTS}, seed=0)

    made = claim(random_fractions(9, KEYS) + IS_MEMBER, scores, IS_MEMBER, seed=0)

    assert all(estimate.low < 0.5 for estimate in made.aucs.values())
    assert made.verdict == "leaks"


@pytest.mark.parametrize("given_away", ["name", "image", "metadata"])
def test_an_attack_on_people_who_differ_in_something_else_shows_nothing(
    strangers: tuple[Person, ...], given_away: str
) -> None:
    """The attack has an area of 0.97; without the guard, that would be called a leak."""
    people, heights = list(strangers), list(HEIGHTS)
    for number in np.flatnonzero(IS_MEMBER).tolist():
        name, photos = people[number].name, people[number].photos
        if given_away == "name":
            people[number] = Person(f"{name} Jr", photos)
        elif given_away == "image":
            people[number] = Person(name, (Image.new("RGB", (32, 32)),) * 2)
        else:
            heights[number] = repr(float(heights[number]) + 1)
    attack = random_fractions(9, KEYS) + 0.8 * IS_MEMBER

    made = claim(attack, blind_scores(people, OCCURRENCES, metadata={"height": heights}, seed=0), IS_MEMBER, seed=0)

    assert area(attack, IS_MEMBER) > 0.95
    assert (made.best, made.verdict) == (given_away, "not distinguishable from a blind guess")


@pytest.mark.parametrize(("n_members", "who"), [(9, "9 members"), (31, "9 non-members")])
def test_too_few_of_either_are_not_learned_from(strangers: tuple[Person, ...], n_members: int, who: str) -> None:
    scores = blind_scores(strangers, (np.arange(40) < n_members).astype(int), other_model=np.zeros(40), seed=0)

    assert scores["name"] == f"{who} are too few to learn from; it takes 10"
    assert scores["name"] == scores["image"] == scores["metadata"]
    assert isinstance(scores["other-model"], np.ndarray)


def test_what_is_not_given_once_per_person_is_refused(strangers: tuple[Person, ...]) -> None:
    with pytest.raises(ShapeError, match=r"expected occurrences of 40 people, got 39\."):
        blind_scores(strangers, OCCURRENCES[:-1], seed=0)
    with pytest.raises(ShapeError, match=r"expected metadata 'height' of 40 people, got 39\."):
        blind_scores(strangers, OCCURRENCES, metadata={"height": HEIGHTS[:-1]}, seed=0)
    with pytest.raises(ShapeError, match="expected finite scores of people, got nan"):
        blind_scores(strangers, OCCURRENCES, other_model=np.full(40, np.nan), seed=0)


def test_importing_the_package_costs_no_scikit_learn_and_no_torch() -> None:
    listed = "import sys, idia.blind.baselines, idia.blind.claims; print([*{'sklearn', 'torch'} & set(sys.modules)])"

    answer = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[]"
