"""By which mode a limit on an attack by names alone is judged."""

from pathlib import Path

import pytest

from idia.errors import SettingError
from idia.gate_items.text_only import mode_of
from idia.gates.limits import TEXT_ONLY
from idia.plan import Plan, Target
from idia.prompts import PAPER_PROMPTS
from idia.settings import TOY_MODEL, resolve


def mode(attack: str, *modes: str, photos: str = "0") -> str:
    given = {"model": [TOY_MODEL], "text_only": modes or ["off"], "text_photos": [photos]}
    settings = resolve(given, {}, {}, working_folder=Path(), project_folder=Path())
    target = Target(TOY_MODEL)
    return mode_of(Plan(settings, (), PAPER_PROMPTS, (target,)), target, attack)


def test_of_several_modes_the_first_counts_that_measures_the_attack() -> None:
    every = ("release", "full", "cheap:2x1", "strangers")

    assert {attack: mode(attack, *every, photos="1") for attack in TEXT_ONLY} == {
        "strangers": "strangers",
        **dict.fromkeys(("tuni-gibberish", "tuni-names", "tuni-gibberish-photos", "tuni-names-photos"), "cheap"),
        "tuni-release": "release",
    }
    assert mode("tuni-names", "release", "full") == "full"


@pytest.mark.parametrize(
    ("attack", "modes", "option"),
    [
        ("tuni-names", (), "--idia-text-only cheap or full"),
        ("tuni-gibberish", ("release", "strangers"), "--idia-text-only cheap or full"),
        ("tuni-release", ("cheap", "full"), "--idia-text-only release"),
        ("strangers", ("cheap",), "--idia-text-only strangers"),
        ("tuni-names-photos", ("cheap",), "--idia-text-photos"),
    ],
)
def test_what_would_measure_it_is_said(attack: str, modes: tuple[str, ...], option: str) -> None:
    with pytest.raises(SettingError, match=f"^{attack} was not measured: add {option}$"):
        mode(attack, *modes)
