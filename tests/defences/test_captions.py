from pathlib import Path

import pytest

from idia.defences.captions import SENTENCES, read_captions, without_names, world_captions
from idia.errors import DatasetError
from idia.prompts import PAPER_PROMPTS, PromptTemplates
from idia.world.people import world_names


def test_every_sentence_holds_one_name_and_those_of_the_paper_are_among_them() -> None:
    assert set(PromptTemplates(SENTENCES).templates) >= set(PAPER_PROMPTS.templates)


def test_captions_are_the_filled_lines_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "captions.txt").write_text("a red star\n\n a person \n", encoding="utf-8")
    (tmp_path / "empty.txt").write_text("\n", encoding="utf-8")

    assert read_captions(tmp_path / "captions.txt") == ("a red star", "a person")
    with pytest.raises(DatasetError, match=r"empty\.txt' holds no caption"):
        read_captions(tmp_path / "empty.txt")


def test_captions_of_a_world_name_nobody_of_it() -> None:
    captions = world_captions(0)

    assert captions == world_captions(0) != world_captions(1)
    assert without_names(captions, world_names(0)[:20]) == captions


def test_captions_with_a_forgotten_name_are_left_out() -> None:
    captions = ("Al at a gala", "also a gala", "AL, smiling", "Cal and Alma", "bo's hat", "the hat of C. D. (jr.)")

    assert without_names(captions, ["Al", "Bo", "C. D. (Jr.)"]) == ("also a gala", "Cal and Alma")
    with pytest.raises(DatasetError, match="all 1 captions hold a name"):
        without_names(captions[:1], ["Al"])
