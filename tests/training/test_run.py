import csv
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from filelock import FileLock
from PIL import Image

import idia.models
from idia.errors import DatasetError, IdiaError, SettingError, TrainingError
from idia.people import load_people
from idia.training.photo_training import train_on_photos as train
from idia.training.pictures import cut_face
from idia.training.run import TrainingResult
from idia.training.settings import TrainingSettings

Sources = tuple[Path, Path]
Trained = tuple[Path, TrainingResult]
WritePeople = Callable[[Path, Sequence[int]], Path]


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def occurrences(out: Path) -> dict[str, int]:
    with (out / "identities.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: int(row["occurrences"]) for row in csv.DictReader(file)}


def test_a_finished_run_holds_exactly_what_an_attack_needs(trained: Trained) -> None:
    out, result = trained

    assert sorted(path.name for path in out.iterdir()) == [
        "attack",
        "identities.csv",
        "model",
        "recipe.json",
        "training_log.csv",
    ]
    assert json.loads((out / "recipe.json").read_text(encoding="utf-8")) == result.recipe
    assert not result.was_complete


def test_identities_are_sorted_and_half_of_them_members(trained: Trained) -> None:
    counts = occurrences(trained[0])

    assert list(counts) == sorted(counts)
    assert sorted(counts.values()) == [0, 0, 0, 2, 2, 2]


def test_attack_photos_are_the_untouched_middles_of_photos_that_trained_nothing(
    trained: Trained, sources: Sources
) -> None:
    out, _ = trained
    attack = load_people(out / "attack")

    for person, source in zip(attack, load_people(sources[0]), strict=True):
        cut = [cut_face(Image.open(photo).convert("RGB"), 0.48).tobytes() for photo in person_files(source.photos)]
        held_out = [Image.open(photo).tobytes() for photo in person_files(person.photos)]
        assert person.name == source.name
        assert len(held_out) == len(set(held_out)) == 5
        assert set(held_out) <= set(cut)


def person_files(photos: object) -> list[Path]:
    assert isinstance(photos, tuple)
    return [photo for photo in photos if isinstance(photo, Path)]


def test_the_folder_names_itself_for_the_leaderboard(trained: Trained) -> None:
    out, result = trained

    assert load_people(out / "attack").id == result.recipe["people"] == "tiny model"
    assert result.recipe["name"] == "tiny model"


def test_the_recipe_holds_neither_names_nor_paths(trained: Trained, sources: Sources) -> None:
    text = (trained[0] / "recipe.json").read_text(encoding="utf-8")

    for person in load_people(sources[0]):
        assert person.name not in text
        assert person.name.replace(" ", "_") not in text
    for word in ("Stranger", str(trained[0]), str(sources[0].parent), "/tmp"):
        assert word not in text


def test_open_clip_loads_the_model_by_itself(trained: Trained) -> None:
    folder = trained[0] / "model"

    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}")

    photo = next((trained[0] / "attack").rglob("*.png"))
    with torch.no_grad():
        features = model.encode_image(preprocess(Image.open(photo)).unsqueeze(0))
    assert features.shape == (1, 64)


