"""Says what to do where the pytest plugin is missing: without it no benchmark can run."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Ends the run unless this package is installed, which is what registers its plugin."""
    if not config.pluginmanager.has_plugin("idia"):
        raise pytest.UsageError(
            "the pytest plugin of idia is not loaded; run: pip install -e . – and leave out -p no:idia"
        )
