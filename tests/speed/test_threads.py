import sys
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from idia.speed.threads import threads


def fail() -> None:
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
def two_threads_before() -> Any:
    really = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(really)


@pytest.fixture
def faiss(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What a library that stands in for faiss was told last."""
    told = [7]
    library = SimpleNamespace(omp_get_max_threads=lambda: told[-1], omp_set_num_threads=told.append)
    monkeypatch.setitem(sys.modules, "faiss", library)
    return told


def blas_threads() -> list[int]:
    threadpoolctl = pytest.importorskip("threadpoolctl")
    return [each["num_threads"] for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas"]


def test_threads_are_limited_for_a_while(faiss: list[int]) -> None:
    with threads(1):
        assert torch.get_num_threads() == 1
        assert faiss == [7, 1]
        assert set(blas_threads()) <= {1}
    assert torch.get_num_threads() == 2
    assert faiss == [7, 1, 7]


def test_an_error_inside_leaves_them_as_they_were(faiss: list[int]) -> None:
    before = blas_threads()
    with pytest.raises(ZeroDivisionError), threads(1):
        fail()
    assert torch.get_num_threads() == 2
    assert faiss == [7, 1, 7]
    assert blas_threads() == before


def test_without_threadpoolctl_the_rest_is_limited_and_an_error_has_no_other_cause(
    faiss: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with threads(1):
        assert (torch.get_num_threads(), faiss[-1]) == (1, 1)
    with pytest.raises(ZeroDivisionError) as raised, threads(1):
        fail()
    assert raised.value.__context__ is None
    assert (torch.get_num_threads(), faiss[-1]) == (2, 7)


def test_without_faiss_nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "faiss", raising=False)
    with threads(1):
        assert torch.get_num_threads() == 1
    assert "faiss" not in sys.modules
