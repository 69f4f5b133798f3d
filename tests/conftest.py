"""What every test gets: warnings are errors, no setting leaks in, and real photographs where there are some."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from idia.options import OPTIONS

pytest_plugins = ["pytester"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Turns warnings into errors here, but not in benchmarks, which strangers run with other versions of libraries.

    What needs a card is left out where there is none, without a word unless it was asked for (`-m cuda`).
    """
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.filterwarnings("error"), append=False)
    on_card = [item for item in ours if item.get_closest_marker("cuda")]
    if not on_card or not (missing := _missing_card()):
        return
    if "cuda" in config.option.markexpr:
        for item in on_card:
            item.add_marker(pytest.mark.skip(reason=missing))
        return
    config.hook.pytest_deselected(items=on_card)
    left_out = set(map(id, on_card))
    items[:] = [item for item in items if id(item) not in left_out]


def _missing_card() -> str:
    """Why no program can run on a GPU here; whether its answers are right is what the tests are for."""
    import torch  # only where there is such a test

    if os.environ.get("TRITON_INTERPRET"):
        return "TRITON_INTERPRET is set: Triton interprets programs"
    if not torch.cuda.is_available() or torch.version.cuda is None:
        return "there is no NVIDIA GPU that torch can use"
    if (capability := torch.cuda.get_device_capability()) < (8, 0):
        return (
            f"compute capability 8.0 is needed, and {torch.cuda.get_device_name()} has {capability[0]}.{capability[1]}"
        )
    return ""


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for option in OPTIONS:
        monkeypatch.delenv(option.variable, raising=False)


@pytest.fixture(scope="session")
def plugins_left_out() -> str:
    """Options of runs of pytest within tests: plugins that have no part in them take a second to import each time."""
    return "-p no:hypothesispytest -p no:jaxtyping -p no:faker"


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, plugins_left_out: str) -> pytest.Pytester:
    """Runs pytest, without plugins that have no part in it.

    It is no worker of the run that it is a test of; pytest-benchmark would take it for one.
    """
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_ADDOPTS", plugins_left_out)
    return pytester


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
