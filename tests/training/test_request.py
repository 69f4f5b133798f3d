from dataclasses import replace
from pathlib import Path

from idia.people import load_people
from idia.training.recipe import Augmentation, Optimisation
from idia.training.request import differences, request_of
from idia.training.settings import TrainingSettings


def test_differences_name_what_changed_appeared_and_vanished() -> None:
    before = {"settings": {"seed": 0, "steps": 9}, "old": 1}
    now = {"settings": {"seed": 1, "steps": 9}, "new": 2}

    assert differences(before, now) == [
        "settings.seed: 0 before, 1 now",
        "old: 1 before, absent now",
        "new: absent before, 2 now",
    ]
    assert differences(now, now) == []


def test_a_request_tells_every_number_of_the_recipe_apart(sources: tuple[Path, Path]) -> None:
    people, filler = load_people(sources[0]), sorted(sources[1].iterdir())
    plain = request_of("run", TrainingSettings(), Optimisation(), Augmentation(), people, filler)

    other = request_of(
        "run",
        TrainingSettings(),
        replace(Optimisation(), peak_lr=1.0),
        replace(Augmentation(), grey=0.5),
        people,
        filler[1:],
    )

    assert [line.split(":")[0] for line in differences(plain, other)] == [
        "optimisation.peak_lr",
        "augmentation.grey",
        "data.filler_sha256",
    ]
