"""Whether pictures are drawn as they were when a model was trained on them."""

import hashlib
from functools import cache

import numpy as np

_N_SAMPLES = 96  # of each kind: every hair style, beard and shape is among them


@cache
def renderer_sha256() -> str:
    """Returns a fingerprint of what the renderer draws, by a sample of it: the same on every machine."""
    from idia.world.faces import render_people
    from idia.world.objects import render_objects

    sample = np.arange(_N_SAMPLES, dtype=np.int64)
    digest = hashlib.sha256()
    for pictures in (render_people(0, sample, sample % 7), render_objects(0, sample)):
        digest.update(pictures.numpy().tobytes())
    return digest.hexdigest()
