import io
import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from open_clip.model import CLIP, CustomTextCLIP
from safetensors.torch import save_file
from torch import Tensor, nn

from idia.errors import ModelError
from idia.models.checkpoints import load_state, read_checkpoint, state_sha256

STATE = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2), "scale": torch.tensor(4.0)}


class Hostile:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.path),))


def same(left: dict[str, Tensor], right: dict[str, Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize(
    "content",
    [
        STATE,
        OrderedDict(STATE),
        {"state_dict": STATE, "epoch": 3, "optimizer": {"lr": 0.1}},
        {f"module.{name}": tensor for name, tensor in STATE.items()},
        {"state_dict": {f"module.{name}": tensor for name, tensor in STATE.items()}, "name": "run"},
    ],
    ids=["bare", "ordered", "training", "distributed", "distributed training"],
)
@pytest.mark.parametrize("is_zip", [True, False])
def test_state_dicts_are_read_as_open_clip_saves_them(tmp_path: Path, content: Any, is_zip: bool) -> None:
    torch.save(content, tmp_path / "x.pt", _use_new_zipfile_serialization=is_zip)

    assert same(STATE, read_checkpoint(tmp_path / "x.pt"))


def test_safetensors_are_read(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / "x.safetensors")

    assert same(STATE, read_checkpoint(tmp_path / "x.safetensors"))


@pytest.mark.parametrize("way", ["zip", "older", "pickle 2", "pickle 4", "pickle 5"])
def test_code_in_a_checkpoint_is_named_and_does_not_run(tmp_path: Path, way: str) -> None:
    path, harm = tmp_path / "x.pt", tmp_path / "harm"
    content = {"state_dict": STATE, "extra": Hostile(harm)}
    if way.startswith("pickle"):
        path.write_bytes(pickle.dumps(Hostile(harm), protocol=int(way[-1])))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=way == "zip")

    with pytest.raises(ModelError, match=r"carries code.*mkdir.*convert it(.|\n)*save_file") as caught:
        read_checkpoint(path)

    assert not harm.exists()
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_pickled_object_is_refused_by_name(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 2), tmp_path / "model.pt")
    torch.save({**STATE, "loss": np.float64(1)}, tmp_path / "scalar.pt")

    with pytest.raises(ModelError, match=r"asks for torch\.nn\.modules\.linear\.Linear"):
        read_checkpoint(tmp_path / "model.pt")
    with pytest.raises(ModelError, match=r"asks for numpy.*scalar"):
        read_checkpoint(tmp_path / "scalar.pt")


@pytest.mark.filterwarnings("ignore:`torch.jit:FutureWarning", "ignore:`torch.jit:DeprecationWarning")
def test_a_torchscript_archive_is_refused_with_the_way_to_convert_it(tmp_path: Path) -> None:
    trace: Any = torch.jit.trace  # without types
    torch.jit.save(trace(nn.Linear(2, 2), torch.ones(1, 2)), tmp_path / "x.pt")

    with pytest.raises(ModelError, match=r"TorchScript(.|\n)*torch\.jit\.load"):
        read_checkpoint(tmp_path / "x.pt")


def _cut(content: Any, *, is_zip: bool) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=is_zip)
    return buffer.getvalue()[: len(buffer.getvalue()) // 2]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.pt", b"", "is empty"),
        ("x.safetensors", b"", "is empty"),
        ("x.pt", b"  <!DOCTYPE html><html>404</html>", "web page"),
        ("x.safetensors", b"<html>404</html>", "web page"),
        ("x.bin", b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
        ("x.pt", b"some words", "no readable checkpoint"),
        ("x.pt", b"\x80\x02garbage", "damaged"),
        ("x.pt", b"PK\x03\x04garbage", "damaged"),
        ("x.pt", _cut(STATE, is_zip=True), "damaged"),
        ("x.pt", _cut(STATE, is_zip=False), "damaged"),
        ("x.safetensors", b"\xff" * 64, "damaged"),
        ("x.safetensors", (10**6).to_bytes(8, "little") + b'{"a":', "damaged"),
    ],
)
def test_a_damaged_file_is_one_clear_error(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ModelError, match=words):
        read_checkpoint(tmp_path / name)


