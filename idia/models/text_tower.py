"""Text towers of open_clip that need not be run over padding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, final

import numpy as np
import torch
from jaxtyping import Float, Int64
from open_clip.model import CLIP, CustomTextCLIP
from open_clip.transformer import ResidualAttentionBlock, TextTransformer, Transformer
from torch import Tensor, nn

from idia.models.prefix_trie import PrefixTrie
from idia.models.trie_attention import Asked, attend

_ROWS = 2048  # of a matrix in one go on the CPU: what a layer has in between stays near the processor


@final
@dataclass(frozen=True, slots=True, eq=False)
class CausalTower:
    """A text tower in which no token sees a later one, and one token of each text is its answer.

    What comes after that token changes nothing, padding included; and texts with the same beginning have the same
    values there. Numbers are those of `encode_text` up to the order of sums.

    Attributes:
        network: The tower, or the model that is one.
        pool: Which token is the answer: the first of the highest id (`argmax`), or the first that is `eos_id`.
        eos_id: The id; -1 where there is none.
    """

    network: Any
    pool: Literal["argmax", "eos"]
    eos_id: int

    @classmethod
    def of(cls, model: nn.Module) -> "CausalTower | None":
        """Returns the tower of a model, if it is such a one."""
        network: Any = model
        if type(model) is CLIP:
            pool, eos_id = network.text_pool_type, getattr(network, "text_eos_id", None)
        elif type(model) is CustomTextCLIP and type(network.text) is TextTransformer:
            network = network.text
            pool, eos_id = network.pool_type, getattr(network, "eos_id", None)
            if network.cls_emb is not None or network.output_tokens:
                return None
        else:
            return None
        mask = network.attn_mask
        if mask is None or type(network.transformer) is not Transformer:
            return None
        if pool != "argmax" and (pool != "eos" or eos_id is None):
            return None
        if not torch.equal(mask, torch.full_like(mask, -torch.inf).triu(1)):
            return None
        return cls(network, pool, -1 if eos_id is None else eos_id)

    @property
    def width(self) -> int:
        """Numbers per token."""
        return int(self.network.positional_embedding.shape[1])

    @property
    def has_plain_blocks(self) -> bool:
        """Whether every layer is the usual one, which this package can run over a tree."""
        return all(_is_plain(block) for block in self.network.transformer.resblocks)

    def last(self, tokens: Int64[Tensor, "texts context"]) -> Int64[Tensor, " texts"]:
        """Returns where the answer of each text is."""
        return (tokens if self.pool == "argmax" else (tokens == self.eos_id).int()).argmax(dim=-1)

    def encode_cut(self, tokens: Int64[Tensor, "texts context"], size: int) -> Float[Tensor, "texts dim"]:
        """Returns the answers; texts of like length are run together and cut behind the last answer.

        Args:
            tokens: Ids as the tokenizer gives them, on the CPU.
            size: Texts per pass.
        """
        last = self.last(tokens)
        order = last.argsort(stable=True)
        device = self.network.positional_embedding.device
        answers = [self._cut(tokens[some].to(device), last[some].to(device)) for some in torch.split(order, size)]
        return torch.cat(answers)[order.argsort().to(device)]

    def _cut(self, tokens: Int64[Tensor, "texts context"], last: Int64[Tensor, " texts"]) -> Float[Tensor, "texts dim"]:
        network = self.network
        length = int(last.max()) + 1
        x = network.token_embedding(tokens[:, :length]) + network.positional_embedding[:length]
        x = network.transformer(x, attn_mask=network.attn_mask[:length, :length])
        return self._projected(x[torch.arange(len(x), device=x.device), last])

    def encode_tree(self, tokens: Int64[Tensor, "texts context"], most_nodes: int) -> Float[Tensor, "texts dim"]:
        """Returns the answers; beginnings that texts share are run once.

        Args:
            tokens: Ids as the tokenizer gives them, on the CPU.
            most_nodes: Tokens per pass; where there are more, the texts are run in halves.
        """
        trie = PrefixTrie.of(tokens.numpy(), self.last(tokens).numpy())
        if len(trie) <= most_nodes or len(tokens) == 1:
            return self._of_tree(trie)
        middle = len(tokens) // 2
        return torch.cat([self.encode_tree(half, most_nodes) for half in (tokens[:middle], tokens[middle:])])

    def _of_tree(self, trie: PrefixTrie) -> Float[Tensor, "texts dim"]:
        network = self.network
        device = network.positional_embedding.device
        context = len(network.positional_embedding)
        # Until something is attended to, equal tokens at the same place are equal.
        places, rows = np.unique(trie.tokens * context + trie.positions, return_inverse=True)
        ids, positions = (torch.from_numpy(part).to(device) for part in np.divmod(places, context))
        x = network.token_embedding(ids) + network.positional_embedding[positions]
        everywhere = np.arange(len(trie))
        ends, answers = np.unique(trie.ends, return_inverse=True)
        blocks = cast(Sequence[ResidualAttentionBlock], network.transformer.resblocks)
        for number, block in enumerate(blocks, start=1):
            is_last = number == len(blocks)
            nodes = ends if is_last else everywhere
            seen = attend(trie, _asked(block, x, rows, nodes, is_last), self.width, block.attn.num_heads)
            if is_last or rows is not everywhere:
                x = x[torch.from_numpy(rows[nodes]).to(device)]
                rows = everywhere
            for some, what in zip(_split(x), _split(seen), strict=True):
                some += block.ls_1(block.attn.out_proj(what))
                some += block.ls_2(block.mlp(block.ln_2(some)))
        return self._projected(x)[torch.from_numpy(answers).to(device)]

    def _projected(self, x: Float[Tensor, "texts width"]) -> Float[Tensor, "texts dim"]:
        x = self.network.ln_final(x)
        projection = self.network.text_projection
        if projection is None:
            return x
        projected: Tensor = projection(x) if isinstance(projection, nn.Linear) else x @ projection
        return projected


def _asked(block: Any, x: Tensor, rows: np.ndarray, nodes: np.ndarray, is_last: bool) -> Asked:
    """Queries, keys and values of a layer; in the last one, queries of the answers alone."""
    weight, bias = block.attn.in_proj_weight, block.attn.in_proj_bias
    if not is_last:
        everything = _by_rows(x, block.ln_1, weight, bias)
        return Asked(nodes, everything, rows, everything, rows)
    width = x.shape[1]
    bias_of = (None, None) if bias is None else (bias[:width], bias[width:])
    queries = _by_rows(x[torch.from_numpy(rows[nodes]).to(x.device)], block.ln_1, weight[:width], bias_of[0])
    answers = _by_rows(x, block.ln_1, weight[width:], bias_of[1])
    return Asked(nodes, queries, np.arange(len(nodes)), answers, rows)


def _by_rows(x: Tensor, norm: nn.Module, weight: Tensor, bias: Tensor | None) -> Tensor:
    out = x.new_empty(len(x), len(weight))
    for some, place in zip(_split(x), _split(out), strict=True):
        if bias is None:
            torch.mm(norm(some), weight.T, out=place)
        else:
            torch.addmm(bias, norm(some), weight.T, out=place)
    return out


def _split(x: Tensor) -> tuple[Tensor, ...]:
    return torch.split(x, _ROWS if x.device.type == "cpu" else max(1, len(x)))


def _is_plain(block: nn.Module) -> bool:
    if type(block) is not ResidualAttentionBlock or hasattr(block, "ln_1_kv"):
        return False
    attention = block.attn
    return (
        type(attention) is nn.MultiheadAttention
        and attention.in_proj_weight is not None
        and attention.bias_k is None
        and attention.bias_v is None
        and not attention.add_zero_attn
    )
