"""Where the programs run, who says so where they do not, and how work is cut."""

import sys
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import pytest
import torch

from idia.errors import SettingError
from idia.kernels import compared, cosine_argmax, prepare_texts
from idia.kernels.gpu import support, tiles
from idia.kernels.gpu.support import unusable
from idia.kernels.gpu.tiles import PADDED_DIMS, PADDED_NAMES, PADDED_PHOTOS, SHIPPED, Tiles, chosen, shipped, use

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.fixture(autouse=True)
def _an_installation_without_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support, "find_spec", lambda name: object())
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(support, "_verdicts", {})


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    """One card of compute capability 9.0, on which nothing was tried yet."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA H100")


def test_triton_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support, "find_spec", lambda name: None)

    assert unusable(CUDA) == "Triton is not installed: pip install triton (Linux; elsewhere there is none)"


@pytest.mark.parametrize("place", ["cpu", "cuda", "cuda:0", "meta"])
def test_there_may_be_no_card(place: str) -> None:
    assert unusable(torch.device(place)) == "it runs on NVIDIA GPUs, and torch finds none here"


def test_torch_may_have_been_built_without_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)

    assert unusable(CUDA).endswith(f"torch finds none here (torch {torch.__version__} was built without CUDA)")


@pytest.mark.usefixtures("card")
def test_torch_may_have_been_built_for_other_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)

    assert unusable(CUDA) == f"it runs on NVIDIA GPUs, and torch {torch.__version__} was built for others"


@pytest.mark.usefixtures("card")
def test_embeddings_may_not_be_on_the_card() -> None:
    assert unusable(CPU) == 'it runs on NVIDIA GPUs, and the embeddings are on cpu: move them there with .to("cuda")'


@pytest.mark.parametrize("place", ["cpu", "cuda:1"])
def test_programs_are_launched_where_embeddings_are(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made_current: list[torch.device] = []

    def make_current(device: torch.device) -> AbstractContextManager[None]:
        made_current.append(device)
        return nullcontext()

    monkeypatch.setattr(torch.cuda, "device", make_current)

    with support.launching_on(torch.device(place)):
        assert made_current == [torch.device(place)] * (place != "cpu")


@pytest.mark.usefixtures("card")
def test_there_may_be_no_such_card() -> None:
    assert unusable(torch.device("cuda:3")) == "there is no device cuda:3"


@pytest.mark.usefixtures("card")
def test_a_card_may_be_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 5))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Tesla T4")

    assert unusable(CUDA) == "it needs compute capability 8.0 or later, and Tesla T4 has 7.5"


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize("said", ["", "its programs answer wrongly there"])
def test_a_card_is_tried_once(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("triton")
    from idia.kernels.gpu import trial

    tried: list[torch.device] = []

    def failure(device: torch.device) -> str:
        tried.append(device)
        return said

    monkeypatch.setattr(trial, "failure", failure)

    assert [unusable(CUDA), unusable(torch.device("cuda:0"))] == [said, said]
    assert tried == [torch.device("cuda:0")]


def test_the_interpreter_runs_on_the_cpu_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_INTERPRET", "1")

    assert unusable(CPU) == ""
    assert unusable(CUDA) == "TRITON_INTERPRET is set, and embeddings are on cuda: unset it"


@pytest.mark.parametrize(
    ("value", "is_interpreted"), [("1", True), ("True", True), ("on", True), ("0", False), ("", False), ("off", False)]
)
def test_the_setting_is_read_as_triton_reads_it(
    value: str, is_interpreted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRITON_INTERPRET", value)

    assert support.is_interpreted() is is_interpreted
    if "triton" in sys.modules:
        knobs = pytest.importorskip("triton.knobs")
        assert bool(knobs.runtime.interpret) is is_interpreted


@pytest.mark.parametrize("call", [cosine_argmax, compared])
def test_who_asks_for_the_programs_hears_what_is_missing(call) -> None:  # type: ignore[no-untyped-def]  # either
    with pytest.raises(SettingError, match="impl 'triton' cannot be used: it runs on NVIDIA GPUs, and torch finds"):
        call(np.eye(2), np.eye(2)[None], impl="triton")


def test_nobody_else_gets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "triton" not in {prepare_texts(torch.rand(2, n, n)).backend for n in (3, 40)}

    monkeypatch.setenv("TRITON_INTERPRET", "1")
    assert prepare_texts(torch.rand(2, 40, 40)).backend != "triton"


@pytest.mark.parametrize(
    ("vectors", "is_applicable"),
    [
        (torch.zeros(2, 3), True),
        (torch.zeros(0, 3), True),
        (torch.zeros(2, 0), False),
        (torch.full((2, 4), 4e14, dtype=torch.float64), True),
        (torch.full((2, 4), -6e14, dtype=torch.float64), False),
        (torch.full((2, 4), 1e-19, dtype=torch.float64), True),
        (torch.full((2, 4), -1e-21, dtype=torch.float64), False),
        (torch.ones(1, 1 << 16), True),
        (torch.ones(1, (1 << 16) + 1), False),
    ],
    ids=["zeros", "none", "no length", "long", "too long", "short", "too short", "dimensions", "too many dimensions"],
)
def test_bounds_hold_within_limits(vectors: torch.Tensor, is_applicable: bool) -> None:
    assert support.is_applicable(vectors) is is_applicable


@pytest.mark.parametrize(
    ("capability", "same_as"), [((8, 7), (8, 6)), ((9, 0), (9, 0)), ((10, 3), (10, 0)), ((13, 0), (12, 0))]
)
def test_cards_between_two_work_as_the_earlier(capability: tuple[int, int], same_as: tuple[int, int]) -> None:
    assert shipped(capability) == SHIPPED[same_as]


def test_a_cut_may_be_replaced_for_one_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "_tuned", {})
    other = Tiles(names=64)

    use("cuda:1", other)
    assert chosen("cuda:1", (9, 0)) == other
    assert chosen("cuda:0", (9, 0)) == SHIPPED[9, 0][0]
    use("cuda:1", None)
    use("cuda:1", None)
    assert chosen("cuda:1", (9, 0)) == SHIPPED[9, 0][0]


@pytest.mark.parametrize("each", sorted({each for cuts in SHIPPED.values() for each in cuts}, key=str), ids=str)
def test_every_shipped_cut_fits_what_is_padded(each: Tiles) -> None:
    for size, padded in ((each.photos, PADDED_PHOTOS), (each.names, PADDED_NAMES), (each.dims, PADDED_DIMS)):
        assert size.bit_count() == 1
        assert padded % size == 0


def test_no_cut_is_shipped_twice_for_one_card() -> None:
    assert all(len(set(cuts)) == len(cuts) for cuts in SHIPPED.values())
    assert not any(
        each.has_descriptors for capability in SHIPPED if capability < (9, 0) for each in SHIPPED[capability]
    )


@pytest.mark.usefixtures("card")
def test_a_trial_that_lacked_memory_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("triton")
    from idia.kernels.gpu import trial

    tried: list[torch.device] = []

    def failure(device: torch.device) -> str:
        tried.append(device)
        if len(tried) == 1:
            raise torch.OutOfMemoryError("none left")
        return ""

    monkeypatch.setattr(trial, "failure", failure)

    assert unusable(CUDA) == "cuda:0 has too little memory left to try it"
    assert [unusable(CUDA), unusable(CUDA)] == ["", ""]


@pytest.mark.usefixtures("card")
def test_triton_that_cannot_be_imported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "idia.kernels.gpu.trial", None)

    assert unusable(CUDA).startswith("Triton cannot be imported: ")


def test_something_else_in_the_place_of_triton_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_spec(name: str) -> None:
        raise ValueError(f"{name}.__spec__ is None")

    monkeypatch.setattr(support, "find_spec", find_spec)

    assert unusable(CUDA).startswith("Triton is not installed")


def test_more_prompts_than_a_launch_can_have_are_not_compared() -> None:
    assert support.is_applicable(torch.ones(65_535, 1, 1))
    assert not support.is_applicable(torch.ones(65_536, 1, 1))


@pytest.mark.parametrize("sides", [{"photos": 512}, {"names": 96}, {"dims": 128}, {"dims": 8}], ids=str)
def test_a_cut_that_padding_does_not_fit_is_refused(sides: dict[str, int]) -> None:
    with pytest.raises(SettingError, match=r"a tile needs a power of two of \w+ from 16 to \d+, got \d+"):
        Tiles(**sides)  # type: ignore[arg-type]  # only sides
