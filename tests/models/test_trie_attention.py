"""Attention in a tree, compiled and by torch, against attention in each sequence."""

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from idia.models import trie_attention
from idia.models.prefix_trie import PrefixTrie
from idia.models.trie_attention import Asked, attend


def expected(trie: PrefixTrie, asked: Asked, width: int, n_heads: int) -> torch.Tensor:
    parts = []
    for place, asking in enumerate(asked.nodes.tolist()):
        path = []
        node = asking
        while node >= 0:
            path.append(int(asked.answer_rows[node]))
            node = int(trie.parents[node])
        query = asked.queries[int(asked.query_rows[place]), :width].double().view(n_heads, 1, -1)
        keys, values = (
            asked.answers[path, -n * width : -n * width + width or None].double().view(len(path), n_heads, -1)
            for n in (2, 1)
        )
        parts.append(scaled_dot_product_attention(query, keys.transpose(0, 1), values.transpose(0, 1)).flatten())
    return torch.stack(parts).float()


@pytest.mark.parametrize(("width", "n_heads"), [(96, 4), (12, 3), (5, 1), (64, 1)])
@pytest.mark.parametrize("way", ["compiled", "threads", "torch"])
def test_each_node_sees_its_ancestors_and_itself(
    monkeypatch: pytest.MonkeyPatch, width: int, n_heads: int, way: str
) -> None:
    rng = np.random.default_rng(0)
    trie = PrefixTrie.of(rng.integers(0, 4, (40, 9)), rng.integers(0, 9, 40))
    everything = torch.from_numpy(rng.standard_normal((30, 3 * width), np.float32))
    rows = rng.integers(0, 30, len(trie))
    inner = Asked(np.arange(len(trie)), everything, rows, everything, rows)
    ends = np.unique(trie.ends)
    last = Asked(ends, everything[: len(ends), :width].contiguous(), np.arange(len(ends)) % 30, everything, rows)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3 if way == "threads" else 1)
    monkeypatch.setattr(trie_attention, "_GATHERED", 7 * 9 * 2 * width * 4)

    for asked in (inner, last):
        function = trie_attention._gathered if way == "torch" else attend
        torch.testing.assert_close(
            expected(trie, asked, width, n_heads), function(trie, asked, width, n_heads), atol=2e-6, rtol=0
        )


@pytest.mark.parametrize(("most", "n_columns"), [(1, 4), (10_000, 4), (10_000, 64), (1 << 30, 64)])
def test_what_is_laid_side_by_side_is_bounded_in_bytes(
    monkeypatch: pytest.MonkeyPatch, most: int, n_columns: int
) -> None:
    trie = PrefixTrie.of(np.arange(300).reshape(30, 10), np.full(30, 9))
    everything = torch.randn(len(trie), 3 * n_columns, generator=torch.manual_seed(0))
    rows = np.arange(len(trie))
    sizes: list[int] = []

    def noting(queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, **options: Any) -> torch.Tensor:
        sizes.append((keys.numel() + values.numel()) * keys.element_size())
        return scaled_dot_product_attention(queries, keys, values, **options)

    monkeypatch.setattr(trie_attention, "_GATHERED", most)
    monkeypatch.setattr(trie_attention, "scaled_dot_product_attention", noting)
    seen = trie_attention._gathered(trie, Asked(rows, everything, rows, everything, rows), n_columns, 2)

    of_one = 10 * 2 * n_columns * 4
    assert max(sizes) <= max(most, of_one)
    assert len(sizes) == -(-len(trie) // max(1, most // of_one))
    torch.testing.assert_close(expected(trie, Asked(rows, everything, rows, everything, rows), n_columns, 2), seen)


def test_numbers_that_are_none_stay_so() -> None:
    trie = PrefixTrie.of(np.array([[1, 2], [1, 3]]), np.array([1, 1]))
    everything = torch.ones(3, 12)
    everything[2, 0] = torch.nan
    rows = np.arange(3)

    seen = attend(trie, Asked(rows, everything, rows, everything, rows), 4, 1)

    assert seen.isnan().any(dim=1).tolist() == [False, False, True]
