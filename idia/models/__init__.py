"""Models under audit: one protocol, one adapter, one cache.

The names are resolved on first use: reading a model specification (`idia.models.specs`) needs no torch, and a model
of one's own needs no open_clip.
"""

from typing import TYPE_CHECKING

from idia.lazy import lazily

if TYPE_CHECKING:
    from idia.models.cache import EmbeddingCache as EmbeddingCache
    from idia.models.differentiable import DifferentiableModel as DifferentiableModel
    from idia.models.differentiable import as_differentiable as as_differentiable
    from idia.models.folders import packaged_models as packaged_models
    from idia.models.loading import load_model as load_model
    from idia.models.prompting import as_prompt_model as as_prompt_model
    from idia.models.prompting import encode_prompts as encode_prompts
    from idia.models.protocol import Model as Model
    from idia.models.protocol import ModelInfo as ModelInfo
    from idia.models.protocol import Progress as Progress
    from idia.models.protocol import PromptModel as PromptModel

_HOME = {
    "DifferentiableModel": "idia.models.differentiable",
    "EmbeddingCache": "idia.models.cache",
    "Model": "idia.models.protocol",
    "ModelInfo": "idia.models.protocol",
    "Progress": "idia.models.protocol",
    "PromptModel": "idia.models.protocol",
    "as_differentiable": "idia.models.differentiable",
    "as_prompt_model": "idia.models.prompting",
    "encode_prompts": "idia.models.prompting",
    "load_model": "idia.models.loading",
    "packaged_models": "idia.models.folders",
}

__all__ = sorted(_HOME)


__getattr__, __dir__ = lazily(__name__, _HOME)
