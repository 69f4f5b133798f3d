"""What is asked of a model by names alone."""

from pathlib import Path

from idia.attacks.text_only import INVERSIONS
from idia.audit.text_measurement import inversion
from idia.settings import Settings, resolve


def resolved(*modes: str) -> Settings:
    return resolve({"text_only": modes}, {}, {}, working_folder=Path(), project_folder=Path())


def test_a_mode_keeps_its_own_restarts_and_steps_unless_others_are_asked_for() -> None:
    settings = resolved("cheap", "full:20x500", "release:2x50")

    assert inversion(settings, "cheap") == INVERSIONS["cheap"]
    full, release = inversion(settings, "full"), inversion(settings, "release")
    assert (full.n_restarts, full.n_steps, full.learning_rate) == (20, 500, INVERSIONS["full"].learning_rate)
    assert (release.n_restarts, release.n_steps, release.has_one_start) == (2, 50, True)