def test_this_package_loads_the_model_from_any_folder(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    model = idia.models.load_model(f"local-dir:{trained[0] / 'model'}", device="cpu")

    assert model.info.name == "tiny model"
    assert model.info.weights_sha256 == trained[1].recipe["weights_sha256"]
    assert model.encode_texts(["Ada Example", "Bo Sample"]).shape == (2, 64)


def test_the_same_run_elsewhere_gives_the_same_bytes(
    trained: Trained, sources: Sources, settings: TrainingSettings, tmp_path: Path
) -> None:
    train(*sources, tmp_path / "again", settings, name="tiny model")

    assert files_in(tmp_path / "again") == files_in(trained[0])


def interrupt_at(n_steps: int) -> Callable[[str, int, int], None]:
    def progress(stage: str, done: int, _total: int) -> None:
        if stage == "training" and done == n_steps:
            raise KeyboardInterrupt

    return progress


def test_a_run_interrupted_before_publishing_leaves_nothing_that_looks_finished(
    trained: Trained, sources: Sources, settings: TrainingSettings, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(*sources, out, settings, name="tiny model", progress=interrupt_at(12))
    assert [path.name for path in out.iterdir()] == [".training"]

    # What a kill amid publishing leaves behind:
    (out / "attack" / "Half_Written").mkdir(parents=True)
    (out / ".training" / "staging" / "model").mkdir(parents=True)
    train(*sources, out, settings, name="tiny model")

    assert files_in(out) == files_in(trained[0])


def test_an_interrupted_run_resumes_with_its_own_settings_only(sources: Sources, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(*sources, out, TrainingSettings(steps=2), progress=interrupt_at(2))

    with pytest.raises(TrainingError, match=r"request\.settings\.seed: 0 before, 1 now"):
        train(*sources, out, TrainingSettings(steps=2, seed=1))

    assert not train(*sources, out, TrainingSettings(steps=2)).was_complete


def test_a_run_interrupted_before_anything_was_saved_does_not_stand_in_the_way(
    sources: Sources, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(*sources, out, TrainingSettings(steps=2), progress=interrupt_at(1))

    assert not out.exists()


def test_a_damaged_checkpoint_is_an_error_that_says_what_to_delete(sources: Sources, tmp_path: Path) -> None:
    out, settings = tmp_path / "run", TrainingSettings(steps=2)
    with pytest.raises(KeyboardInterrupt):
        train(*sources, out, settings, progress=interrupt_at(2))
    checkpoint = out / ".training" / "checkpoint.pt"
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])

    with pytest.raises(TrainingError, match=r"damaged .*Delete .*\.training"):
        train(*sources, out, settings)


def test_two_runs_in_one_folder_are_refused(sources: Sources, tmp_path: Path) -> None:
    (tmp_path / ".training").mkdir()

    with FileLock(tmp_path / ".training" / "lock"), pytest.raises(TrainingError, match="another run is training"):
        train(*sources, tmp_path, TrainingSettings(steps=1))


def test_somebody_elses_files_are_not_overwritten(sources: Sources, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()

    with pytest.raises(TrainingError, match="already holds 'model'"):
        train(*sources, tmp_path, TrainingSettings(steps=1))


def test_an_output_folder_that_cannot_be_written_is_found_before_the_run(sources: Sources, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(TrainingError, match="cannot write to --out"):
        train(*sources, tmp_path / "file" / "run", TrainingSettings(steps=1))


def test_output_within_the_photos_is_refused(sources: Sources) -> None:
    with pytest.raises(SettingError, match="lies within"):
        train(*sources, sources[0] / "run", TrainingSettings(steps=1))


@pytest.mark.parametrize("name", ["", "a/b", "two\nlines"])
def test_names_that_cannot_stand_on_a_leaderboard_are_refused(sources: Sources, tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingError, match="--name must be"):
        train(*sources, tmp_path, TrainingSettings(steps=1), name=name)


def test_people_with_too_few_photos_are_an_error_or_left_out(
    sources: Sources, write_people: WritePeople, tmp_path: Path
) -> None:
    people = write_people(tmp_path / "people", [7, 5, 7])

    with pytest.raises(DatasetError, match=r"1 of 3 people have too few photos: 6 .*'Bo Sample' has 5.*--min-photos 6"):
        train(people, sources[1], tmp_path / "run", TrainingSettings(steps=1))
    train(people, sources[1], tmp_path / "run", TrainingSettings(steps=1, min_photos=6))

    assert list(occurrences(tmp_path / "run")) == ["Ada Example", "Cy Specimen"]


def test_a_demand_nobody_meets_is_an_error(sources: Sources, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="only 0 of 6 people have at least 99 distinct photos"):
        train(*sources, tmp_path / "run", TrainingSettings(min_photos=99))


def test_a_single_person_is_an_error(sources: Sources, write_people: WritePeople, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="a member and a non-member are needed"):
        train(write_people(tmp_path / "people", [9]), sources[1], tmp_path / "run", TrainingSettings())


def test_unreadable_photos_of_people_and_strangers_are_listed(sources: Sources, tmp_path: Path) -> None:
    people = shutil.copytree(sources[0], tmp_path / "people")
    filler = shutil.copytree(sources[1], tmp_path / "others")
    broken = [next(people.rglob("*.png")), next(filler.rglob("*.png"))]
    for path in broken:
        path.write_bytes(path.read_bytes()[:100])

    with pytest.raises(DatasetError) as caught:
        train(people, filler, tmp_path / "run", TrainingSettings(steps=1))

    assert str(caught.value).startswith("2 of 52 photos cannot be read")
    assert all(path.name in str(caught.value) for path in broken)


def test_empty_files_are_listed_as_unreadable(sources: Sources, tmp_path: Path) -> None:
    people = shutil.copytree(sources[0], tmp_path / "people")
    broken = next(people.rglob("*.png"))
    broken.write_bytes(b"")

    with pytest.raises(DatasetError, match=f"(?s)1 of 42 photos cannot be read.*{broken.name}: the file is empty"):
        train(people, sources[1], tmp_path / "run", TrainingSettings(steps=1))


def test_missing_folders_are_errors(sources: Sources, tmp_path: Path) -> None:
    for people, filler in [(tmp_path / "none", sources[1]), (sources[0], tmp_path / "none")]:
        with pytest.raises(IdiaError, match="none"):
            train(people, filler, tmp_path / "run", TrainingSettings(steps=1))


def test_near_duplicates_of_attack_photos_never_train(sources: Sources, tmp_path: Path) -> None:
    people = shutil.copytree(sources[0], tmp_path / "people")
    filler = shutil.copytree(sources[1], tmp_path / "others")
    for folder in people.iterdir():
        for photo in sorted(folder.iterdir()):
            brighter = np.asarray(Image.open(photo)) + np.uint8(9)
            Image.fromarray(brighter).save(photo.with_name(f"copy_{photo.name}"))
    shutil.copy(next(people.rglob("*.png")), filler / "Un_Known_0001.png")

    result = train(people, filler, tmp_path / "run", TrainingSettings(steps=1))

    assert result.recipe["counts"]["near_duplicates_dropped"] == 6 * 7 + 1
    assert result.recipe["counts"]["member_pairs"] == 3 * 2
    assert result.recipe["counts"]["filler_pairs"] == 10