def test_a_zip_of_something_else_is_no_checkpoint(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.pt", "w") as archive:
        archive.writestr("hello.txt", "hello")

    with pytest.raises(ModelError, match="no readable checkpoint"):
        read_checkpoint(tmp_path / "x.pt")


def test_an_absent_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such checkpoint"):
        read_checkpoint(tmp_path / "absent.pt")
    with pytest.raises(ModelError, match="is a folder"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([torch.ones(2)], "holds a list"),
        ({}, "it holds nothing"),
        ({"epoch": 3, "model": STATE}, "also holds epoch, model"),
        ({"state_dict": {"a": torch.ones(1), "b": 3}}, "also holds b"),
    ],
)
def test_what_is_no_state_dict_is_refused(tmp_path: Path, content: Any, words: str) -> None:
    torch.save(content, tmp_path / "x.pt")

    with pytest.raises(ModelError, match=words):
        read_checkpoint(tmp_path / "x.pt")


def test_every_parameter_comes_from_the_checkpoint(tiny_config: dict[str, Any]) -> None:
    left, right = CLIP(**tiny_config), CLIP(**tiny_config)

    load_state(right, left.state_dict(), source="x.pt", architecture="Tiny")

    assert same(left.state_dict(), right.state_dict())


def test_another_architecture_is_an_error_that_names_differences(tiny_config: dict[str, Any]) -> None:
    state = CLIP(**tiny_config).state_dict()
    del state["ln_final.bias"]
    state["visual.more"] = torch.ones(1)
    state["visual.proj"] = torch.ones(3, 3)

    with pytest.raises(
        ModelError,
        match=r"x\.pt does not hold the weights of Tiny: other shapes: visual\.proj \[3, 3\] instead of \[32, 16\]; "
        r"missing: ln_final\.bias; not expected: visual\.more\.",
    ):
        load_state(CLIP(**tiny_config), state, source="x.pt", architecture="Tiny")


def test_many_differences_are_counted_not_listed(tiny_config: dict[str, Any]) -> None:
    other = {f"layer.{number}": torch.ones(1) for number in range(100)}

    with pytest.raises(ModelError, match=r"missing: (\S+, ){2}\S+ and \d+ more; not expected: .* and 97 more"):
        load_state(CLIP(**tiny_config), other, source="x.pt", architecture="Tiny")


@pytest.mark.parametrize("tower", ["vision_cfg", "text_cfg"])
def test_position_embeddings_are_never_resampled(tiny_config: dict[str, Any], tower: str) -> None:
    smaller = CLIP(**tiny_config).state_dict()
    tiny_config[tower]["image_size" if tower == "vision_cfg" else "context_length"] = 64

    with pytest.raises(ModelError, match=r"other shapes: \S*positional_embedding"):
        load_state(CLIP(**tiny_config), smaller, source="x.pt", architecture="Tiny")


def test_older_layouts_of_open_clip_are_understood(tiny_config: dict[str, Any]) -> None:
    older = CLIP(**tiny_config).state_dict()
    newer = CustomTextCLIP(**tiny_config)
    older["logit_scale"] = older["logit_scale"].reshape(1)
    older["context_length"] = torch.tensor(12)

    load_state(newer, older, source="x.pt", architecture="Tiny")

    assert torch.equal(older["positional_embedding"], newer.state_dict()["text.positional_embedding"])


def test_the_fingerprint_is_of_the_numbers_not_of_how_they_are_stored() -> None:
    half = {"b": torch.ones(2, 2, dtype=torch.float16), "a": torch.tensor(3)}
    single = {"a": torch.tensor(3), "b": torch.ones(2, 2)}

    assert state_sha256(half) == state_sha256(single)
    assert state_sha256({"b": torch.ones(3, 2).T}) == state_sha256({"b": torch.ones(2, 3)})


def test_the_fingerprint_never_changes() -> None:
    assert state_sha256(STATE) == "6e80782c473e149d447c5d3e1aae5f74f4074e627c441d643f1ace0947baccbf"


@pytest.mark.parametrize(
    "other",
    [
        {"a": torch.ones(2, 3)},
        {"b": torch.ones(3, 2)},
        {"b": torch.ones(2, 3) + 1e-7},
        {"b": torch.ones(2, 3, dtype=torch.int64)},
        {"b": torch.ones(2, 3), "c": torch.ones(0)},
    ],
)
def test_other_names_shapes_types_or_numbers_have_another_fingerprint(other: dict[str, Tensor]) -> None:
    assert state_sha256({"b": torch.ones(2, 3)}) != state_sha256(other)
