import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import idia.models.loading
from idia.errors import ModelError, SettingError, UnknownModelError
from idia.models import Model, PromptModel, as_prompt_model, encode_prompts, load_model
from idia.models.devices import device_of, resolve_device
from idia.prompts import PromptTemplates

pytestmark = pytest.mark.usefixtures("without_network")

FACTORIES = """
from idia.models import ModelInfo
import torch

class Toy:
    def __init__(self, name="toy", spec=""):
        self.info = ModelInfo(spec, name, "none", "toy", "", 0, "", "", "gelu", "config", "fp32", 2, None, None)
    def encode_images(self, images):
        return torch.tensor([[1.0, 0.0] for _ in images])
    def encode_texts(self, texts):
        return torch.tensor([[0.0, 1.0] for _ in texts])

def toy(): return Toy()
def nameless(): return Toy("")
def exact(): return Toy("exact", "python:NAME:exact")
def wanting(size): return Toy()
def nothing(): return None
def a_class(): return Toy
def without_info():
    model = Toy()
    model.info = {"name": "x"}
    return model
def failing(): raise ZeroDivisionError("the factory's own")
number = 3
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A module with factories in the current folder."""
    name = f"factories_{abs(hash(request.node.nodeid))}"
    (tmp_path / f"{name}.py").write_text(FACTORIES.replace("NAME", name))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry not in ("", str(Path.cwd()))])
    return name


def test_a_folder_is_loaded_by_its_specification(tiny_folder: Path) -> None:
    model = load_model(f"local-dir:{tiny_folder}", device="cpu", image_batch=2, text_batch=3)

    assert isinstance(model, Model)
    assert model.info.name == "tiny"


def test_a_file_is_loaded_by_its_specification(listed: None, checkpoint: Path) -> None:
    info = load_model(f"Tiny-32,{checkpoint}", device="cpu", name="third").info

    assert (info.name, info.activation, info.activation_source) == ("third", "gelu", "architecture")


def test_a_factory_in_the_current_folder_is_found(module: str) -> None:
    model = load_model(f"python:{module}:toy")

    assert model.info.spec == f"python:{module}:toy"
    assert model.info.name == "toy"
    assert model.encode_texts(["a", "b"]).shape == (2, 2)
    assert model.encode_images([]).shape[0] == 0


def test_a_factory_of_a_model_that_encodes_prompts_keeps_that(module: str, tiny_folder: Path) -> None:
    factory = f"from idia.models import load_model\ndef tiny(): return load_model({f'local-dir:{tiny_folder}'!r})\n"
    Path(f"{module}.py").write_text(factory)
    model, inner = load_model(f"python:{module}:tiny"), load_model(f"local-dir:{tiny_folder}")
    prompts = PromptTemplates(("{}", "a photo of {}"))

    assert model.info.spec == f"python:{module}:tiny"
    assert isinstance(model, PromptModel)
    assert isinstance(inner, PromptModel)
    assert as_prompt_model(model) is model
    assert model.names_per_pass == inner.names_per_pass
    assert torch.equal(inner.encode_prompts(prompts, ["Ada"]), model.encode_prompts(prompts, ["Ada"]))
    assert torch.equal(inner.encode_texts(["Ada"]), model.encode_texts(["Ada"]))
    assert device_of(model) == device_of(inner) == resolve_device("auto")
    assert model.encode_images([]).shape == (0, 16)


def test_a_model_of_a_factory_runs_where_the_factory_says(module: str) -> None:
    written = Path(f"{module}.py").read_text()
    Path(f"{module}.py").write_text(f"{written}\nclass Elsewhere(Toy): device = 'cuda:1'\n")

    assert device_of(load_model(f"python:{module}:Elsewhere")) == torch.device("cuda:1")
    assert device_of(load_model(f"python:{module}:toy")) == torch.device("cpu")


