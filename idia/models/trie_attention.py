"""Attention in a tree of token sequences: every node looks at itself and its ancestors."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from idia.compiled import compiled_for_sums
from idia.models.prefix_trie import PrefixTrie

_GATHERED = 256 << 20  # bytes of ancestors' keys and values side by side, on an accelerator


@final
@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What nodes of a tree ask, and what all of its nodes answer with.

    Attributes:
        nodes: The nodes that ask.
        queries: Their queries, in the first columns.
        query_rows: Which row of `queries` belongs to each of them.
        answers: Keys and values, in the last columns.
        answer_rows: Which row of `answers` belongs to each node of the tree.
    """

    nodes: Int64[np.ndarray, " asking"]
    queries: Float[Tensor, "rows columns"]
    query_rows: Int64[np.ndarray, " asking"]
    answers: Float[Tensor, "other_rows other_columns"]
    answer_rows: Int64[np.ndarray, " nodes"]


def attend(trie: PrefixTrie, asked: Asked, width: int, n_heads: int) -> Float[Tensor, "asking width"]:
    """Returns what each node sees, before the output projection.

    Args:
        trie: The tree.
        asked: Queries, keys and values.
        width: Numbers per query.
        n_heads: How many heads share them.
    """
    if asked.queries.device.type != "cpu" or asked.queries.dtype != torch.float32:
        return _gathered(trie, asked, width, n_heads)
    attention = _attention(width // n_heads)
    out = torch.empty(len(asked.nodes), width)
    n_threads = torch.get_num_threads()
    cuts = np.linspace(0, len(out), n_threads + 1).astype(np.int64)

    def part(start: int, stop: int) -> None:
        attention(
            trie.positions,
            trie.parents,
            asked.nodes[start:stop],
            asked.queries.numpy(),
            asked.query_rows[start:stop],
            asked.answers.numpy(),
            asked.answer_rows,
            np.float32(1 / sqrt(width // n_heads)),
            out[start:stop].numpy(),
        )

    if n_threads == 1:
        part(0, len(out))
    else:
        with ThreadPoolExecutor(n_threads) as pool:
            list(pool.map(part, cuts[:-1], cuts[1:]))
    return out


@cache
def _attention(n_columns: int) -> Callable[..., None]:
    """Attention for heads of so many columns: known when it is compiled, their number makes loops into a few steps."""

    @compiled_for_sums
    def attention(
        positions: np.ndarray,
        parents: np.ndarray,
        nodes: np.ndarray,
        queries: np.ndarray,
        query_rows: np.ndarray,
        answers: np.ndarray,
        answer_rows: np.ndarray,
        scale: np.float32,
        out: np.ndarray,
    ) -> None:
        width = out.shape[1]
        first_key = answers.shape[1] - 2 * width
        path = np.empty(positions.max() + 1, np.int64)
        weights = np.empty(len(path), np.float32)
        sums = np.empty(n_columns, np.float32)
        for asking in range(len(nodes)):
            node = nodes[asking]
            length = positions[node] + 1
            for place in range(length):
                path[place] = answer_rows[node]
                node = parents[node]
            for first in range(0, width, n_columns):
                query = queries[query_rows[asking], first : first + n_columns]
                highest = np.float32(-np.inf)
                for place in range(length):
                    key = answers[path[place], first_key + first : first_key + first + n_columns]
                    product = np.float32(0)
                    for column in range(n_columns):
                        product += query[column] * key[column]
                    weights[place] = product * scale
                    highest = max(highest, weights[place])
                total = np.float32(0)
                for place in range(length):
                    weights[place] = np.exp(weights[place] - highest)
                    total += weights[place]
                sums[:] = 0
                for place in range(length):
                    share = weights[place]
                    start = first_key + width + first
                    value = answers[path[place], start : start + n_columns]
                    for column in range(n_columns):
                        sums[column] += share * value[column]
                for column in range(n_columns):
                    out[asking, first + column] = sums[column] / total

    return attention


def _gathered(trie: PrefixTrie, asked: Asked, width: int, n_heads: int) -> Float[Tensor, "asking width"]:
    """The same for any device: the keys and values of all ancestors are laid side by side."""
    device = asked.queries.device
    node = asked.nodes
    paths = np.full((len(node), int(trie.positions[node].max(initial=0)) + 1), -1, np.int64)
    for place in range(paths.shape[1]):
        paths[:, place] = np.where(node >= 0, asked.answer_rows[node], -1)
        node = np.where(node >= 0, trie.parents[node], -1)
    size = max(1, _GATHERED // (paths.shape[1] * 2 * width * asked.answers.element_size()))
    parts = []
    for start in range(0, len(paths), size):
        path = torch.from_numpy(paths[start : start + size]).to(device)
        queries = asked.queries[torch.from_numpy(asked.query_rows[start : start + size]).to(device), :width]
        seen = asked.answers[:, -2 * width :][path.clamp(min=0)]
        n_asking, length = path.shape
        keys, values = seen.view(n_asking, length, 2, n_heads, -1).permute(2, 0, 3, 1, 4)
        mask = (path >= 0)[:, None, None]
        found = scaled_dot_product_attention(queries.view(n_asking, n_heads, 1, -1), keys, values, attn_mask=mask)
        parts.append(found.flatten(1))
    return torch.cat(parts)
