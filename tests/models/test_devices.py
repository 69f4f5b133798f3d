import pytest
import torch

from idia.errors import SettingError
from idia.models.devices import device_name, resolve_device


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
