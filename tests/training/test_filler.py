from pathlib import Path

import pytest

from idia.errors import DatasetError
from idia.training.filler import filler_photos


def write(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return root


def listed(root: Path, *tested: str, n_photos: int = 100, seed: int = 0) -> list[str]:
    chosen = filler_photos(root, tested, n_photos=n_photos, seed=seed)
    return [path.relative_to(root).as_posix() for path in chosen]


def test_flat_folders_and_folders_per_person_are_both_read(tmp_path: Path) -> None:
    root = write(tmp_path, "Bo_Sample_0001.jpg", "Cy_Specimen/a.png", "notes.txt", ".hidden.jpg")

    assert listed(root) == ["Bo_Sample_0001.jpg", "Cy_Specimen/a.png"]


def test_photos_of_tested_people_are_left_out_under_any_spelling(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        "Ada_Example_0001.jpg",
        "ada example 12.jpg",
        "ADA_EXAMPLE/x.jpg",
        "mixed/Ada_Example_0007.jpg",
        "Ada_Example_0001_crop.jpg",
        "Ada_Example_0002(1).jpg",
        "Ada-Example-3b.jpg",
        "Adá_Example_0001.jpg",
        "Ada_Exampleton_0001.jpg",
    )

    assert listed(root, "Ada Example") == ["Ada_Exampleton_0001.jpg"]


def test_the_draw_belongs_to_the_seed_and_not_to_who_else_is_there(tmp_path: Path) -> None:
    root = write(tmp_path, *(f"Some_Stranger{chr(97 + index)}_0001.jpg" for index in range(20)))

    ten = listed(root, n_photos=10, seed=1)
    without_one = listed(root, f"Some Stranger{ten[0][13]}", n_photos=10, seed=1)

    assert len(ten) == 10
    assert ten != listed(root, n_photos=10, seed=2)
    assert set(ten[1:]) < set(without_one)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["notes.txt"], "holds no photos"),
        (["Ada_Example_0001.jpg", "Ada_Example_0002.jpg"], "all 2 photos .* show people of --people"),
    ],
)
def test_a_filler_folder_without_strangers_is_an_error(tmp_path: Path, names: list[str], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        listed(write(tmp_path, *names), "Ada Example")


def test_a_missing_filler_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"there is no folder .*nowhere"):
        listed(tmp_path / "nowhere")
