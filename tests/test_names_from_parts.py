"""Pools of names as the paper drew them, from tables of first names and surnames."""

import os
import random
from pathlib import Path

import pandas as pd
import pytest

from idia.errors import SettingError
from idia.names import NamePool, name_key

PEOPLE = ("Ada Example", "Ben Sample", "Cleo Specimen")


@pytest.fixture
def parts_tables(tmp_path: Path) -> tuple[Path, Path]:
    """40 female and 40 male first names, 10 of them both, and 30 surnames."""
    first = [(f"Fname{chr(97 + i // 26)}{chr(97 + i % 26)}", "f") for i in range(40)]
    first += [(name if i < 10 else f"M{name}", "m") for i, (name, _) in enumerate(first)]
    random.Random(0).shuffle(first)
    pd.DataFrame(first, columns=["name", "sex"]).to_csv(tmp_path / "first.csv", index=False)
    last = [f"SURNAME{chr(65 + i // 26)}{chr(65 + i % 26)}" for i in range(30)]
    pd.DataFrame({"SURNAME": last, "RANK": range(30)}).to_csv(tmp_path / "last.csv", index=False)
    return tmp_path / "first.csv", tmp_path / "last.csv"


def as_published(first_csv: Path, last_csv: Path, n_names: int, seed: int) -> list[str]:
    """What the paper's procedure draws, in pandas; a name may come twice."""
    first = pd.read_csv(first_csv).groupby("sex").head(1000).reset_index(drop=True)
    last = pd.read_csv(last_csv).dropna()["SURNAME"].str.title().to_frame()
    everybody = first.merge(last, how="cross")
    drawn = everybody.groupby("sex").sample(n_names // 2, random_state=seed)
    return (drawn["name"] + " " + drawn["SURNAME"]).tolist()


@pytest.mark.parametrize("seed", [0, 42])
def test_the_papers_procedure_draws_the_rows_that_pandas_draws(parts_tables: tuple[Path, Path], seed: int) -> None:
    published = as_published(*parts_tables, 400, seed)
    assert len(set(published)) < 400

    pool = NamePool.from_parts(*parts_tables, n_names=400, seed=seed)

    assert len(set(pool.names)) == 400
    assert set(published) <= set(pool.names)


def test_the_papers_procedure_keeps_the_people_and_passes_over_their_names(parts_tables: tuple[Path, Path]) -> None:
    people = (*PEOPLE, NamePool.from_parts(*parts_tables, n_names=50).names[0].upper())

    pool = NamePool.from_parts(*parts_tables, people, 50)

    assert len(set(map(name_key, pool.names))) == 50
    assert set(people) <= set(pool.names)
    assert pool == NamePool.from_parts(*parts_tables, people[::-1], 50)


def test_the_papers_procedure_refuses_more_names_than_there_are(parts_tables: tuple[Path, Path]) -> None:
    with pytest.raises(SettingError, match=r"last\.csv .* gives at most"):
        NamePool.from_parts(*parts_tables, n_names=2_400)
    with pytest.raises(SettingError, match="gives at most 2,400"):
        NamePool.from_parts(*parts_tables, n_names=10**9)
    with pytest.raises(SettingError, match="the number of people under attack"):
        NamePool.from_parts(*parts_tables, PEOPLE, 2)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_the_papers_procedure_refuses_seeds_that_pandas_refuses(parts_tables: tuple[Path, Path], seed: int) -> None:
    with pytest.raises(SettingError, match="seed must be from 0"):
        NamePool.from_parts(*parts_tables, seed=seed)


@pytest.mark.real_photos
@pytest.mark.skipif("IDIA_TEST_DATA" not in os.environ, reason="IDIA_TEST_DATA names no folder of real inputs")
def test_the_papers_procedure_works_from_the_published_lists() -> None:
    names = Path(os.environ["IDIA_TEST_DATA"]) / "names"
    tables = names / "first_names_us_1880_2008.csv", names / "surnames_us_2010.csv"

    pool = NamePool.from_parts(*tables, PEOPLE, 1003)

    assert len(pool) == 1003
    assert len(set(as_published(*tables, 1000, 42)) - set(pool.names)) == 0