def test_a_factory_of_a_defence_of_texts_alone_keeps_the_defence(module: str, tiny_folder: Path) -> None:
    Path(f"{module}.py").write_text(
        f"""
from idia.models import load_model

class Defended:
    def __init__(self):
        self.model = load_model({f"local-dir:{tiny_folder}"!r})
    def __getattr__(self, name):
        return getattr(self.model, name)
    def encode_texts(self, texts):
        return self.model.encode_texts(texts).flip(1)
"""
    )
    model, inner = load_model(f"python:{module}:Defended"), load_model(f"local-dir:{tiny_folder}")
    prompts = PromptTemplates(("{}", "a photo of {}"))

    assert model.info.spec == f"python:{module}:Defended"
    assert as_prompt_model(model) is None
    assert torch.equal(inner.encode_texts(["Ada"]).flip(1), model.encode_texts(["Ada"]))
    expected = encode_prompts(inner, prompts, ["Ada", "Bo"]).flip(2)
    torch.testing.assert_close(expected, encode_prompts(model, prompts, ["Ada", "Bo"]), atol=1e-6, rtol=0)


def test_a_factory_has_the_last_word_unless_it_is_silent(module: str) -> None:
    assert load_model(f"python:{module}:nameless").info.name == f"python:{module}:nameless"
    assert load_model(f"python:{module}:toy", name="other").info.name == "other"
    assert type(load_model(f"python:{module}:exact")).__name__ == "Toy"
    assert load_model(f"python:{module}:Toy").info.name == "toy"


@pytest.mark.parametrize(
    ("factory", "words"),
    [
        ("number", "expected a function without arguments that returns a model, got a int"),
        ("wanting", "must work without arguments: .*size"),
        ("nothing", "expected nothing.. to return a model .*, got None"),
        ("a_class", "expected a_class.. to return a model .*, got <class"),
        ("without_info", "expected the model's info to be an idia.models.ModelInfo"),
    ],
)
def test_what_is_no_factory_of_models_is_our_error(module: str, factory: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        load_model(f"python:{module}:{factory}")


def test_an_absent_factory_is_unknown_with_the_nearest(module: str) -> None:
    with pytest.raises(UnknownModelError, match=r"has no 'toyz'\. Did you mean .*'toy'"):
        load_model(f"python:{module}:toyz")


@pytest.mark.parametrize("target", ["no_such_module:f", "no_such_package.module:f", "idia.no_such_module:f"])
def test_an_absent_module_is_unknown(target: str) -> None:
    with pytest.raises(UnknownModelError, match=r"there is no module '(no_such_\w+|idia\.no_such_module)'"):
        load_model(f"python:{target}")


@pytest.mark.parametrize(
    ("content", "words"),
    [("import no_such_library", "no_such_library"), ("def (", "invalid syntax"), ("from os import nowhere", "nowhere")],
)
def test_a_module_that_cannot_be_imported_is_our_error(module: str, content: str, words: str) -> None:
    Path(f"{module}_broken.py").write_text(content)

    with pytest.raises(ModelError, match=f"importing {module}_broken failed: .*{words}") as caught:
        load_model(f"python:{module}_broken:f")
    assert not isinstance(caught.value, UnknownModelError)


def test_an_error_inside_a_factory_is_its_own(module: str) -> None:
    with pytest.raises(ZeroDivisionError, match="the factory's own"):
        load_model(f"python:{module}:failing")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"device": "cuda:99"}, "no device 'cuda:99'"),
        ({"name": " "}, "must not be blank"),
        ({"image_batch": 0}, "image_batch must be at least 1"),
        ({"text_batch": -1}, "text_batch must be at least 1"),
    ],
)
def test_settings_are_checked_before_anything_is_loaded(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        load_model("ViT-B-32,absent.pt", **options)


def test_a_model_of_ones_own_needs_no_open_clip(module: str) -> None:
    code = (
        f"import sys; from idia.models import load_model; load_model('python:{module}:toy'); "
        "sys.exit('open_clip' in sys.modules)"
    )
    root = Path(idia.models.loading.__file__).parents[2]
    environment = {"PYTHONPATH": str(root)}

    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
