"""The same answer on an NVIDIA GPU: fused Triton programs pass on what may be the best, float64 decides among that."""

from typing import TYPE_CHECKING

from idia.lazy import lazily

if TYPE_CHECKING:
    from idia.kernels.gpu.rounding import round_names as round_names
    from idia.kernels.gpu.rounding import round_photos as round_photos
    from idia.kernels.gpu.screening import screen as screen
    from idia.kernels.gpu.support import unusable as unusable
    from idia.kernels.gpu.tiles import Tiles as Tiles

_HOME = {
    "Tiles": "idia.kernels.gpu.tiles",
    "round_names": "idia.kernels.gpu.rounding",
    "round_photos": "idia.kernels.gpu.rounding",
    "screen": "idia.kernels.gpu.screening",
    "unusable": "idia.kernels.gpu.support",
}

# Triton need not be installed, and importing it takes long.
__getattr__, __dir__ = lazily(__name__, _HOME)
