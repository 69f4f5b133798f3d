"""People who do not exist: noisy blots, of one colour and place per person."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from idia.training.photo_training import train_on_photos as train
from idia.training.run import TrainingResult
from idia.training.settings import TrainingSettings

_NAMES = ("Ada Example", "Bo Sample", "Cy Specimen", "Di Instance", "Ed Pattern", "Flo Template")
_SIDE = 48


def _draw(person: int, number: int) -> Image.Image:
    """A photo of a person: the colour and the place of the blot are the person's, the noise is the photo's."""
    noise = np.random.default_rng([person, number]).integers(0, 140, (_SIDE, _SIDE, 3))
    colour, place = np.random.default_rng(person).integers(0, 115, 3), 12 + 2 * (person % 6)
    noise[place : place + 12, 18:30] += colour
    return Image.fromarray(noise.astype(np.uint8))


def _write_people(root: Path, n_photos: Sequence[int]) -> Path:
    """Writes a folder per person with that many photos."""
    for index, count in enumerate(n_photos):
        name = _NAMES[index].replace(" ", "_")
        (root / name).mkdir(parents=True)
        for number in range(count):
            _draw(index, number).save(root / name / f"{name}_{number:04d}.png")
    return root


def _write_filler(root: Path, n_photos: int) -> Path:
    """Writes a flat folder of one photo each of strangers."""
    root.mkdir(parents=True)
    for index in range(n_photos):
        _draw(100 + index, 0).save(root / f"Some_Stranger{chr(97 + index)}_0001.png")
    return root


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    """Tiny models are slower on two threads, and much slower where another process wants the second."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def write_people() -> Callable[[Path, Sequence[int]], Path]:
    """Writes a folder per person, with so many photos each, and returns the folder around them."""
    return _write_people


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of six people with seven photos each, and of ten strangers."""
    root = tmp_path_factory.mktemp("photos")
    return _write_people(root / "people", [7] * 6), _write_filler(root / "others", 10)


@pytest.fixture(scope="session")
def settings() -> TrainingSettings:
    return TrainingSettings(seed=3, steps=12)


@pytest.fixture(scope="session")
def trained(
    sources: tuple[Path, Path], settings: TrainingSettings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, TrainingResult]:
    """A finished run on the six people; read it, do not change it."""
    out = tmp_path_factory.mktemp("runs") / "tiny"
    return out, train(*sources, out, settings, name="tiny model")
