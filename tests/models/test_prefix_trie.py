"""Token sequences packed into a tree."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from idia.models.prefix_trie import PrefixTrie


def path(trie: PrefixTrie, node: int) -> list[int]:
    tokens: list[int] = []
    while node >= 0:
        tokens.insert(0, int(trie.tokens[node]))
        node = int(trie.parents[node])
    return tokens


@settings(deadline=None)  # the first example waits for the compiler
@given(st.data())
def test_a_tree_holds_each_beginning_once(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, 12), st.integers(1, 6)))
    tokens = data.draw(arrays(np.int64, shape, elements=st.sampled_from([0, 1, 2, 49407])))
    last = data.draw(arrays(np.int64, shape[0], elements=st.integers(0, shape[1] - 1)))

    trie = PrefixTrie.of(tokens, last)

    sequences = [row[: stop + 1].tolist() for row, stop in zip(tokens, last, strict=True)]
    beginnings = {tuple(sequence[: n + 1]) for sequence in sequences for n in range(len(sequence))}
    found = [tuple(path(trie, node)) for node in range(len(trie))]
    assert len(trie) == len(beginnings)
    assert beginnings == set(found)
    assert [len(beginning) - 1 for beginning in found] == trie.positions.tolist()
    assert (trie.parents < np.arange(len(trie))).all()
    assert sequences == [path(trie, end) for end in trie.ends.tolist()]


def test_a_large_tree_is_complete() -> None:
    tokens = np.random.default_rng(0).integers(0, 50, (3000, 20))

    trie = PrefixTrie.of(tokens, np.full(3000, 19))

    assert all(path(trie, int(trie.ends[row])) == tokens[row].tolist() for row in range(0, 3000, 100))
    assert len(trie) == len({tuple(row[: n + 1].tolist()) for row in tokens for n in range(20)})
