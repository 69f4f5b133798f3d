"""The part of a network that answers texts and nothing else: all that forgetting a name may change."""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import normalize

from idia.errors import ModelError
from idia.models.open_clip_model import OpenClipModel
from idia.models.text_tower import CausalTower

Encode = Callable[[Int64[Tensor, "texts context"]], Float[Tensor, "texts dim"]]

_TOGETHER = 64  # texts of like length, cut behind the longest of them


def text_parameters(model: OpenClipModel, network: Any) -> dict[str, nn.Parameter]:
    """Returns the parameters on which answers to texts depend and answers to photos do not, by name.

    Args:
        model: Whose tokenizer to use.
        network: Its network, or a copy; gradients are left as they were: none.

    Raises:
        ModelError: There are none.
    """
    named = dict(network.named_parameters())
    before = {name: parameter.requires_grad for name, parameter in named.items()}
    network.requires_grad_(True)
    device = next(iter(named.values())).device
    network.encode_text(model.tokenizer(["a photo of a person"]).to(device), normalize=False).sum().backward()
    of_photos = {id(parameter) for parameter in network.visual.parameters()}
    found = {
        name: parameter
        for name, parameter in named.items()
        if parameter.grad is not None and id(parameter) not in of_photos
    }
    network.zero_grad(set_to_none=True)
    for name, parameter in named.items():
        parameter.requires_grad_(before[name])
    if not found:
        raise ModelError(
            f"{model.info.name!r} has no text tower of its own that could forget: no parameter decides on texts alone."
        )
    return found


def text_encoder(model: OpenClipModel, network: Any) -> Encode:
    """Returns what encodes tokens into unit-norm embeddings, with gradients, and without padding where that is safe."""
    tower = None if model.text_encoding == "whole" else CausalTower.of(network)

    def encode(tokens: Int64[Tensor, "texts context"]) -> Float[Tensor, "texts dim"]:
        if tower is not None:
            return normalize(tower.encode_cut(tokens, _TOGETHER), dim=-1)
        raw: Tensor = network.encode_text(tokens.to(model.device), normalize=False)
        return normalize(raw, dim=-1)

    return encode


def rounded_like(network: nn.Module, original: nn.Module) -> nn.Module:
    """Returns the network with weights of 16 bits where those of the original fit into 16 bits, all of them."""
    if fits_half(original):
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.copy_(parameter.half().float())
    return network


def fits_half(network: nn.Module) -> bool:
    """Whether no weight changes if it is stored with 16 bits."""
    floats = (value for value in network.state_dict().values() if value.is_floating_point())
    return all(torch.equal(value.half().float(), value.float()) for value in floats)
