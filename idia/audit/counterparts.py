"""Which models are a model's controls: the same architecture with random weights, and one that saw other people."""

from contextlib import suppress
from typing import Literal

from idia.errors import IdiaError
from idia.experiments import brought_world
from idia.membership import Membership
from idia.models.folders import RECIPE, WorldModel, world_model
from idia.models.specs import random_counterpart
from idia.plan import Plan, Target


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
    """The first model beside this one that is said to be clean of the same people under the same truth."""
    folder = plan.settings.world
    own = brought_world(f"local-dir:{folder}" if folder is not None else target.spec)
    if own is None:
        return "no model is known that was trained without these people"
    truth = plan.experiment(target).membership.counts
    for path in sorted(own.folder.parent.glob(f"*/{RECIPE}")):
        with suppress(IdiaError):  # what is wrong with another model is said where it is asked for
            other = world_model(path.parent)
            if other is None or other.clean_of is None or not _same_people(other, own):
                continue
            if Membership.from_csv(other.identities).counts == truth:
                return f"local-dir:{other.folder}"
    return f"no clean model of the same people lies beside {own.name}"


def _same_people(one: WorldModel, other: WorldModel) -> bool:
    """Returns whether two models are tested on the same synthetic people."""
    return (one.seed, one.n_people, one.n_photos) == (other.seed, other.n_people, other.n_photos)
