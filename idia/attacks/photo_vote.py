"""One vote more, where photos are at hand: do images that were optimised towards a name look like the person?"""

import numpy as np
from jaxtyping import Float64

from idia.attacks.anomaly import CONTAMINATION, AnomalyVerdicts
from idia.errors import ShapeError

PHOTO_VOTER = "photos"
"""What the vote is called, beside the detectors."""


def with_photo_vote(
    verdicts: AnomalyVerdicts,
    closeness: Float64[np.ndarray, " texts"],
    reference: Float64[np.ndarray, " references"],
    *,
    contamination: float = CONTAMINATION,
) -> AnomalyVerdicts:
    """Returns verdicts with a further column of votes, and scores that count it like one of the detectors.

    Unlike detectors it knows a direction: only images that are *closer* to the photos than those of reference texts
    speak for a member. In place of the release's two clusters, the threshold is the quantile that fresh reference texts
    exceed in a share `contamination` of the cases.

    Args:
        verdicts: What the detectors say.
        closeness: How close the images optimised towards each text are to the person's photos `[texts]`, as
            `idia.attacks.photo_closeness.photo_closeness` returns it.
        reference: The same of the reference texts `[references]`, as `reference_closeness` returns it.
        contamination: Which share of reference texts are to be called close.

    Raises:
        ShapeError: There is not one finite number per text, or no reference.
    """
    if closeness.shape != verdicts.scores.shape:
        raise ShapeError(
            f"expected one finite closeness for each of {len(verdicts.scores)} texts, got shape {closeness.shape}."
        )
    if not len(reference):
        raise ShapeError("expected the closeness of reference texts, got none.")
    for whose, values in (("texts", closeness), ("reference texts", reference)):
        if n_wrong := int((~np.isfinite(values)).sum()):
            raise ShapeError(f"of {n_wrong} of {len(values)} {whose} the closeness is not finite.")
    votes = closeness > np.quantile(reference, 1 - contamination, method="weibull")
    lower, median, upper = np.quantile(reference, [0.25, 0.5, 0.75])
    z = (closeness - median) / (float(upper - lower) or 1.0)
    n_detectors = verdicts.votes.shape[1]
    scores = (n_detectors * verdicts.scores + np.sign(z) * np.log1p(np.abs(z))) / (n_detectors + 1)
    return AnomalyVerdicts(np.column_stack([verdicts.votes, votes]), scores)
