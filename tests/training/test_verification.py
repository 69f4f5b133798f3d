import shutil
from pathlib import Path

import pytest

from idia.errors import TrainingError
from idia.training.photo_training import train_on_photos as train
from idia.training.run import TrainingResult
from idia.training.settings import TrainingSettings

Sources = tuple[Path, Path]


Trained = tuple[Path, TrainingResult]


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_finished_run_is_verified_and_left_alone(
    trained: Trained, sources: Sources, settings: TrainingSettings, tmp_path: Path
) -> None:
    out = shutil.copytree(trained[0], tmp_path / "copy")

    result = train(*sources, out, settings, name="tiny model")

    assert result == TrainingResult(trained[1].recipe, was_complete=True)
    assert files_in(out) == files_in(trained[0])


@pytest.mark.parametrize("changed", ["identities.csv", "model/open_clip_model.safetensors", "attack"])
def test_a_finished_run_that_was_changed_is_an_error(
    trained: Trained, sources: Sources, settings: TrainingSettings, tmp_path: Path, changed: str
) -> None:
    out = shutil.copytree(trained[0], tmp_path / "copy")
    target = out / changed
    if target.is_dir():
        shutil.rmtree(next(target.iterdir()))
    else:
        content = target.read_bytes()
        target.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    with pytest.raises(TrainingError, match="was changed after training"):
        train(*sources, out, settings, name="tiny model")


@pytest.mark.parametrize("changed", ["identities.csv", "model/open_clip_model.safetensors", "attack"])
def test_a_finished_run_with_missing_files_is_an_error(
    trained: Trained, sources: Sources, settings: TrainingSettings, tmp_path: Path, changed: str
) -> None:
    out = shutil.copytree(trained[0], tmp_path / "copy")
    (out / changed).rename(out / "elsewhere")

    with pytest.raises(TrainingError, match="is damaged"):
        train(*sources, out, settings, name="tiny model")


def test_other_settings_in_the_same_folder_are_refused(trained: Trained, sources: Sources, tmp_path: Path) -> None:
    out = shutil.copytree(trained[0], tmp_path / "copy")

    with pytest.raises(
        TrainingError, match=r"(?s)request\.settings\.seed: 3 before, 4 now.*settings\.steps: 12 before, 13 now"
    ):
        train(*sources, out, TrainingSettings(seed=4, steps=13), name="tiny model")


def test_other_photos_in_the_same_folder_are_refused(
    trained: Trained, sources: Sources, settings: TrainingSettings, tmp_path: Path
) -> None:
    people = shutil.copytree(sources[0], tmp_path / "people")
    next(people.rglob("*_0006.png")).unlink()

    with pytest.raises(TrainingError, match=r"request\.data\.people_sha256"):
        train(people, sources[1], shutil.copytree(trained[0], tmp_path / "copy"), settings, name="tiny model")
