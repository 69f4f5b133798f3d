"""Whether a GPU adds up products as exactly as the bounds assume: tried before its answers are believed."""

import torch
from jaxtyping import Float
from torch import Tensor

from idia.kernels.gpu.rounding import RoundedNames, round_photos
from idia.kernels.gpu.screening import Comparison, screen
from idia.kernels.gpu.settling import compare
from idia.kernels.gpu.tiles import PADDED_NAMES

_DIM = 1024
_N_PHOTOS, _N_PROMPTS = 24, 6


def failure(device: torch.device) -> str:
    """Returns what is wrong with the programs' answers on a device, or nothing; never raises."""
    try:
        images, texts = adversarial(device)
        excess = worst_error(images, texts)
        if excess > 1:
            return f"matrix units are less exact there than assumed (an error of {excess:.2g} times the bound)"
        made = compare(images, RoundedNames(texts))
        exact = torch.einsum("md,nkd->nmk", images.double(), texts.double())
        is_right = bool((made.indices == exact.argmax(dim=2)).all())
    except Exception as error:  # whatever it is, another backend can answer
        return f"its programs fail there: {type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
    return "" if is_right else "its programs answer wrongly there"


def worst_error(images: Float[Tensor, "photos dim"], texts: Float[Tensor, "prompts names dim"]) -> float:
    """Returns the largest error of a best name's value over what the bound allows: at most 1 if the bound holds."""
    photos, names = round_photos(images), RoundedNames(texts, keeps_all=True)
    comparison, (block,) = Comparison.of(photos, names), names
    screened = screen(comparison, block)
    indices = screened.indices.long()
    centres = block.rounded.centres.double()
    best = torch.gather(texts.double(), 1, indices[:, :, None].expand(-1, -1, images.shape[1]))
    # <x - m, t - c> + <m, t - c> = <x, t - c>
    exact = torch.einsum("md,nmd->nm", images.double(), best - centres[:, None])
    exact = 3 + exact * photos.scale * block.rounded.scale * comparison.gain.double()
    found = screened.tops.double()
    # The last bits of a value were given to the place of the name.
    error = torch.maximum(found - exact, exact - found - PADDED_NAMES * 2.0**-22)
    return float((error / (comparison.margins / 2)).max())


def adversarial(device: torch.device) -> tuple[Tensor, Tensor]:
    """Returns photos and texts that neither centring nor rounding changes, and whose products all have one sign.

    Then whatever error there is comes from adding up; truncation adds up most where all signs are the same, and cuts
    off most where numbers are of very different size.
    """
    generator = torch.Generator().manual_seed(0)

    def positive(n: int) -> Tensor:
        numbers = torch.randint(1, 1024, (n, _DIM), generator=generator).float()
        return numbers * torch.where(torch.rand(n, _DIM, generator=generator) < 0.5, 2.0**-8, 1.0)

    images, texts = positive(_N_PHOTOS), positive(_N_PROMPTS)
    # Each beside its opposite: the mean is zero.
    return torch.cat([images, -images]).to(device), torch.stack([texts, -texts], dim=1).to(device)
