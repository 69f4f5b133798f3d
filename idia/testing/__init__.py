"""A model with planted members and known truth, for tests, first runs and trying out a pipeline.

Nothing here is a face or a real person: people are coloured patterns, their names are sampled, and what the model
remembers was put there on purpose. The names below are resolved on first use; the people need no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from idia.testing.model import ToyClip as ToyClip
    from idia.testing.model import toy_clip as toy_clip
    from idia.testing.people import toy_people as toy_people

_HOME = {
    "ToyClip": "idia.testing.model",
    "toy_clip": "idia.testing.model",
    "toy_people": "idia.testing.people",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
