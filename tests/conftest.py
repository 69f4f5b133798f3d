"""What every test gets: warnings are errors, no setting leaks in, and real photographs where there are some."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from idia.options import OPTIONS

pytest_plugins = ["pytester"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Turns warnings into errors here, but not in benchmarks, which strangers run with other versions of libraries."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("error"), append=False)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for option in OPTIONS:
        monkeypatch.delenv(option.variable, raising=False)


@pytest.fixture
def real_photos() -> Path:
    """The folder of real photographs, names and caption counts; skips the test where there is none."""
    folder = os.environ.get("IDIA_TEST_DATA", "")
    if not folder:
        pytest.skip("IDIA_TEST_DATA names no folder of real photographs")
    return Path(folder)


@pytest.fixture(scope="session")
def quadrants() -> Callable[..., Image.Image]:
    def quadrants(width: int = 40, height: int = 20) -> Image.Image:
        """An upright picture whose four corners have four colours."""
        picture = Image.new("RGB", (width, height), "red")
        picture.paste("lime", (width // 2, 0, width, height // 2))
        picture.paste("blue", (0, height // 2, width // 2, height))
        picture.paste("yellow", (width // 2, height // 2, width, height))
        return picture

    return quadrants


@pytest.fixture(scope="session")
def assert_same() -> Callable[..., None]:
    def assert_same(opened: Image.Image, expected: Image.Image, tolerance: int = 0) -> None:
        assert opened.mode == "RGB"
        assert opened.size == expected.size
        difference = np.asarray(opened, np.int16) - np.asarray(expected.convert("RGB"), np.int16)
        assert np.abs(difference).max() <= tolerance

    return assert_same
