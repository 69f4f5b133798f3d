"""Baselines that never ask the model under audit, and what may be claimed of an attack beside them.

The names are resolved on first use: to import them needs no scikit-learn.
"""

from typing import TYPE_CHECKING

from idia.lazy import lazily

if TYPE_CHECKING:
    from idia.blind.baselines import BASELINES as BASELINES
    from idia.blind.baselines import blind_scores as blind_scores
    from idia.blind.claims import Claim as Claim
    from idia.blind.claims import claim as claim
    from idia.blind.images import image_features as image_features

_HOME = {
    "BASELINES": "idia.blind.baselines",
    "Claim": "idia.blind.claims",
    "blind_scores": "idia.blind.baselines",
    "claim": "idia.blind.claims",
    "image_features": "idia.blind.images",
}

__all__ = sorted(_HOME)

__getattr__, __dir__ = lazily(__name__, _HOME)
