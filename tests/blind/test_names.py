import numpy as np

from idia.blind.crossvalidation import area, out_of_fold
from idia.blind.names import name_features, name_judge
from idia.names import NamePool

NAMES = NamePool.sampled(n_names=60).names
KEYS = np.arange(60, dtype=np.uint64)
IS_MEMBER = np.arange(60) % 2 == 0


def judged(names: list[str], token_counts: np.ndarray | None = None) -> float:
    scores = out_of_fold(name_judge(names, IS_MEMBER, token_counts), IS_MEMBER, KEYS, seed=0)
    return area(scores, IS_MEMBER)


def test_names_drawn_by_lot_give_nothing_away() -> None:
    assert 0.3 < judged(list(NAMES)) < 0.7


def test_letters_that_members_have_in_common_are_found() -> None:
    names = [
        name.split()[0] + (" Zywicki" if member else " Oduya") for name, member in zip(NAMES, IS_MEMBER, strict=True)
    ]

    assert judged(names) > 0.95


def test_length_is_found_and_so_is_the_number_of_tokens() -> None:
    longer = [f"{name} {name}" if member else name for name, member in zip(NAMES, IS_MEMBER, strict=True)]

    assert judged(longer) > 0.95
    assert judged(list(NAMES), 3 + IS_MEMBER.astype(np.int64)) > 0.9


def test_underscores_are_spaces_and_letters_of_one_name_alone_are_left_out() -> None:
    written, spaced = name_features(["Ada_Example", "Ben_Sample"]), name_features(["Ada Example", "Ben Sample"])

    assert (written != spaced).nnz == 0
    shared = ["am", "mp", "pl", "le", "e ", "amp", "mpl", "ple", "le ", "ampl", "mple", "ple "]
    assert written.shape == (2, len(shared) + len(["length", "words"]))


def test_names_without_anything_in_common_can_be_judged() -> None:
    features = name_features(["A", "B", "C"])

    assert features.shape == (3, 2)
    assert not features.nnz
