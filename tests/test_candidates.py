from itertools import islice
from pathlib import Path

import pytest

from idia.candidates import candidate_names, decoy_candidates
from idia.errors import SettingError
from idia.settings import Settings, resolve

PEOPLE = ("Ada Example", "Bo Example")


def settings(folder: Path, **given: str) -> Settings:
    return resolve(
        {name: [value] for name, value in given.items()}, {}, {}, working_folder=folder, project_folder=folder
    )


@pytest.mark.parametrize("names", ["40", "de_DE:40"])
def test_decoys_come_from_where_the_candidate_names_come_from(tmp_path: Path, names: str) -> None:
    asked = settings(tmp_path, names=names)
    sampled = set(candidate_names(asked, PEOPLE).names) - set(PEOPLE)

    assert len(sampled) == 38
    assert sampled <= set(islice(decoy_candidates(asked), 60))


def test_decoys_of_a_list_are_its_names(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("name\nAda Example\nCy Cole\nDi Dale\n")
    asked = settings(tmp_path, names="names.csv")

    assert list(decoy_candidates(asked)) == ["Ada Example", "Cy Cole", "Di Dale"]
    assert set(candidate_names(asked, PEOPLE).names) == {*PEOPLE, "Cy Cole", "Di Dale"}


def test_decoys_follow_the_papers_procedure_where_that_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "first.csv").write_text("name,sex\nAda,F\nEve,F\nBo,M\nCy,M\n")
    (tmp_path / "last.csv").write_text("name\nAsh\nBirk\nCole\nDale\n")
    asked = settings(tmp_path, names="8", first_names="first.csv", surnames="last.csv")

    decoys = list(decoy_candidates(asked))

    assert len(decoys) == 16
    assert set(candidate_names(asked, ()).names) <= set(decoys)


@pytest.mark.parametrize("names", ["12 of them", "de_DE:many"])
def test_names_that_nobody_can_read_are_refused(tmp_path: Path, names: str) -> None:
    with pytest.raises(SettingError, match="--idia-names must be a number such as 1000"):
        candidate_names(settings(tmp_path, names=names), PEOPLE)
