import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.errors import DatasetError, SettingError
from idia.prompts import PAPER_PROMPTS, PromptTemplates


def test_the_paper_has_these_21_prompts_in_this_order() -> None:
    assert len(PAPER_PROMPTS) == 21
    assert PAPER_PROMPTS.templates[0] == "{}"
    assert PAPER_PROMPTS.templates[9] == "a photo of a person with the name {}"
    assert PAPER_PROMPTS.templates[-2:] == ("{} in a suit", "{} in a dress")
    joined = "\n".join(PAPER_PROMPTS.templates).encode()
    assert hashlib.sha256(joined).hexdigest() == "c4d6180e2eee38482a3d9c5c58d5e3e952f5d72d34639e7228b2c0b6f85d3dcd"


def test_names_go_where_the_placeholder_is() -> None:
    prompts = PromptTemplates(("{}", "actor {}", "{} at a gala"))

    filled = prompts.fill(["Ada Example", "Ben {} Sample"])

    assert filled == (
        ("Ada Example", "Ben {} Sample"),
        ("actor Ada Example", "actor Ben {} Sample"),
        ("Ada Example at a gala", "Ben {} Sample at a gala"),
    )
    assert prompts.parts == (("", ""), ("actor ", ""), ("", " at a gala"))


@settings(deadline=None)
@given(st.lists(st.text(), max_size=5))
def test_filling_keeps_every_name_verbatim(names: list[str]) -> None:
    filled = PAPER_PROMPTS.fill(names)

    assert len(filled) == 21
    for template, texts in zip(PAPER_PROMPTS.templates, filled, strict=True):
        assert texts == tuple(template.format(name) for name in names)


@pytest.mark.parametrize(
    ("template", "came"),
    [
        ("a photo", "got none"),
        ("{} and {}", "got 2 of them"),
        ("a photo of {name}", "got other braces"),
        ("a photo of {0}", "got other braces"),
        ("{} {", "got other braces"),
        ("}} {}", "got other braces"),
        ("{{}}", "got other braces"),
        ("  ", "is blank"),
        ("", "is blank"),
    ],
)
def test_a_template_needs_one_placeholder_and_no_other_brace(template: str, came: str) -> None:
    with pytest.raises(SettingError, match=came):
        PromptTemplates(("{}", template))


def test_a_template_that_comes_twice_is_refused() -> None:
    with pytest.raises(SettingError, match=r"'actor \{\}' comes twice"):
        PromptTemplates(("actor {}", "{}", "actor {}"))


def test_no_templates_are_refused() -> None:
    with pytest.raises(SettingError, match="no prompt templates"):
        PromptTemplates(())


def test_one_text_is_not_taken_for_its_letters() -> None:
    with pytest.raises(SettingError, match="got one text"):
        PromptTemplates("a photo of {}")  # type: ignore[arg-type]  # the mistake under test


def test_a_file_holds_one_template_a_line(tmp_path: Path) -> None:
    path = tmp_path / "prompts.txt"
    path.write_bytes("\ufeff# mine\n\n  ein Foto von {} \r\n{} auf der Bühne\n".encode())

    assert PromptTemplates.from_file(path).templates == ("ein Foto von {}", "{} auf der Bühne")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}\n\na photo\n", r"line 3: .*exactly once, got none"),
        ("{}\nactor {}\n{}\n", r"line 3: .*is in line 1 already"),
        ("# nothing\n", "holds no prompt template"),
        ("", "holds no prompt template"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "prompts.txt"
    path.write_text(text)

    with pytest.raises(SettingError, match=message):
        PromptTemplates.from_file(path)


def test_a_file_that_cannot_be_read_is_an_error_of_our_own(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such file"):
        PromptTemplates.from_file(tmp_path / "missing.txt")


def test_the_fingerprint_depends_on_texts_and_order() -> None:
    both, swapped = PromptTemplates(("{}", "actor {}")), PromptTemplates(("actor {}", "{}"))

    assert both.sha256 == PromptTemplates(("{}", "actor {}")).sha256
    assert both.sha256 != swapped.sha256
    assert PAPER_PROMPTS.sha256 == "0f761fc29110554018b3c3689c4a340fefa260f1ba0f5311c0acd95cc4476358"
