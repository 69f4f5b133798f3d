import sys

import pytest
import torch

from idia.speed.machine import blas_core, code_words, installed_version, library_words, machine_words


def test_words_about_the_machine() -> None:
    assert machine_words().split(", ")[-1].endswith(("core", "cores"))
    assert library_words(["torch", "no-such-library"]).startswith("Python 3.")
    assert f"torch {torch.__version__.partition('+')[0]}" in library_words(["torch", "no-such-library"])
    assert "no-such" not in library_words(["no-such-library"])
    assert code_words().startswith("idia ")
    assert installed_version("no-such-library") is None


def test_without_threadpoolctl_the_core_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)

    assert blas_core("numpy") is None


def test_the_core_of_a_library_that_is_not_loaded_is_unknown() -> None:
    assert blas_core("no such library") is None
