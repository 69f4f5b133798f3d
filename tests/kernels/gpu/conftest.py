"""What is written against the fixture `device` runs in Triton's interpreter, in a process of its own, and on a card.

Everywhere else it is left out, and what is compiled or replaced is tested.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from idia.kernels import Standing, compared
from idia.kernels.gpu import support
from idia.kernels.gpu.tiles import Tiles

SMALL = Tiles(photos=16, names=32, dims=16, stages=1, has_descriptors=False)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    ours = [item for item in items if here in item.path.parents]
    on_device = [item for item in ours if isinstance(item, pytest.Function) and "device" in item.fixturenames]
    if not support.is_interpreted():
        for item in on_device:
            item.add_marker(pytest.mark.cuda)
        return
    chosen = [item for item in on_device if not item.get_closest_marker("cuda")]
    left_out = {id(item) for item in ours} - {id(item) for item in chosen}
    config.hook.pytest_deselected(items=[item for item in ours if id(item) in left_out])
    items[:] = [item for item in items if id(item) not in left_out]
    for item in chosen:
        # The interpreter of Triton 3.6 does so, and cannot run with NumPy 2.4, where that is an error.
        item.add_marker(pytest.mark.filterwarnings("ignore:Conversion of an array with ndim:DeprecationWarning"))


@pytest.fixture
def device() -> torch.device:
    """Where the programs run here."""
    return torch.device("cpu" if support.is_interpreted() else "cuda")


@pytest.fixture
def as_shipped() -> None:
    """Has the interpreter, too, use the sizes that are shipped; it takes a second for every few calls."""


@pytest.fixture(autouse=True)
def _small_sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets few programs do the work of a test where each takes milliseconds, and few names fill several tiles."""
    if not support.is_interpreted() or "as_shipped" in request.fixturenames:
        return
    from idia.kernels.gpu import rounding, settling

    monkeypatch.setattr(support, "_INTERPRETED", SMALL)
    for name, size in (("PADDED_PHOTOS", 16), ("PADDED_NAMES", 32), ("PADDED_DIMS", 16), ("TILE_VECTORS", 64)):
        monkeypatch.setattr(rounding, name, size)
    monkeypatch.setattr(rounding, "TILE_DIMS", 64)
    monkeypatch.setattr(settling, "TILE_PAIRS", 64)
    monkeypatch.setattr(settling, "TILE_DIMS", 64)


@pytest.fixture
def assert_exact(device: torch.device) -> Callable[[Tensor, Tensor], Standing]:
    def assert_exact(images: Tensor, texts: Tensor) -> Standing:
        """Compares the programs' answer with the reference's, and with the definition's; returns the former."""
        made = compared(images.to(device), texts.to(device), impl="triton")

        left, right = images.double().cpu().numpy(), texts.double().cpu().numpy()
        similarities = np.einsum("md,nkd->mnk", left, right)
        indices = (similarities >= similarities.max(axis=2, keepdims=True) - 1e-12).argmax(axis=2)
        assert made.backend == "triton"
        assert made.indices.tolist() == indices.tolist()
        lengths = np.linalg.norm(left, axis=1)[:, None] * np.linalg.norm(right, axis=2).max(axis=1)
        assert (abs(made.maxima - similarities.max(axis=2)) <= 1e-14 * lengths).all()
        chosen = np.take_along_axis(similarities, indices[:, :, None], axis=2)[:, :, 0]
        assert (abs(made.similarities - chosen) <= 1e-14 * lengths).all()

        wanted = compared(images, texts, impl="reference")
        assert made.indices.tolist() == wanted.indices.tolist()
        is_near = np.isfinite(made.runners_up)
        assert is_near.tolist() == np.isfinite(wanted.runners_up).tolist()
        assert (abs(made.runners_up[is_near] - wanted.runners_up[is_near]) <= 1e-14 * lengths[is_near]).all()
        assert made.near_ties == wanted.near_ties
        assert made.ties.rows.tolist() == wanted.ties.rows.tolist()
        assert made.ties.names.tolist() == wanted.ties.names.tolist()
        assert made.n_compared == wanted.n_compared
        return made

    return assert_exact
