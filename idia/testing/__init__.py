"""A model with planted members and known truth, for tests, first runs and trying out a pipeline.

Nothing here is a face or a real person: people are coloured patterns, their names are sampled, and what the model
remembers was put there on purpose. The names below are resolved on first use; the people need no torch.
"""

from typing import TYPE_CHECKING

from idia.lazy import lazily

if TYPE_CHECKING:
    from idia.testing.embeddings import clip_like_embeddings as clip_like_embeddings
    from idia.testing.embeddings import clip_like_embeddings_on as clip_like_embeddings_on
    from idia.testing.model import ToyClip as ToyClip
    from idia.testing.model import toy_clip as toy_clip
    from idia.testing.people import toy_people as toy_people

_HOME = {
    "clip_like_embeddings": "idia.testing.embeddings",
    "clip_like_embeddings_on": "idia.testing.embeddings",
    "ToyClip": "idia.testing.model",
    "toy_clip": "idia.testing.model",
    "toy_people": "idia.testing.people",
}


__all__ = sorted(_HOME)

__getattr__, __dir__ = lazily(__name__, _HOME)
