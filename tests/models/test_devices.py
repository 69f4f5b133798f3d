from types import SimpleNamespace

import pytest
import torch
from torch import nn

from idia.errors import SettingError
from idia.models.devices import device_name, device_of, place, resolve_device, torch_threads


def test_the_cpu_is_always_there() -> None:
    assert torch.device("cpu") == resolve_device("cpu")
    assert device_name("cpu").startswith("cpu")


def test_auto_takes_a_gpu_if_there_is_one() -> None:
    expected = "cuda" if torch.cuda.is_available() else "cpu"

    assert expected == resolve_device("auto").type


@pytest.mark.parametrize("device", ["cuda:99", "tpu", "", "meta", "cpu:1", "CPU "])
def test_an_absent_device_is_an_error_that_lists_those_there_are(device: str) -> None:
    with pytest.raises(SettingError, match="Expected auto, cpu"):
        resolve_device(device)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_goes_by_the_name_of_its_maker() -> None:
    assert torch.cuda.get_device_name(0) == device_name("cuda:0")


@pytest.mark.parametrize("said", ["cuda:1", torch.device("cuda:1")], ids=["name", "device"])
def test_a_model_may_say_where_it_runs(said: object) -> None:
    assert torch.device("cuda:1") == device_of(SimpleNamespace(device=said))


@pytest.mark.parametrize("said", [{}, {"device": None}, {"device": 1}, {"device": "nowhere"}], ids=repr)
def test_a_model_that_does_not_say_where_it_runs_counts_as_on_the_cpu(said: dict[str, object]) -> None:
    assert torch.device("cpu") == device_of(SimpleNamespace(**said))


def _laid_out(network: nn.Module) -> list[bool]:
    place(network, torch.device("cpu"))
    return [
        module.weight.is_contiguous(memory_format=torch.channels_last) and not module.weight.is_contiguous()
        for module in network.modules()
        if isinstance(module, nn.Conv2d)
    ]


def test_a_row_of_plain_convolutions_has_its_channels_last_and_computes_the_same() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3)).eval()
        pictures = torch.randn(2, 3, 16, 16)
    with torch.inference_mode():
        before = network(pictures)
        state = {name: tensor.clone() for name, tensor in network.state_dict().items()}

        assert _laid_out(network) == [True, True]
        assert torch.allclose(before, network(pictures), atol=1e-6)
    assert all(torch.equal(state[name], tensor) for name, tensor in network.state_dict().items())


@pytest.mark.parametrize(
    "network",
    [
        nn.Sequential(nn.Conv2d(3, 8, 4, 4), nn.Flatten(2), nn.Linear(16, 8)),
        nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3, groups=8)),
        nn.Linear(3, 3),
    ],
    ids=["transformer", "depthwise", "none"],
)
def test_where_it_would_not_help_weights_lie_as_before(network: nn.Module) -> None:
    assert not any(_laid_out(network))


def test_torch_computes_on_so_many_threads_for_a_while() -> None:
    before = torch.get_num_threads()

    with torch_threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
