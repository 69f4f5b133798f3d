"""What is asked of a model by names alone."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from idia.attacks.release import rows_tested
from idia.attacks.text_only import INVERSIONS
from idia.audit import Auditor
from idia.audit.text_measurement import Measurement, inversion
from idia.errors import DatasetError
from idia.experiments import Experiment
from idia.plan import make_plan
from idia.settings import TOY_MODEL, Mode, Settings, resolve
from idia.timing import CpuClock


def resolved(*modes: str) -> Settings:
    return resolve({"text_only": modes}, {}, {}, working_folder=Path(), project_folder=Path())


def test_a_mode_keeps_its_own_restarts_and_steps_unless_others_are_asked_for() -> None:
    settings = resolved("cheap", "full:20x500", "release:2x50")

    assert inversion(settings, "cheap") == INVERSIONS["cheap"]
    full, release = inversion(settings, "full"), inversion(settings, "release")
    assert (full.n_restarts, full.n_steps, full.learning_rate) == (20, 500, INVERSIONS["full"].learning_rate)
    assert (release.n_restarts, release.n_steps, release.has_one_start) == (2, 50, True)


@pytest.fixture
def measured(tmp_path: Path) -> Callable[..., Any]:
    def measured(mode: Mode, change: Callable[[Experiment], Experiment]) -> Any:
        """What is found of the toy's people, changed, with hardly a step."""
        given = {"model": [TOY_MODEL], "text_only": [f"{mode}:2x1"], "text_reference": ["20"], "names": ["150"]}
        plan = make_plan(resolve(given, {}, {}, working_folder=tmp_path, project_folder=tmp_path))
        plan = replace(plan, experiments=tuple(map(change, plan.experiments)))
        return Measurement(plan, Auditor(plan), CpuClock(), plan.targets[0], mode).findings()

    return measured


def test_where_nobody_has_a_surname_there_are_no_namesakes(measured: Callable[..., Any]) -> None:
    def in_one_word(experiment: Experiment) -> Experiment:
        known = tuple(replace(person, name=person.name.replace(" ", "-")) for person in experiment.people)
        return replace(experiment, people=replace(experiment.people, people=known))

    for finding in measured("cheap", in_one_word):
        assert [*finding.text_only.kinds] == ["gibberish", "fictitious", "rare-real"]


def test_the_release_needs_members_and_others_among_those_whom_it_tests(measured: Callable[..., Any]) -> None:
    def few_others(experiment: Experiment) -> Experiment:
        occurrences = np.zeros_like(experiment.occurrences)
        occurrences[rows_tested(len(occurrences))] = 1
        return replace(experiment, occurrences=occurrences)

    with pytest.raises(DatasetError, match="expected members and non-members among these 20, got 20 members"):
        measured("release", few_others)
