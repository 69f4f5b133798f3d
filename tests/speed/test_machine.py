import builtins
from typing import Any

import pytest
import torch

from idia.speed.machine import blas_core, code_words, installed_version, library_words, machine_words, threads


def test_words_about_the_machine() -> None:
    assert machine_words().split(", ")[-1].endswith(("core", "cores"))
    assert library_words(["torch", "no-such-library"]).startswith("Python 3.")
    assert f"torch {torch.__version__.partition('+')[0]}" in library_words(["torch", "no-such-library"])
    assert "no-such" not in library_words(["no-such-library"])
    assert code_words().startswith("idia ")
    assert installed_version("no-such-library") is None


def test_threads_are_limited_for_a_while() -> None:
    before = torch.get_num_threads()
    with threads(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_without_threadpoolctl_the_core_is_unknown_and_threads_are_limited_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    really = builtins.__import__

    def without(name: str, *arguments: Any, **keywords: Any) -> Any:
        if name == "threadpoolctl":
            raise ImportError(name)
        return really(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)

    assert blas_core("numpy") is None
    with threads(1):
        assert torch.get_num_threads() == 1


def test_the_core_of_a_library_that_is_not_loaded_is_unknown() -> None:
    assert blas_core("no such library") is None
