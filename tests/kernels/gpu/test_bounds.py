"""What is certified about values of the quick comparison holds, and is needed."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

pytest.importorskip("triton")

from idia.kernels.gpu import settling, trial
from idia.kernels.gpu.rounding import RoundedNames, round_photos
from idia.kernels.gpu.screening import NO_NAME, Comparison, screen
from idia.kernels.gpu.settling import compare
from idia.kernels.gpu.support import is_interpreted
from idia.kernels.standing import NEAR_TIE
from idia.testing import clip_like_embeddings

_LAST_BITS = 256 * 2.0**-22  # that may be taken from a value for the place of its name


def drawn(kind: str, dim: int) -> tuple[Tensor, Tensor]:
    """Photos and names of some distribution `[photos, dim]`, `[2, names, dim]`."""
    rng = np.random.default_rng(dim)
    if kind == "CLIP":
        return clip_like_embeddings(20, 2, 12, dim)
    images, texts = rng.normal(size=(20, dim)), rng.normal(size=(2, 12, dim))
    if kind == "outliers":
        images[:, 0], texts[:, :, 0] = 40, 60
    if kind == "positive":
        images, texts = abs(images), abs(texts)
    if kind == "sparse":
        images, texts = images**9, texts**9
    if kind == "just between":  # as far from a float16 as can be, and with signs that add up
        images, texts = (
            np.sign(each) * (1 + 2.0**-11) * 2.0 ** rng.integers(-3, 3, each.shape) for each in (images, texts)
        )
        images, texts = np.concatenate([images, -images]), np.concatenate([texts, -texts], axis=1)
    return torch.from_numpy(images).float(), torch.from_numpy(texts).float()


KINDS = ["normal", "outliers", "positive", "sparse", "just between"]
CASES = [("CLIP", 128), *((kind, dim) for kind in KINDS for dim in (2, 40))]


def errors(images: Tensor, texts: Tensor, monkeypatch: pytest.MonkeyPatch) -> Tensor:
    """Errors of the values of all names, in units of what is certified `[prompts, photos, names]`."""
    photos, names = round_photos(images), RoundedNames(texts, keeps_all=True)
    comparison, (block,) = Comparison.of(photos, names), names
    n_names = texts.shape[1]
    offsets = comparison.offsets(block)
    centred = texts.double() - block.rounded.centres.double()[:, None]
    scale = photos.scale * block.rounded.scale * comparison.gain.double()
    exact = 3 + torch.einsum("md,nkd->nmk", images.double(), centred) * scale
    found = []
    for name in range(n_names):
        only = torch.full_like(offsets, NO_NAME)
        only[:, name] = offsets[:, name]
        monkeypatch.setattr(Comparison, "offsets", lambda self, block, only=only: only)
        screened = screen(comparison, block)
        assert (screened.indices == name).all()
        found.append(screened.tops.double())
    values = torch.stack(found, dim=2)
    error = torch.maximum(values - exact, exact - values - _LAST_BITS).clamp(min=0)
    certified = comparison.margins / 2 - NEAR_TIE * scale / 2
    assert (certified > 0).all()
    return error / certified[:, :, None]


@pytest.mark.parametrize(("kind", "dim"), [*CASES, ("normal", 1), ("just between", 1)])
def test_no_value_is_further_off_than_certified(
    kind: str, dim: int, device: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, texts = (each.to(device) for each in drawn(kind, dim))

    assert errors(images, texts, monkeypatch).max() <= 1


def test_what_is_certified_is_not_much_more_than_what_happens(
    device: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the bound a tenth smaller, the test above would fail."""
    images, texts = (each.to(device) for each in drawn("just between", 1))

    assert errors(images, texts, monkeypatch).max() > 0.9


@pytest.mark.parametrize(("kind", "dim"), CASES)
def test_the_best_value_is_as_exact_as_certified(kind: str, dim: int, device: torch.device) -> None:
    images, texts = (each.to(device) for each in drawn(kind, dim))

    assert trial.worst_error(images, texts) <= 1


