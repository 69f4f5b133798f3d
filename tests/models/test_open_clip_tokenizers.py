import gzip
from pathlib import Path
from typing import Any

import pytest
from open_clip.tokenizer import SimpleTokenizer

from idia.errors import ModelError
from idia.models.open_clip_tokenizers import hub_tokenizer, local_tokenizer, named_tokenizer, tokenizer_sha256
from idia.models.specs import parse_spec

SPEC = parse_spec("local-dir:x")

pytestmark = pytest.mark.usefixtures("without_network")


@pytest.mark.parametrize("place", ["beside", "below", "absolute"])
def test_a_vocabulary_file_is_found_from_any_working_directory(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    file = {"beside": "merges.txt.gz", "below": "words/m.gz", "absolute": str(tmp_path / "m.gz")}[place]
    path = tiny_folder / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes((tiny_folder / "merges.txt.gz").read_bytes())
    monkeypatch.chdir("/")

    tokenizer = local_tokenizer(SPEC, {"context_length": 5, "tokenizer_kwargs": {"bpe_path": file}}, tiny_folder)

    assert tokenizer.vocab_size == 2 * 256 + 4 + 2
    assert tokenizer(["ada"]).shape == (1, 5)


def test_a_missing_vocabulary_file_is_named(tiny_folder: Path) -> None:
    with pytest.raises(ModelError, match=r"tokenizer file 'absent\.gz', but there is no file .*tiny/absent\.gz"):
        local_tokenizer(SPEC, {"tokenizer_kwargs": {"bpe_path": "absent.gz"}}, tiny_folder)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no gzip", id="another format"),
        pytest.param(gzip.compress(b"a b")[:12], id="cut in its header"),
        pytest.param(gzip.compress(b"\xff\xfe\n\xff"), id="not UTF-8"),
        pytest.param(gzip.compress(b"#v\na b")[:-9], id="cut at its end"),
    ],
)
def test_a_damaged_vocabulary_file_is_our_error(tiny_folder: Path, content: bytes) -> None:
    (tiny_folder / "merges.txt.gz").write_bytes(content)

    with pytest.raises(ModelError, match=r"tokenizer file of 'local-dir:x' is damaged|is empty"):
        local_tokenizer(SPEC, {"tokenizer_kwargs": {"bpe_path": "merges.txt.gz"}}, tiny_folder)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"colour": "red"}, "cannot be loaded: .*colour"),
        ({"clean": "thoroughly"}, "cannot be loaded: .*thoroughly"),
        (["lower"], "expected 'tokenizer_kwargs' to be settings by name"),
        ({"trust_remote_code": True}, "comes with a tokenizer that is code"),
    ],
)
def test_settings_that_no_tokenizer_has_are_our_error(tiny_folder: Path, options: Any, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        local_tokenizer(SPEC, {"tokenizer_kwargs": options}, tiny_folder)


def test_a_tokenizer_that_is_code_is_refused_from_the_hub_too() -> None:
    config = {"hf_tokenizer_name": "org/repo", "tokenizer_kwargs": {"trust_remote_code": True}}

    with pytest.raises(ModelError, match="comes with a tokenizer that is code"):
        hub_tokenizer(parse_spec("hf-hub:org/repo"), config, Path)


def test_a_vocabulary_file_of_the_hub_is_downloaded_from_its_repository(tiny_folder: Path) -> None:
    spec, asked = parse_spec("hf-hub:org/repo"), []

    def get(file: str) -> Path:
        asked.append(file)
        return tiny_folder / file

    hub_tokenizer(spec, {"tokenizer_kwargs": {"bpe_path": "merges.txt.gz"}}, get)

    assert asked == ["merges.txt.gz"]
    for outside in ("/etc/passwd", "../merges.txt.gz"):
        with pytest.raises(ModelError, match="outside its repository"):
            hub_tokenizer(spec, {"tokenizer_kwargs": {"bpe_path": outside}}, get)


def test_an_architecture_that_is_listed_brings_open_clips_tokenizer() -> None:
    tokenizer = named_tokenizer(parse_spec("ViT-B-32,openai"), {})

    assert isinstance(tokenizer, SimpleTokenizer)
    assert tokenizer.context_length == 77


def test_a_tokenizer_of_the_hub_is_never_replaced_by_another() -> None:
    config = {"hf_tokenizer_name": "timm/ViT-B-16-SigLIP"}

    with pytest.raises(ModelError, match=r"pip install transformers|AutoTokenizer\.from_pretrained"):
        named_tokenizer(parse_spec("ViT-B-16-SigLIP,webli"), config)


def test_the_fingerprint_is_of_vocabulary_and_settings(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"#v\na b\nb c"))
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"#v\nb c\na b"))
    (tmp_path / "copy.gz").write_bytes(gzip.compress(b"#v\na b\nb c", 1))

    def fingerprint(file: str, **options: Any) -> str:
        return tokenizer_sha256(SimpleTokenizer(bpe_path=str(tmp_path / file), **options))

    assert fingerprint("a.gz") == fingerprint("copy.gz")
    others = {
        fingerprint("a.gz"),
        fingerprint("b.gz"),
        fingerprint("a.gz", context_length=5),
        fingerprint("a.gz", clean="whitespace"),
        fingerprint("a.gz", reduction_mask="random"),
        fingerprint("a.gz", reduction_mask="shuffle"),
        fingerprint("a.gz", additional_special_tokens=["<x>"]),
    }
    assert len(others) == 7
