from pathlib import Path

import numpy as np
import pytest

from idia.errors import DatasetError, IdiaError, SettingError
from idia.names import NamePool
from idia.settings import resolve
from idia.text_populations import check_texts, reference_population
from idia.text_references import reference_from_csv

NAMES = NamePool.sampled(n_names=20, seed=7).names


@pytest.mark.parametrize("header", ["name\n", "Name\n", ""])
def test_names_are_a_column_or_one_a_line(tmp_path: Path, header: str) -> None:
    (tmp_path / "own.csv").write_text(header + "\n".join(NAMES) + "\n\n")
    own = reference_from_csv(tmp_path / "own.csv")

    assert (own.kind, own.texts, own.source) == ("names", NAMES, "own.csv")
    assert own.sha256 == NamePool(NAMES).sha256


def test_other_texts_may_be_punctuation(tmp_path: Path) -> None:
    texts = tuple(f'{"!" * number}"{number},' for number in range(20))
    rows = ['"{}",{}'.format(text.replace('"', '""'), number) for number, text in enumerate(texts)]
    (tmp_path / "own.csv").write_text("text,number\n" + "\n".join(rows))
    own = reference_from_csv(tmp_path / "own.csv")

    assert (own.kind, own.texts) == ("gibberish", texts)


def test_ones_own_take_the_place_of_their_kind_alone(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("name\n" + "\n".join(NAMES))
    given = {"text_reference": [str(tmp_path / "own.csv")]}
    settings = resolve(given, {}, {}, working_folder=tmp_path, project_folder=tmp_path)

    assert reference_population("names", settings, ["Ada Example"]).texts == NAMES
    assert len(reference_population("gibberish", settings, ["Ada Example"])) == 100
    with pytest.raises(DatasetError, match=r"text 3 of .* is the name of a person under attack") as caught:
        reference_population("names", settings, ["Ada Example", NAMES[2].upper()])
    assert NAMES[2] not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("name\n" + "\n".join(NAMES[:19]), SettingError, "holds 19 texts, .* on at least 20"),
        ("", SettingError, "holds 0 texts"),
        ("name\nAda\nBen\n ADA \n", DatasetError, "line 4: this text is in line 2 already"),
        ("text\na\nb\na\n", DatasetError, "line 4: this text is in line 2 already"),
        ("name,of\nAda,x\n,y\n", DatasetError, "line 3: the text is empty"),
        ("Ada\n\nBen\n", DatasetError, "line 2: the text is empty"),
        ("Ada\n?!\n", DatasetError, "line 2: expected a name, got punctuation alone"),
        ("name,text\nAda,x\n", DatasetError, "several columns that mean the same"),
    ],
)
def test_what_cannot_be_a_reference_is_refused(
    tmp_path: Path, content: str, error: type[IdiaError], message: str
) -> None:
    (tmp_path / "own.csv").write_text(content)

    with pytest.raises(error, match=message):
        reference_from_csv(tmp_path / "own.csv")
    with pytest.raises(DatasetError, match="no such file"):
        reference_from_csv(tmp_path / "nothing.csv")


def test_names_of_any_script_can_be_attacked() -> None:
    check_texts(["Ada Example", "王小明", "Владимир", "محمد علي", "मोहन", "Zoë-Ann O'Brien", "007"], np.full(7, 1))


@pytest.mark.parametrize(
    ("name", "count", "is_cut", "message"),
    [
        ("Dora Specimen", 0, False, "that the model splits into tokens, got one of which its tokenizer leaves none"),
        ("Dora Specimen", 30, True, "that fits the model's context, got a longer one"),
        ("?!…", 3, False, "with letters in it, got punctuation alone"),
        ("", 0, False, "with letters in it, got an empty one"),
    ],
)
def test_a_name_that_says_nothing_to_a_model_is_refused_unnamed(
    name: str, count: int, is_cut: bool, message: str
) -> None:
    with pytest.raises(DatasetError, match=f"name 2 of 2 .* expected a name {message}") as caught:
        check_texts(["Ada Example", name], np.array([2, count]), np.array([False, is_cut]))
    assert not name or name not in str(caught.value)
