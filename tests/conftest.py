"""What every test gets: warnings are errors, no setting leaks in, and real photographs where there are some."""

import os
from pathlib import Path

import pytest

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
