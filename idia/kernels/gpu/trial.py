"""Whether a GPU adds up products as exactly as the bounds assume: tried before its answers are believed."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from idia.kernels import reference
from idia.kernels.gpu.rounding import RoundedNames, round_photos
from idia.kernels.gpu.screening import Comparison, screen
from idia.kernels.gpu.settling import compare
from idia.kernels.gpu.support import multiprocessors, tiles_of
from idia.kernels.gpu.tiles import PADDED_NAMES

_DIM = 1024
_N_PHOTOS, _N_PROMPTS = 24, 6
_MANY_NAMES, _FEW_DIMS = 700, 64  # several tiles of names


def failure(device: torch.device) -> str:
    """Returns what is wrong with the programs' answers on a device, or nothing.

    Raises:
        torch.OutOfMemoryError: The device has too little memory left to tell.
    """
    try:
        for images, texts in (adversarial(device), swallowed(device)):
            excess = worst_error(images, texts)
            if not excess <= 1:
                return f"matrix units are less exact there than assumed (an error of {excess:.2g} times the bound)"
        is_right = all(_is_right(*ordinary(device), n_splits) for n_splits in (1, 2))
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # whatever it is, another backend can answer
        return f"its programs fail there: {type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
    return "" if is_right else "its programs answer wrongly there"


def _is_right(images: Tensor, texts: Tensor, n_splits: int) -> bool:
    made = compare(images, RoundedNames(texts), n_splits=n_splits).standing()
    expected = reference.compare(images, texts)
    return np.array_equal(made.indices, expected.indices) and made.near_ties == expected.near_ties


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

    return _beside_opposites(positive(_N_PHOTOS), positive(_N_PROMPTS), device)


def swallowed(device: torch.device) -> tuple[Tensor, Tensor]:
    """Returns the same with one large product, beside which all others nearly vanish: each can lose half of itself.

    Sums that keep 23 bits stay within the bound, sums that keep 22 do not; float32 has 24.
    """
    vector = torch.full((1, _DIM), 2.0**-10 * (1 - 2.0**-9))
    vector[0, 0] = 1
    return _beside_opposites(vector, vector, device)


def ordinary(device: torch.device) -> tuple[Tensor, Tensor]:
    """Returns photos and texts for more than one round of all programs, each name beside one that is hardly another."""
    generator = torch.Generator().manual_seed(0)
    tiles = tiles_of(device)
    n_photos = tiles.photos * (multiprocessors(device) * tiles.per_multiprocessor // 2 + 1)
    images = torch.randn(n_photos, _FEW_DIMS, generator=generator)
    texts = torch.randn(2, _MANY_NAMES, _FEW_DIMS, generator=generator)
    texts[:, 1::2] = texts[:, ::2] * (1 + 1e-7)
    images, texts = (torch.nn.functional.normalize(each, dim=-1) for each in (images, texts))
    return images.to(device), texts.to(device)


def _beside_opposites(images: Tensor, texts: Tensor, device: torch.device) -> tuple[Tensor, Tensor]:
    """Each vector beside its opposite, so that the mean is zero; two names in every prompt."""
    return torch.cat([images, -images]).to(device), torch.stack([texts, -texts], dim=1).to(device)
