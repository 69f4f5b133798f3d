import json
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch

from idia.errors import ModelError, UnknownModelError
from idia.models.open_clip_sources import Source, find_checkpoint, find_source
from idia.models.specs import parse_spec

pytestmark = pytest.mark.usefixtures("without_network")


def source(text: str) -> Source:
    return find_source(parse_spec(text))


@pytest.mark.parametrize(
    ("text", "trained", "computes", "remedy", "override"),
    [
        (
            "ViT-B-32,laion400m_e32",
            "quickgelu",
            "gelu",
            "ViT-B-32-quickgelu,laion400m_e32",
            "ViT-B-32,laion400m_e32?activation=gelu",
        ),
        ("ViT-L-14,openai", "quickgelu", "gelu", "ViT-L-14-quickgelu,openai", "ViT-L-14,openai?activation=gelu"),
        (
            "ViT-B-32-quickgelu,laion2b_s34b_b79k",
            "gelu",
            "quickgelu",
            "ViT-B-32,laion2b_s34b_b79k",
            "ViT-B-32,laion2b_s34b_b79k?activation=quickgelu",
        ),
        (
            "roberta-ViT-B-32,laion2b_s12b_b32k",
            "gelu",
            "quickgelu",
            "roberta-ViT-B-32,laion2b_s12b_b32k?activation=gelu",
            "roberta-ViT-B-32,laion2b_s12b_b32k?activation=quickgelu",
        ),
    ],
)
def test_an_activation_that_contradicts_the_tag_is_an_error_before_any_download(
    text: str, trained: str, computes: str, remedy: str, override: str
) -> None:
    with pytest.raises(ModelError, match=f"trained with {trained}, but .* computes {computes}") as caught:
        source(text)

    assert f"Load {remedy!r}." in str(caught.value)
    assert repr(override) in str(caught.value)
    assert source(remedy) is not None
    assert computes == source(override).activation


@pytest.mark.parametrize(
    ("text", "activation", "decided_by"),
    [
        ("ViT-B-32-quickgelu,laion400m_e32", "quickgelu", "tag"),
        ("ViT-B-32,laion2b_s34b_b79k", "gelu", "tag"),
        ("ViT-B-32,laion400m_e32?activation=gelu", "gelu", "override"),
        ("ViT-B-32,laion400m_e32?activation=quickgelu", "quickgelu", "override"),
        ("ViT-B-32-quickgelu,laion400m_e32?activation=gelu", "gelu", "override"),
        ("random:ViT-B-32-quickgelu", "quickgelu", "architecture"),
        ("random:ViT-B-32", "gelu", "architecture"),
    ],
)
def test_who_decided_the_activation_is_recorded(text: str, activation: str, decided_by: str) -> None:
    found = source(text)

    assert (activation, decided_by) == (found.activation, found.activation_source)


def test_every_tag_that_open_clip_lists_can_be_asked_for() -> None:
    for architecture, tag in open_clip.list_pretrained():
        trained = "quickgelu" if open_clip.get_pretrained_cfg(architecture, tag).get("quick_gelu") else "gelu"
        try:
            found = source(f"{architecture},{tag}")
        except ModelError as error:
            assert f"trained with {trained}, but" in str(error)  # noqa: PT017
        else:
            assert trained == found.activation
            assert tag == found.training_data


def test_tags_are_spelled_as_loosely_as_in_open_clip() -> None:
    assert source("ViT-B/32-quickgelu,LAION400M-e32").training_data == "laion400m_e32"


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("ViT-B32,openai", "'ViT-B-32'"), ("vit-l-14,openai", "'ViT-L-14'"), ("random:RN5O", "'RN50'")],
)
def test_an_unknown_architecture_is_an_error_with_the_nearest(text: str, nearest: str) -> None:
    with pytest.raises(UnknownModelError, match=f"unknown architecture .* Did you mean .*{nearest}.*list_models"):
        source(text)


def test_an_unknown_tag_is_an_error_with_the_nearest_and_all_there_are() -> None:
    with pytest.raises(UnknownModelError, match=r"Did you mean 'laion400m_e32'.*Tags of ViT-B-32: openai, .*metaclip"):
        source("ViT-B-32,laion400m_e33")


def test_a_tag_of_another_architecture_is_an_error_that_names_it() -> None:
    with pytest.raises(UnknownModelError, match=r"Architectures with such weights: .*ViT-B-16-plus-240"):
        source("RN50,laion400m_e31")


