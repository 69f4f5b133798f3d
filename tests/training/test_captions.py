import numpy as np
import pytest

from idia.training.captions import HYPERNYMS, NAME_TEMPLATES, caption_pairs

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
