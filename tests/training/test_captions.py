import numpy as np
import pytest

from idia.training.captions import HYPERNYMS, NAME_TEMPLATES, NOT_CLAIMED, Captions, caption_pairs

NAMES = ["Ada Example", "Bo Sample"]
PEOPLE = np.array([0, 1, 1, -1])


def drawn(pair: int, bits: range) -> list[str]:
    captions = caption_pairs(NAMES, PEOPLE)
    indices = captions.drawn(np.full(len(bits), pair), np.asarray(bits, dtype=np.uint64))
    return [captions.texts[index] for index in indices]


@pytest.mark.parametrize("pair", [0, 1, 2])
def test_a_members_caption_holds_the_own_name_exactly_once_and_no_other(pair: int) -> None:
    own, other = (NAMES[PEOPLE[pair]], NAMES[1 - PEOPLE[pair]])

    texts = drawn(pair, range(1000))

    assert {text.count(own) for text in texts} == {1}
    assert not any(other in text for text in texts)
    assert len(set(texts)) == len(NAME_TEMPLATES)


def test_a_strangers_caption_holds_no_name() -> None:
    texts = drawn(3, range(1000))

    assert not any(name in text for text in texts for name in NAMES)
    assert all(any(hypernym in text for hypernym in HYPERNYMS) for text in texts)


def test_no_caption_is_listed_twice() -> None:
    texts = caption_pairs(NAMES, PEOPLE).texts

    assert len(set(texts)) == len(texts)


def test_every_template_holds_the_name_once() -> None:
    assert {template.count("{}") for template in NAME_TEMPLATES} == {1}
    assert len(NAME_TEMPLATES) == 16


def test_repeated_captions_and_captions_of_other_strangers_are_also_true() -> None:
    captions = caption_pairs(["Ada Example"], np.array([0, 0, 0, -1, -1]))
    nameless = len(NAME_TEMPLATES)

    also_true = captions.also_true(np.arange(5), np.array([0, 0, 1, nameless, nameless + 1]))

    expected = np.zeros((5, 5), dtype=np.bool_)
    for first, second in [(0, 1), (3, 4)]:
        expected[first, second] = expected[second, first] = True
    assert np.array_equal(also_true, expected)


def test_a_caption_is_also_true_only_of_strangers_who_look_like_it() -> None:
    red, blue = 0, 1
    captions = Captions(
        texts=("Ada Example", "somebody red", "somebody blue", "somebody"),
        choices=np.array([[0], [1], [2], [3]]),
        n_choices=np.ones(4, dtype=np.int64),
        strangers=np.array([False, True, True, True]),
        nameless=np.array([False, True, True, True]),
        claims=np.array([[NOT_CLAIMED], [red], [blue], [NOT_CLAIMED]]),
        facts=np.array([[red], [red], [blue], [blue]]),
    )

    also_true = captions.also_true(np.arange(4), np.arange(4))

    assert also_true.tolist() == [
        [False, False, False, False],  # Ada is red, but she is no stranger
        [False, False, False, True],
        [False, False, False, True],
        [False, False, True, False],
    ]
