"""Models of open_clip as they are loaded, and the embeddings they give."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from idia.errors import ModelError
from idia.models import Model, ModelInfo
from idia.models.checkpoints import state_sha256
from idia.models.open_clip import OpenClipModel, load_open_clip
from idia.models.specs import parse_spec

if TYPE_CHECKING:
    from tests.models.conftest import Load


pytestmark = pytest.mark.usefixtures("without_network")

TEXTS = ["a photo of Ada Example", "", "pho " * 50, "the face of Grete Muster", "ÄÖÜ 🙂"]


def test_a_folder_gives_the_embeddings_that_open_clip_gives(
    tiny_folder: Path, pictures: list[Image.Image], load: "Load"
) -> None:
    ours = load(f"local-dir:{tiny_folder}")
    theirs, transform = open_clip.create_model_from_pretrained(f"local-dir:{tiny_folder}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:{tiny_folder}", bpe_path=str(tiny_folder / "merges.txt.gz"))
    theirs.eval()

    with torch.no_grad():
        images = theirs.encode_image(torch.stack([transform(picture) for picture in pictures]), normalize=True)
        texts = theirs.encode_text(tokenizer(TEXTS), normalize=True)
    torch.testing.assert_close(images, ours.encode_images(pictures), atol=1e-6, rtol=0)
    torch.testing.assert_close(texts, ours.encode_texts(TEXTS), atol=1e-6, rtol=0)


@pytest.mark.parametrize("activation", ["gelu", "quickgelu"])
def test_an_override_computes_what_open_clip_computes_with_it(
    tagged: None, checkpoint: Path, pictures: list[Image.Image], activation: str, load: "Load"
) -> None:
    architecture = "Tiny-32-quickgelu" if activation == "quickgelu" else "Tiny-32"
    theirs, transform = open_clip.create_model_from_pretrained(architecture, str(checkpoint))
    ours = load(f"Tiny-32,{checkpoint}?activation={activation}")

    with torch.no_grad():
        images = theirs.eval().encode_image(torch.stack([transform(picture) for picture in pictures]), normalize=True)
    torch.testing.assert_close(images, ours.encode_images(pictures), atol=1e-6, rtol=0)
    assert (activation, "override") == (ours.info.activation, ours.info.activation_source)


def test_activations_differ(tagged: None, pictures: list[Image.Image], load: "Load") -> None:
    right, wrong = load("Tiny-32-quickgelu,quick_data"), load("Tiny-32,quick_data?activation=gelu")

    assert not torch.allclose(right.encode_images(pictures), wrong.encode_images(pictures), atol=1e-4)
    assert right.info.weights_sha256 == wrong.info.weights_sha256
    assert right.info.name != wrong.info.name


def test_everything_about_a_model_is_recorded(tiny_folder: Path, load: "Load") -> None:
    weights = load_file(tiny_folder / "open_clip_model.safetensors")
    info = load(f"local-dir:{tiny_folder}").info

    assert isinstance(info, ModelInfo)
    assert info.spec == f"local-dir:{tiny_folder}"
    assert info.name == "tiny"
    assert info.library == f"open_clip {open_clip.__version__}"
    assert info.weights_sha256 == state_sha256(weights)
    assert info.parameters == sum(tensor.numel() for tensor in weights.values())
    assert (info.activation, info.activation_source, info.precision) == ("gelu", "config", "fp32")
    assert (info.embedding_dim, info.training_data, info.licence, info.is_random) == (16, None, None, False)
    assert {len(info.preprocess_sha256), len(info.tokenizer_sha256)} == {64}


def test_a_tag_brings_its_preprocessing_and_training_data(tagged: None, load: "Load") -> None:
    quick, plain = load("Tiny-32-quickgelu,quick_data"), load("Tiny-32,plain_data")

    assert (quick.info.training_data, plain.info.training_data) == ("quick_data", "plain_data")
    assert (quick.info.activation, plain.info.activation) == ("quickgelu", "gelu")
    assert (quick.info.activation_source, plain.info.activation_source) == ("tag", "tag")
    assert quick.info.preprocess_sha256 != plain.info.preprocess_sha256
    assert quick.info.architecture == "Tiny-32-quickgelu"


def test_preprocessing_follows_the_configuration(
    tmp_path: Path, write_folder: Callable[..., Path], pictures: list[Image.Image], load: "Load"
) -> None:
    plain = load(f"local-dir:{write_folder(tmp_path / 'a')}")
    settings = {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bilinear", "resize_mode": "squash", "size": 99}
    other = load(f"local-dir:{write_folder(tmp_path / 'b', preprocess_cfg=settings)}")

    assert plain.info.weights_sha256 == other.info.weights_sha256
    assert plain.info.preprocess_sha256 != other.info.preprocess_sha256
    assert not torch.allclose(plain.encode_images(pictures), other.encode_images(pictures), atol=1e-3)


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_embeddings_do_not_depend_on_the_batches(
    tiny_folder: Path, pictures: list[Image.Image], size: int, load: "Load"
) -> None:
    whole = load(f"local-dir:{tiny_folder}")
    parts = load(f"local-dir:{tiny_folder}", image_batch=size, text_batch=size)

    torch.testing.assert_close(whole.encode_images(pictures), parts.encode_images(pictures), atol=1e-6, rtol=0)
    torch.testing.assert_close(whole.encode_texts(TEXTS), parts.encode_texts(TEXTS), atol=1e-6, rtol=0)


def test_embeddings_are_ordinary_unit_float32_on_the_cpu(
    tiny_folder: Path, pictures: list[Image.Image], load: "Load"
) -> None:
    model = load(f"local-dir:{tiny_folder}")

    assert isinstance(model, Model)
    for embeddings in (model.encode_images(pictures), model.encode_texts(TEXTS)):
        assert embeddings.dtype == torch.float32
        assert embeddings.device.type == "cpu"
        assert not embeddings.requires_grad
        assert not embeddings.is_inference()
        torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(len(embeddings)), atol=1e-6, rtol=0)


def test_nothing_has_no_embeddings(tiny_folder: Path, load: "Load") -> None:
    model = load(f"local-dir:{tiny_folder}")

    assert model.encode_images([]).shape == (0, 16)
    assert model.encode_texts([]).shape == (0, 16)


class Onlooker(torch.nn.Module):
    """A network that notes how many pictures were taken from a stream since its last pass."""

    def __init__(self, waiting: list[int]) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))
        self.waiting = waiting
        self.taken: list[int] = []

    def encode_image(self, pixels: torch.Tensor, *, normalize: bool) -> torch.Tensor:
        self.taken.append(len(self.waiting))
        self.waiting.clear()
        return torch.ones(len(pixels), 16)


def test_pictures_are_consumed_a_batch_at_a_time(tiny_folder: Path, pictures: list[Image.Image], load: "Load") -> None:
    waiting: list[int] = []
    network = Onlooker(waiting)
    info = load(f"local-dir:{tiny_folder}").info
    info = replace(info, parameters=10**9)  # so large that nothing is done side by side
    model = OpenClipModel(network, lambda _: torch.ones(3, 2, 2), lambda _: torch.ones(1), info, image_batch=2)

    def stream() -> Iterator[Image.Image]:
        for number, picture in enumerate(pictures):
            waiting.append(number)
            yield picture

    model.encode_images(stream())

    assert network.taken == [2, 2, 2, 1]


def test_pictures_of_any_mode_are_seen_in_colour(tiny_folder: Path, pictures: list[Image.Image], load: "Load") -> None:
    model = load(f"local-dir:{tiny_folder}")
    grey = pictures[1].convert("L")

    expected = model.encode_images([grey.convert("RGB")])
    torch.testing.assert_close(expected, model.encode_images([grey]), atol=1e-6, rtol=0)
    torch.testing.assert_close(expected, model.encode_images([grey.convert("P")]), atol=1e-6, rtol=0)


def test_a_control_has_random_weights_that_its_seed_decides(tmp_path: Path, tiny_folder: Path, load: "Load") -> None:
    trained = load(f"local-dir:{tiny_folder}").info
    first, again = load(f"random:local-dir:{tiny_folder}@3").info, load(f"random:local-dir:{tiny_folder}@3").info
    other, default = load(f"random:local-dir:{tiny_folder}@4").info, load(f"random:local-dir:{tiny_folder}").info

    assert first == again
    assert first.is_random
    assert len({info.weights_sha256 for info in (trained, first, other, default)}) == 4
    assert trained.parameters == first.parameters
    assert (first.name, default.name) == ("random:tiny@3", "random:tiny")


def test_a_control_needs_no_weights(tiny_folder: Path, listed: None, load: "Load") -> None:
    (tiny_folder / "open_clip_model.safetensors").unlink()

    assert load(f"random:local-dir:{tiny_folder}").info.is_random
    assert load("random:Tiny-32").info.name == "random:Tiny-32"
    with pytest.raises(ModelError, match="expected the weights"):
        load(f"local-dir:{tiny_folder}")


@pytest.mark.parametrize("text", ["local-dir:{}", "random:local-dir:{}@5"])
def test_loading_leaves_random_numbers_elsewhere_alone(tiny_folder: Path, text: str, load: "Load") -> None:
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # type: ignore[index]  # noqa: NPY002
    load(text.format(tiny_folder))

    assert torch.equal(torch_state, torch.get_rng_state())
    assert np.array_equal(numpy_state, np.random.get_state()[1])  # type: ignore[index]  # noqa: NPY002


def test_a_folder_works_from_any_working_directory(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch, load: "Load"
) -> None:
    before = {path: path.read_bytes() for path in tiny_folder.iterdir()}
    expected = load(f"local-dir:{tiny_folder}").encode_texts(TEXTS)
    monkeypatch.chdir(tiny_folder.parent)
    beside = load("local-dir:tiny")
    monkeypatch.chdir(tiny_folder)
    inside = load("local-dir:.")

    assert torch.equal(expected, beside.encode_texts(TEXTS))
    assert torch.equal(expected, inside.encode_texts(TEXTS))
    assert inside.info.name == "tiny"
    assert before == {path: path.read_bytes() for path in tiny_folder.iterdir()}


def test_the_model_shows_its_name_and_device(tiny_folder: Path, load: "Load") -> None:
    assert repr(load(f"local-dir:{tiny_folder}")) == "OpenClipModel('tiny', device='cpu')"


def test_nothing_is_logged_about_random_weights(
    tiny_folder: Path, listed: None, caplog: pytest.LogCaptureFixture, load: "Load"
) -> None:
    load(f"local-dir:{tiny_folder}")

    assert not caplog.records


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_gives_the_same_embeddings(tiny_folder: Path, pictures: list[Image.Image], load: "Load") -> None:
    on_cpu = load(f"local-dir:{tiny_folder}")
    on_gpu = load_open_clip(parse_spec(f"local-dir:{tiny_folder}"), device=torch.device("cuda"))

    torch.testing.assert_close(on_cpu.encode_images(pictures), on_gpu.encode_images(pictures), atol=1e-5, rtol=0)
    torch.testing.assert_close(on_cpu.encode_texts(TEXTS), on_gpu.encode_texts(TEXTS), atol=1e-5, rtol=0)
