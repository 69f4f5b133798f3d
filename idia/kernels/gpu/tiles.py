"""How the work is cut into tiles: a fixed table by kind of GPU, and what tuning found to be better on this one."""

from dataclasses import dataclass
from typing import Final, final

from idia.errors import SettingError

PADDED_NAMES: Final = 256
"""Prepared names are padded to a multiple of this, so that every shipped cut fits them."""

PADDED_DIMS: Final = 64
"""The same of dimensions."""

PADDED_PHOTOS: Final = 256
"""The same of photos."""


@final
@dataclass(frozen=True, slots=True)
class Tiles:
    """How one Triton program works.

    Attributes:
        photos: Rows of a tile; a power of two.
        names: Columns of a tile; a power of two up to 256: so many places fit into the last bits of a value.
        dims: How many dimensions are multiplied at once; a power of two.
        warps: Groups of 32 threads.
        stages: How many pieces of tiles are under way at once.
        has_descriptors: Whether tiles are fetched by the copy engine (compute capability 9.0 and later).
        per_multiprocessor: Programs that share a multiprocessor; each takes job after job.
    """

    photos: int = 128
    names: int = 256
    dims: int = 64
    warps: int = 8
    stages: int = 4
    has_descriptors: bool = True
    per_multiprocessor: int = 1

    def __post_init__(self) -> None:
        limits = {"photos": PADDED_PHOTOS, "names": PADDED_NAMES, "dims": PADDED_DIMS}
        for side, limit in limits.items():
            size = getattr(self, side)
            if not 16 <= size <= limit or size & (size - 1):
                raise SettingError(f"a tile needs a power of two of {side} from 16 to {limit}, got {size}.")

    def __str__(self) -> str:
        engine = ", descriptors" if self.has_descriptors else ""
        return (
            f"{self.photos}x{self.names}x{self.dims}, {self.warps} warps, {self.stages} stages{engine}, "
            f"{self.per_multiprocessor} per multiprocessor"
        )


_WIDE = Tiles()
_SHARING = Tiles(names=128, stages=3, per_multiprocessor=2)
_PLAIN = Tiles(names=128, stages=3, has_descriptors=False)

SHIPPED: Final[dict[tuple[int, int], tuple[Tiles, ...]]] = {
    (8, 0): (_PLAIN, Tiles(dims=32, has_descriptors=False), Tiles(names=64, stages=4, has_descriptors=False)),
    (8, 6): (_PLAIN, Tiles(names=64, stages=3, has_descriptors=False)),
    (8, 9): (_PLAIN, Tiles(names=64, stages=3, has_descriptors=False)),
    (9, 0): (
        _WIDE,
        _SHARING,
        Tiles(stages=3),
        Tiles(photos=256, names=128),
        Tiles(names=128),
        Tiles(names=128, has_descriptors=False),
    ),
    (10, 0): (Tiles(stages=3), Tiles(names=128)),
    (12, 0): (_PLAIN, Tiles(names=128, dims=32, has_descriptors=False)),
}
"""By compute capability: the default first, then what else tuning tries.

No time was measured for any of them. Each is compiled in advance by the tests, without registers in memory.
"""

_tuned: dict[str, Tiles] = {}


def shipped(capability: tuple[int, int]) -> tuple[Tiles, ...]:
    """Returns the cuts for a compute capability: its own, or those of the latest before it.

    >>> shipped((9, 0))[0].names, shipped((8, 7)) == shipped((8, 6)), shipped((7, 5))
    (256, True, ())
    """
    earlier = [known for known in SHIPPED if known <= capability]
    return SHIPPED[max(earlier)] if earlier else ()


def chosen(device: str, capability: tuple[int, int]) -> Tiles:
    """Returns the cut to use: the tuned one of that device, or the first of the table.

    Args:
        device: Its name, such as `cuda:0`.
        capability: Its compute capability, at least 8.0.
    """
    return _tuned.get(device) or shipped(capability)[0]


def use(device: str, tiles: Tiles | None) -> None:
    """Has a device use a cut from now on in this process; None for that of the table."""
    if tiles is None:
        _tuned.pop(device, None)
    else:
        _tuned[device] = tiles
