"""Defences: from a model that remembers people to a changed copy that is attacked and scored like any other.

The names are resolved on first use: nothing here needs torch until a model is changed.
"""

from typing import TYPE_CHECKING

from idia.lazy import lazily

if TYPE_CHECKING:
    from idia.defences.forgetting import ForgettingResult as ForgettingResult
    from idia.defences.forgetting import forget as forget
    from idia.defences.recipe import UnlearningRecipe as UnlearningRecipe
    from idia.defences.unlearning import unlearn_names as unlearn_names

_HOME = {
    "ForgettingResult": "idia.defences.forgetting",
    "UnlearningRecipe": "idia.defences.recipe",
    "forget": "idia.defences.forgetting",
    "unlearn_names": "idia.defences.unlearning",
}

__all__ = sorted(_HOME)


__getattr__, __dir__ = lazily(__name__, _HOME)
