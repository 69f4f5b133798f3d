"""Whose face and name has a CLIP-like model memorised?

The public names are resolved on first use, so that importing the package, or merely having its pytest
plugin installed, loads neither torch nor open_clip.
"""

from typing import TYPE_CHECKING

from idia.lazy import lazily

if TYPE_CHECKING:
    from idia.attacks.calibrated import CalibratedAttack as CalibratedAttack
    from idia.attacks.evidence import EvidenceTest as EvidenceTest
    from idia.attacks.identity_inference import IdentityInferenceAttack as IdentityInferenceAttack
    from idia.attacks.nameless import NamelessAttack as NamelessAttack
    from idia.attacks.predictions import NamePredictions as NamePredictions
    from idia.attacks.strangers import StrangersAttack as StrangersAttack
    from idia.attacks.text_only import TextOnlyAttack as TextOnlyAttack
    from idia.attacks.voting import prompts_won as prompts_won
    from idia.evaluation import evaluate as evaluate
    from idia.evaluation import evaluate_scores as evaluate_scores
    from idia.evaluation import evaluate_verdicts as evaluate_verdicts
    from idia.kernels import cosine_argmax as cosine_argmax
    from idia.membership import Membership as Membership
    from idia.models import Model as Model
    from idia.models import load_model as load_model
    from idia.names import NamePool as NamePool
    from idia.people import Person as Person
    from idia.prompts import PAPER_PROMPTS as PAPER_PROMPTS
    from idia.prompts import PromptTemplates as PromptTemplates

__version__ = "0.1.0"

_HOME = {
    "CalibratedAttack": "idia.attacks.calibrated",
    "EvidenceTest": "idia.attacks.evidence",
    "IdentityInferenceAttack": "idia.attacks.identity_inference",
    "Membership": "idia.membership",
    "Model": "idia.models",
    "NamePool": "idia.names",
    "NamelessAttack": "idia.attacks.nameless",
    "NamePredictions": "idia.attacks.predictions",
    "PAPER_PROMPTS": "idia.prompts",
    "Person": "idia.people",
    "PromptTemplates": "idia.prompts",
    "StrangersAttack": "idia.attacks.strangers",
    "TextOnlyAttack": "idia.attacks.text_only",
    "cosine_argmax": "idia.kernels",
    "evaluate": "idia.evaluation",
    "evaluate_scores": "idia.evaluation",
    "evaluate_verdicts": "idia.evaluation",
    "load_model": "idia.models",
    "prompts_won": "idia.attacks.voting",
}

__all__ = [*sorted(_HOME), "__version__"]


__getattr__, __dir__ = lazily(__name__, _HOME)
