"""Token sequences packed into a tree, in which a beginning that several of them share stands once."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Int32, Int64

from idia.compiled import compiled


@final
@dataclass(frozen=True, slots=True, eq=False)
class PrefixTrie:
    """All distinct beginnings of a group of token sequences, parents before children.

    Attributes:
        tokens: The last token of each beginning.
        positions: Its place in the sequence, from 0.
        parents: The beginning without it; -1 where nothing is left.
        ends: Which beginning is the whole of each sequence.
    """

    tokens: Int64[np.ndarray, " nodes"]
    positions: Int32[np.ndarray, " nodes"]
    parents: Int32[np.ndarray, " nodes"]
    ends: Int64[np.ndarray, " rows"]

    @classmethod
    def of(cls, tokens: Int64[np.ndarray, "rows context"], last: Int64[np.ndarray, " rows"]) -> "PrefixTrie":
        """Returns the tree of sequences.

        Args:
            tokens: The sequences.
            last: The place of the last token of each that matters.
        """
        room = int(last.sum()) + len(last)
        slots = np.full(1 << (2 * room).bit_length(), -1, np.int32)
        found, positions, parents = np.empty(room, np.int64), np.empty(room, np.int32), np.empty(room, np.int32)
        ends = np.empty(len(last), np.int64)
        n_nodes = _grow(tokens, last, slots, found, positions, parents, ends)
        return cls(found[:n_nodes].copy(), positions[:n_nodes].copy(), parents[:n_nodes].copy(), ends)

    def __len__(self) -> int:
        return len(self.tokens)


@compiled
def _grow(
    rows: np.ndarray,
    last: np.ndarray,
    slots: np.ndarray,
    tokens: np.ndarray,
    positions: np.ndarray,
    parents: np.ndarray,
    ends: np.ndarray,
) -> int:
    """Fills a tree; `slots` is a hash table of nodes, empty (-1), a power of two and at most half full in the end."""
    mask = np.uint64(len(slots) - 1)
    n_nodes = 0
    for row in range(len(rows)):
        parent = -1
        for position in range(last[row] + 1):
            token = rows[row, position]
            key = (np.uint64(parent + 1) << np.uint64(32)) ^ np.uint64(token)
            # Multiplied, the bits of both are spread over the upper half.
            slot = ((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
            while True:
                node = slots[slot]
                if node < 0:
                    node = n_nodes
                    slots[slot] = node
                    tokens[node] = token
                    positions[node] = position
                    parents[node] = parent
                    n_nodes += 1
                    break
                if parents[node] == parent and tokens[node] == token:
                    break
                slot = (slot + np.uint64(1)) & mask
            parent = node
        ends[row] = parent
    return n_nodes
