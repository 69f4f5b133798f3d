"""Which products of a processor are trusted, and what is used instead of the others."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from idia import cosine_argmax
from idia.errors import SettingError
from idia.kernels import cpu, prepare_texts, quantised


def test_products_of_fewer_bits_are_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    images, texts = np.eye(3), np.eye(3)[None]
    assert cosine_argmax(images, texts, impl="cpu").indices.tolist() == [[0], [1], [2]]

    monkeypatch.setattr(cpu, "_multiplies_in_full", lambda: False)
    with pytest.raises(SettingError, match="impl 'cpu' needs"):
        cosine_argmax(images, texts, impl="cpu")
    monkeypatch.setattr(cpu, "compare", lambda *_: pytest.fail("float32 was used"))
    assert cosine_argmax(images, texts).indices.tolist() == [[0], [1], [2]]


@pytest.mark.parametrize("bits", [7, 10])
def test_products_are_tried_before_they_are_trusted(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As bfloat16 and TF32 round."""
    assert cpu._multiplies_in_full()
    exact = torch.Tensor.__matmul__

    def rounded(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return exact((left * 2**bits).round() / 2**bits, right)

    monkeypatch.setattr(torch.Tensor, "__matmul__", rounded)
    assert not cpu._multiplies_in_full()


def test_settings_of_torch_for_other_devices_are_in_nobodys_way() -> None:
    """With torch's newer way of setting precisions its older way of asking for them raises."""
    code = (
        "import numpy as np, torch\n"
        "torch.backends.cuda.matmul.fp32_precision = 'tf32'\n"
        "from idia import cosine_argmax\n"
        "print(cosine_argmax(np.eye(3), np.eye(3)[None]).indices.tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stdout == "[[0], [1], [2]]\n", done.stderr


def test_without_exact_8_bit_products_float32_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = np.random.default_rng(0).normal(size=(1, 100, 64))
    monkeypatch.setattr(quantised, "is_exact", lambda: False)

    assert prepare_texts(texts).backend == "cpu"
    with pytest.raises(SettingError, match="needs a processor with AVX-512 VNNI"):
        prepare_texts(texts, impl="cpu-int8")


def test_8_bit_products_that_are_exact_are_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    def exact(left: torch.Tensor, right: torch.Tensor, *, out: torch.Tensor) -> None:
        out.copy_(left.int() @ right.int())

    monkeypatch.setattr(torch.cpu, "_is_vnni_supported", lambda: True, raising=False)
    monkeypatch.setattr(torch, "_int_mm", exact)

    assert quantised.is_exact.__wrapped__()


@pytest.mark.parametrize("broken", ["wrong", "missing", "unsupported"])
def test_8_bit_products_are_tried_before_they_are_trusted(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def saturating(left: torch.Tensor, right: torch.Tensor, *, out: torch.Tensor) -> None:
        # As processors without VNNI do: unsigned times signed, and every two products added up in 16 bits.
        pairs = (left.int() + 128)[:, None, :] * right.T.int()[None]
        sums = pairs.reshape(*pairs.shape[:2], -1, 2).sum(dim=3).clamp(-(2**15), 2**15 - 1).sum(dim=2)
        out.copy_(sums - 128 * right.T.int().sum(dim=1))

    monkeypatch.setattr(torch.cpu, "_is_vnni_supported", lambda: broken != "unsupported", raising=False)
    if broken == "missing":
        monkeypatch.delattr(torch, "_int_mm")
    else:
        monkeypatch.setattr(torch, "_int_mm", saturating)

    assert not quantised.is_exact.__wrapped__()
