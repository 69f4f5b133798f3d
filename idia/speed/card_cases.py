"""Embeddings on which a quick comparison can go wrong, and how many of its answers are those of float64."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from idia.kernels import Backend, BestNames, cosine_argmax
from idia.speed.card_plan import Work
from idia.testing.embeddings import clip_like_embeddings_on

_BORDERS = (16, 32, 64, 128, 256, 512)  # where tiles of names may end
_FEW = 4  # times as many photos where all are compared, as where ties are: these are decided on the host
_CROWD = 512  # the same where all names are tied

Case = tuple[str, Float[Tensor, "photos dim"], Float[Tensor, "prompts names dim"]]


@final
@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one case.

    Attributes:
        name: What it is called.
        n_answers: Photos times prompts.
        n_wrong: How many of their answers are not those of float64: another name, or a similarity that differs by more
            than rounding.
        rescored_rate: Fraction that the quick comparison could not settle.
    """

    name: str
    n_answers: int
    n_wrong: int
    rescored_rate: float


def verdicts(work: Work, device: torch.device, *, impl: Backend = "auto") -> list[Verdict]:
    """Returns what came of every case, the largest of which are of the given size.

    Args:
        work: At least 4 photos, and enough names that two stand beside a border of a tile (17).
        device: Where everything is computed, float64 included.
        impl: Who is to be compared with float64.
    """
    found = []
    for name, images, texts in cases(work, device):
        best = cosine_argmax(images, texts, impl=impl)
        wrong = n_wrong(best, cosine_argmax(images, texts, impl="reference"))
        found.append(Verdict(name, len(images) * len(texts), wrong, best.rescored_rate))
    return found


def n_wrong(best: BestNames, exact: BestNames) -> int:
    """Returns how many answers, on the device of both, are not those of float64."""
    ours, theirs = torch.as_tensor(best.similarities), torch.as_tensor(exact.similarities)
    is_off = (ours - theirs).abs() > 1e-9 * (1 + theirs.abs())
    return int(((torch.as_tensor(best.indices) != torch.as_tensor(exact.indices)) | is_off | ours.isnan()).sum())


def verdict_words(found: Sequence[Verdict]) -> tuple[str, str]:
    """Returns what is known of the answers, and how many had to be scored once more."""
    wrong, answers = sum(each.n_wrong for each in found), sum(each.n_answers for each in found)
    checked = f"{wrong:,} of {answers:,} answers in {len(found)} cases differ from float64"
    rates = ", ".join(f"{each.name} {rate_words(each.rescored_rate)} of {each.n_answers:,}" for each in found)
    return checked, f"re-scored in float64: {rates}"


def rate_words(rate: float) -> str:
    """Returns a fraction as percent.

    >>> rate_words(0.01234), rate_words(1.0), rate_words(0.0)
    ('1.23 %', '100 %', '0 %')
    """
    return f"{100 * rate:.3g} %"


def cases(work: Work, device: torch.device) -> Iterator[Case]:
    """Yields embeddings by the name of what is difficult about them; each is made when it is asked for."""
    images, texts = clip_like_embeddings_on(device, work.n_photos, work.n_prompts, work.n_names, work.dim)
    few, fewest = images[: max(len(images) // _FEW, 1)], images[: max(len(images) // _CROWD, 2)]
    yield "random", images, texts
    yield "near-duplicates", images, _paired(texts, 1 + 1e-7)
    yield "nearer ones in float64", few.double(), _paired(texts.double(), 1 + 1e-11)
    yield "exact duplicates", few, _paired(texts, 1.0)
    yield "duplicates across tiles", *_across_borders(few, texts)
    dark = fewest.clone()
    dark[0] = 0  # as similar to every name
    yield "all names alike", dark, texts[:, :1].repeat(1, texts.shape[1], 1)
    yield "one name", few, texts[:, :1].contiguous()
    yield "ragged sizes", few[:-1, :-11].contiguous(), texts[:3, :-3, :-11].contiguous()
    yield "float16", few.half(), texts.half()
    yield "bfloat16", few.bfloat16(), texts.bfloat16()
    lengths = 10.0 ** torch.linspace(-2, 2, len(few), device=device)
    yield "lengths from 0.01 to 100", few * lengths[:, None], texts


def _paired(texts: Float[Tensor, "prompts names dim"], factor: float) -> Float[Tensor, "prompts names dim"]:
    """Every second name close to the one before it."""
    paired = texts.clone()
    others = paired[:, 1::2]
    paired[:, 1::2] = texts[:, ::2][:, : others.shape[1]] * factor
    return paired


def _across_borders(
    images: Float[Tensor, "photos dim"], texts: Float[Tensor, "prompts names dim"]
) -> tuple[Tensor, Tensor]:
    """The first name of a tile repeats the last of the tile before, and photos resemble these names the most."""
    borders = [border for border in _BORDERS if border < texts.shape[1]]
    tied = texts.clone()
    for border in borders:
        tied[:, border] = tied[:, border - 1]
    last = torch.tensor(borders, device=texts.device) - 1
    chosen = last[torch.arange(len(images), device=texts.device) % len(last)]
    alike = images + 4 * tied[0, chosen]
    return alike / alike.norm(dim=1, keepdim=True), tied
