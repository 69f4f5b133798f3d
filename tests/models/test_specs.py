import string
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.errors import SettingError
from idia.models.specs import Activation, Kind, ModelSpec, looks_like_file, parse_spec, public_spec, random_counterpart

PARSED: dict[str, tuple[Kind, str, str | None, int | None, Activation | None]] = {
    "ViT-B-32-quickgelu,laion400m_e32": ("named", "ViT-B-32-quickgelu", "laion400m_e32", None, None),
    "ViT-B/32,openai": ("named", "ViT-B-32", "openai", None, None),
    "ViT-B-32,runs/a,b.pt": ("named", "ViT-B-32", "runs/a,b.pt", None, None),
    "ViT-B-32,laion400m_e32?activation=gelu": ("named", "ViT-B-32", "laion400m_e32", None, "gelu"),
    "hf-hub:org/repo": ("hf-hub", "org/repo", None, None, None),
    "local-dir:runs/a,b": ("local-dir", "runs/a,b", None, None, None),
    "local-dir:runs/what?": ("local-dir", "runs/what?", None, None, None),
    "local-dir:/x?activation=quickgelu": ("local-dir", "/x", None, None, "quickgelu"),
    "python:package.module:factory": ("python", "package.module:factory", None, None, None),
    "random:ViT-B-32": ("named", "ViT-B-32", None, 0, None),
    "random:ViT-B-32@7": ("named", "ViT-B-32", None, 7, None),
    "random:local-dir:runs/x@12?activation=gelu": ("local-dir", "runs/x", None, 12, "gelu"),
    "random:hf-hub:org/repo": ("hf-hub", "org/repo", None, 0, None),
}


@pytest.mark.parametrize("text", PARSED)
def test_every_form_is_understood(text: str) -> None:
    kind, target, weights, seed, activation = PARSED[text]

    assert ModelSpec(text, kind, target, weights, seed, activation) == parse_spec(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "Expected ARCH,TAG"),
        ("ViT-B-32", "names no weights"),
        ("ViT-B-32,", "names no weights"),
        (",openai", "Expected ARCH,TAG"),
        ("org/repo", "hf-hub:org/repo"),
        ("hf:org/repo", "Expected ARCH,TAG"),
        ("hf-hub:", "hf-hub:ORG/REPO"),
        ("hf-hub:a/b/c", "hf-hub:ORG/REPO"),
        ("local-dir:", "needs a folder"),
        ("python:module", "python:package.module:function"),
        ("python:module:f()", "python:package.module:function"),
        ("random:", "random:ViT-B-32"),
        ("random:ViT-B-32,openai", "architecture or a folder alone"),
        ("random:python:a:b", "its own activation and weights"),
        ("random:random:ViT-B-32", "architecture or a folder alone"),
        ("python:a:b?activation=gelu", "its own activation and weights"),
        ("ViT-B-32,openai?activation=relu", "activation=quickgelu"),
        ("ViT-B-32,openai?quick_gelu=0", "activation=quickgelu"),
        ("ViT-B-32,a\0b", "Expected ARCH,TAG"),
    ],
)
def test_what_is_no_specification_is_refused_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(SettingError, match="cannot read the model specification") as caught:
        parse_spec(text)

    assert hint in str(caught.value)


@given(st.text(alphabet=string.printable, max_size=40))
@settings(deadline=None)
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        spec = parse_spec(text)
    except SettingError:
        return

    assert text == spec.text
    assert spec.target


def test_a_published_specification_names_no_folder() -> None:
    assert public_spec("ViT-B-32,/home/ada/epoch_3.pt") == "ViT-B-32,epoch_3.pt"
    assert public_spec(r"ViT-B-32,C:\runs\epoch_3.pt?activation=gelu") == "ViT-B-32,epoch_3.pt?activation=gelu"
    assert public_spec("local-dir:/home/ada/model/") == "local-dir:model"
    assert public_spec("random:local-dir:/home/ada/model@3") == "random:local-dir:model@3"
    assert public_spec("ViT-B/32,openai") == "ViT-B-32,openai"
    assert public_spec("python:a.b:c") == "python:a.b:c"


def test_the_current_folder_is_published_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "seven").mkdir()
    monkeypatch.chdir(tmp_path / "seven")

    assert public_spec("local-dir:.") == "local-dir:seven"
    assert public_spec("local-dir:../seven") == "local-dir:seven"


def test_a_model_has_a_control_of_its_architecture() -> None:
    assert random_counterpart("ViT-B/32,openai?activation=quickgelu") == "random:ViT-B-32?activation=quickgelu"
    assert random_counterpart("local-dir:/x/y") == "random:local-dir:/x/y"
    assert random_counterpart("hf-hub:org/repo") == "random:hf-hub:org/repo"
    assert random_counterpart("random:ViT-B-32@4") == "random:ViT-B-32@4"


def test_a_factory_has_no_control() -> None:
    with pytest.raises(SettingError, match="no counterpart with random weights"):
        random_counterpart("python:a:b")


def test_files_are_told_from_tags() -> None:
    assert all(map(looks_like_file, ("a/b", "x.pt", "x.SAFETENSORS", r"a\b", "./openai")))
    assert not any(map(looks_like_file, ("openai", "laion400m_e32", "v1.5")))


def test_reading_a_specification_needs_no_torch() -> None:
    code = (
        "import sys; from idia.models.specs import parse_spec; parse_spec('a,b'); "
        "sys.exit(bool({'torch', 'open_clip', 'PIL'} & set(sys.modules)))"
    )
    root = Path(sys.modules[parse_spec.__module__].__file__ or "").parents[2]

    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