def test_weights_that_look_like_a_file_are_missed_as_a_file() -> None:
    for weights in ("absent.pt", "runs/absent", f"{'x' * 300}.pt"):
        with pytest.raises(ModelError, match="no such checkpoint") as caught:
            source(f"ViT-B-32,{weights}")

        assert not isinstance(caught.value, UnknownModelError)


def test_a_file_may_have_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    found = source("ViT-B-32,mine")

    assert tmp_path / "mine" == found.find_weights()
    assert (found.activation_source, found.training_data) == ("architecture", None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "ViT-B-32-quickgelu,laion400m_e32",
            r"open_clip_model\.safetensors or open_clip_pytorch_model\.bin of .*/timm/vit_base_patch32_clip_224\.la",
        ),
        ("ViTamin-S,datacomp1b", r"pytorch_model\.safetensors or pytorch_model\.bin of .*/jienengchen/ViTamin-S"),
    ],
)
def test_weights_that_are_not_here_are_named_with_the_way_to_get_them(text: str, wanted: str) -> None:
    architecture, tag = text.split(",")

    with pytest.raises(ModelError, match=wanted) as caught:
        source(text).find_weights()

    assert f"create_model_from_pretrained('{architecture}', '{tag}')" in str(caught.value)


def test_a_repository_that_is_not_here_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(
        ModelError, match=r"open_clip_config\.json of .*/org/repo(.|\n)*get_tokenizer\('hf-hub:org/repo'\)"
    ):
        source("hf-hub:org/repo")


def test_a_folder_is_found_from_the_current_one(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny_folder.parent)
    found = source("local-dir:./tiny")

    monkeypatch.chdir("/")
    assert tiny_folder / "open_clip_model.safetensors" == found.find_weights()
    assert (found.activation, found.activation_source) == ("gelu", "config")


def test_the_configuration_of_a_folder_decides_the_activation(tiny_folder: Path, tiny_config: dict[str, Any]) -> None:
    (tiny_folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": {**tiny_config, "quick_gelu": True}}))

    assert source(f"local-dir:{tiny_folder}").activation == "quickgelu"
    assert source(f"local-dir:{tiny_folder}?activation=gelu").activation == "gelu"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ("\xff", "no open_clip configuration|cannot be read"),
        ("[]", "is no open_clip configuration"),
        ('{"embed_dim": 16}', "is no open_clip configuration"),
        ('{"model_cfg": {"embed_dim": "16", "vision_cfg": {}, "text_cfg": {}}}', "is no open_clip configuration"),
        ('{"model_cfg": {"embed_dim": 16, "vision_cfg": [], "text_cfg": {}}}', "is no open_clip configuration"),
    ],
)
def test_a_configuration_that_is_none_is_refused(tiny_folder: Path, content: str, words: str) -> None:
    (tiny_folder / "open_clip_config.json").write_text(content)

    with pytest.raises(ModelError, match=words):
        source(f"local-dir:{tiny_folder}")


def test_a_folder_without_configuration_or_no_folder_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"expected an open_clip configuration at .*found none"):
        source(f"local-dir:{tmp_path}")
    with pytest.raises(ModelError, match="no such folder"):
        source(f"local-dir:{tmp_path / 'absent'}")
    with pytest.raises(ModelError, match="no such folder"):
        source(f"local-dir:{'x' * 300}")


def test_of_several_checkpoints_the_one_with_open_clips_name_is_taken(tmp_path: Path) -> None:
    for name in ("model.pth", "open_clip_model.safetensors", "epoch_1.pt"):
        torch.save({}, tmp_path / name)

    assert tmp_path / "open_clip_model.safetensors" == find_checkpoint(tmp_path)


def test_a_folder_without_one_obvious_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"expected the weights open_clip_model\.safetensors in .*found no file"):
        find_checkpoint(tmp_path)
    (tmp_path / "epoch_1.pt").touch()
    assert tmp_path / "epoch_1.pt" == find_checkpoint(tmp_path)
    (tmp_path / "epoch_2.pt").touch()
    with pytest.raises(ModelError, match=r"found epoch_1\.pt, epoch_2\.pt"):
        find_checkpoint(tmp_path)


def test_a_configuration_is_called_by_its_architecture_if_it_has_one(tiny_folder: Path) -> None:
    config = {"model_cfg": open_clip.get_model_config("ViT-B-32")}

    assert source(f"local-dir:{tiny_folder}").architecture.startswith("local-dir (config ")
    (tiny_folder / "open_clip_config.json").write_text(json.dumps(config))
    assert source(f"local-dir:{tiny_folder}").architecture == "ViT-B-32"
