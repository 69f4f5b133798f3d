"""Which models are a model's controls: the same architecture with random weights, and one that saw other people."""

from collections.abc import Callable
from contextlib import suppress
from typing import Literal, TypeVar

from idia.errors import IdiaError
from idia.experiments import brought_world
from idia.models.folders import RECIPE, WorldModel, world_model
from idia.models.specs import random_counterpart
from idia.plan import Plan, Target

UNSCORED = "it cannot be scored; ask for it by itself to learn why"
"""What is published of a control that fails: its error may name folders or people."""

_Answer = TypeVar("_Answer")


def or_unscored(ask: Callable[[], _Answer]) -> _Answer | str:
    """Returns what a control answers, or that it cannot be scored: that is no end of the audit.

    Args:
        ask: Asks it.
    """
    try:
        return ask()
    except IdiaError:
        return UNSCORED


def counterpart(plan: Plan, target: Target, kind: Literal["random-weights", "clean-model"]) -> Target | str:
    """Returns the control to score beside a model, or why there is none.

    Args:
        plan: Whom to attack, and how.
        target: The model.
        kind: Which control it is.
    """
    spec = _random(plan, target) if kind == "random-weights" else _clean(plan, target)
    if spec.startswith(("local-dir:", "random:")):
        return Target(spec, kind, target.spec, target.experiment)
    return spec


def _random(plan: Plan, target: Target) -> str:
    try:
        return random_counterpart(target.spec)
    except IdiaError:
        named = [spec for spec in plan.settings.control if spec.startswith("random:")]
        return named[0] if named else "only its factory knows the architecture; name one by --idia-control random:ARCH"


def _clean(plan: Plan, target: Target) -> str:
    """The first model beside this one that was trained on nobody of its people."""
    folder = plan.settings.world
    own = brought_world(f"local-dir:{folder}" if folder is not None else target.spec)
    if own is None:
        return "no model is known that was trained without these people"
    for path in sorted(own.folder.parent.glob(f"*/{RECIPE}")):
        with suppress(IdiaError):  # what is wrong with another model is said where it is asked for
            other = world_model(path.parent)
            if other is not None and _is_clean_of(other, own):
                return f"local-dir:{other.folder}"
    return f"no clean model of the same people lies beside {own.name}"


def _is_clean_of(other: WorldModel, own: WorldModel) -> bool:
    """Whether it was trained on later people of the same world: on nobody of the first ones, whatever their roles."""
    return other.clean_of is not None and other.seed == own.seed and other.n_people >= own.n_people
