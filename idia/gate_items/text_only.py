"""In which mode a model is attacked by names alone, where a limit is on such an attack."""

from typing import TYPE_CHECKING

from idia.errors import SettingError
from idia.settings import MODES

if TYPE_CHECKING:
    from idia.plan import Plan, Target
    from idia.settings import Mode

_OF_THEIR_OWN: "dict[str, Mode]" = {"strangers": "strangers", "tuni-release": "release"}
_PHOTOS = "-photos"


def mode_of(plan: "Plan", target: "Target", attack: str) -> "Mode":
    """Returns the mode that a limit is judged by: the first that measures the attack, in the order of `MODES`.

    Args:
        plan: What a run does.
        target: One of its models.
        attack: One of the attacks by names alone, as in `idia.gates.limits.TEXT_ONLY`.

    Raises:
        SettingError: None does; says which option to add.
    """
    own = _OF_THEIR_OWN.get(attack)
    fitting = [mode for mode in MODES if (mode == own if own else mode not in _OF_THEIR_OWN.values())]
    asked = [mode for mode in fitting if mode in plan.text_only(target)]
    if not asked:
        raise SettingError(f"{attack} was not measured: add --idia-text-only {' or '.join(fitting)}")
    if attack.endswith(_PHOTOS) and not plan.settings.text_photos:
        raise SettingError(f"{attack} was not measured: add --idia-text-photos")
    return asked[0]
