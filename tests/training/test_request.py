from dataclasses import replace
from pathlib import Path

from idia.people import load_people
from idia.training.recipe import Augmentation, Optimisation, Recipe
from idia.training.request import differences, files_sha256, photos_sha256, request_of


def test_differences_name_what_changed_appeared_and_vanished() -> None:
    before = {"settings": {"seed": 0, "steps": 9}, "old": 1}
    now = {"settings": {"seed": 1, "steps": 9}, "new": 2}

    assert differences(before, now) == [
        "settings.seed: 0 before, 1 now",
        "old: 1 before, absent now",
        "new: absent before, 2 now",
    ]
    assert differences(now, now) == []


def test_a_request_tells_every_number_of_the_recipe_apart() -> None:
    plain = Recipe(9, seed=0)
    other = replace(
        plain, optimisation=replace(Optimisation(), peak_lr=1.0), augmentation=replace(Augmentation(), grey=0.5)
    )

    changed = differences(request_of("run", plain, {"data": 1}), request_of("run", other, {"data": 2}))

    assert [line.split(":")[0] for line in changed] == [
        "data",
        "recipe.optimisation.peak_lr",
        "recipe.augmentation.grey",
    ]


def test_photos_are_known_by_owner_name_and_content(sources: tuple[Path, Path], tmp_path: Path) -> None:
    people, filler = load_people(sources[0]), sorted(sources[1].iterdir())
    other = tmp_path / filler[0].name
    other.write_bytes(filler[1].read_bytes())

    assert files_sha256(filler) == files_sha256(list(filler))
    assert len({files_sha256(files) for files in (filler, filler[1:], [other, *filler[1:]])}) == 3
    assert photos_sha256(people) == photos_sha256(load_people(sources[0]))
    assert photos_sha256(people) != photos_sha256(replace(people, people=people.people[1:]))