@pytest.mark.usefixtures("as_shipped")
def test_no_other_name_has_a_larger_value_than_is_said(device: torch.device) -> None:
    """Of numbers that rounding does not change, so that less is certified than a place in a tile takes."""
    generator = torch.Generator().manual_seed(0)
    n_prompts = 8 if is_interpreted() else 40
    numbers = torch.randint(1, 2048, (n_prompts, 60, 1), generator=generator) / 2048
    images, texts = torch.tensor([[1.0], [-1.0]]).to(device), torch.cat([numbers, -numbers], dim=1).to(device)
    photos, names = round_photos(images), RoundedNames(texts, keeps_all=True)
    comparison, (block,) = Comparison.of(photos, names), names
    assert photos.centres.abs().max() == 0
    assert block.rounded.centres.abs().max() < 1e-7

    screened = screen(comparison, block)

    scale = photos.scale * block.rounded.scale * comparison.gain.double()
    exact = 3 + torch.einsum("md,nkd->nmk", images.double(), texts.double()) * scale
    second = exact.topk(2, dim=2).values[:, :, 1]
    certified = comparison.margins / 2 - NEAR_TIE * scale / 2
    assert (screened.rests.double() >= second - certified).all()
    assert (screened.rests.double() <= second + _LAST_BITS + certified).all()


def test_without_margins_answers_would_be_wrong(device: torch.device, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick comparison alone errs, and so would one with a fiftieth of the bound."""
    rng = np.random.default_rng(0)
    images = torch.from_numpy(rng.normal(size=(300, 3))).float().to(device)
    texts = torch.from_numpy(rng.normal(size=(1, 500, 3))).float().to(device)
    exact = torch.einsum("md,nkd->nmk", images.double(), texts.double()).argmax(dim=2)
    names = RoundedNames(texts)
    assert compare(images, names).indices.tolist() == exact.tolist()

    comparison_of = Comparison.of
    monkeypatch.setattr(
        Comparison,
        "of",
        lambda photos, names: replace(made := comparison_of(photos, names), margins=made.margins / 50),
    )

    assert compare(images, names).indices.tolist() != exact.tolist()


@pytest.mark.parametrize(("kept_bits", "is_noticed"), [(24, False), (23, False), (22, True), (18, True)])
def test_the_trial_tells_sums_that_keep_too_little(device: torch.device, kept_bits: int, is_noticed: bool) -> None:
    """As matrix units add up: sixteen products at a time, each cut off below the last bit of the largest."""
    images, texts = trial.swallowed(device)
    comparison = Comparison.of(round_photos(images), RoundedNames(texts))
    numbers = images[0].double().cpu().numpy()
    products, total = numbers * numbers, 0.0
    for start in range(0, len(products), 16):
        terms = np.append(products[start : start + 16], total)
        unit = 2.0 ** (np.frexp(np.abs(terms).max())[1] - kept_bits)
        total = float((np.trunc(terms / unit) * unit).sum())

    lost = (products.sum() - total) * comparison.photos.scale**2 * float(comparison.gain)  # texts are scaled alike

    assert (lost > float(comparison.margins[0, 0]) / 2) == is_noticed


@pytest.fixture
def small_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    if is_interpreted():
        monkeypatch.setattr(trial, "_DIM", 64)
        monkeypatch.setattr(trial, "_MANY_NAMES", 70)  # several tiles there, too


@pytest.mark.usefixtures("small_trial")
def test_the_trial_finds_nothing_wrong(device: torch.device) -> None:
    assert trial.failure(device) == ""


@pytest.mark.usefixtures("small_trial")
def test_the_trial_notices_sums_less_exact_than_assumed(device: torch.device, monkeypatch: pytest.MonkeyPatch) -> None:
    comparison_of = Comparison.of
    monkeypatch.setattr(
        Comparison,
        "of",
        lambda photos, names: replace(made := comparison_of(photos, names), margins=made.margins * 1e-9),
    )

    assert "matrix units are less exact there than assumed (an error of " in trial.failure(device)


@pytest.mark.usefixtures("small_trial")
def test_the_trial_notices_wrong_names(device: torch.device, monkeypatch: pytest.MonkeyPatch) -> None:
    def off_by_one(images: Tensor, names: RoundedNames, *, n_splits: int) -> settling.Settled:
        made = compare(images, names, n_splits=n_splits)
        return replace(made, indices=1 - made.indices)

    monkeypatch.setattr(trial, "compare", off_by_one)

    assert trial.failure(device) == "its programs answer wrongly there"


@pytest.mark.usefixtures("small_trial")
def test_the_trial_reports_whatever_fails(device: torch.device, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*args: object, **kwargs: object) -> None:
        raise RuntimeError("PassManager::run failed\nand much more")

    monkeypatch.setattr(trial, "compare", failing)

    assert trial.failure(device) == "its programs fail there: RuntimeError: PassManager::run failed"
