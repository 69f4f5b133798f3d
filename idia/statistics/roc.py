"""The exact ROC curve of one score per person, and what is found at few or no false positives."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int, Num

from idia.statistics.checks import checked_fraction, checked_scores, fewest_for, most_of
from idia.statistics.estimates import Estimate, Unresolved
from idia.statistics.melding import melded_interval
from idia.statistics.proportions import proportion


@dataclass(frozen=True, eq=False)
class RocCurve:
    """Every pair of rates that some threshold has; between two of them no threshold lies, and nothing is interpolated.

    A threshold calls a member whoever scores at least so much: of people with the same score all or none.

    Attributes:
        thresholds: Falling `[points]`; the first is infinite and calls nobody a member, the last everybody.
        false_positives: Non-members called members `[points]`, rising.
        true_positives: Members called members `[points]`, rising.
    """

    thresholds: Float64[np.ndarray, " points"]
    false_positives: Int[np.ndarray, " points"]
    true_positives: Int[np.ndarray, " points"]

    @property
    def fpr(self) -> Float64[np.ndarray, " points"]:
        """False-positive rates, fractions of the non-members."""
        return self.false_positives / int(self.false_positives[-1])

    @property
    def tpr(self) -> Float64[np.ndarray, " points"]:
        """True-positive rates, fractions of the members."""
        return self.true_positives / int(self.true_positives[-1])


@dataclass(frozen=True, slots=True)
class NoFalsePositives:
    """What the lowest threshold finds that calls no non-member a member.

    Attributes:
        tpr: The fraction of members above that threshold.
        fpr: Its false-positive rate: 0 of the non-members here, and up to `fpr.high` of others.
    """

    tpr: Estimate
    fpr: Estimate


def roc_curve(member_scores: Num[np.ndarray, " members"], non_member_scores: Num[np.ndarray, " others"]) -> RocCurve:
    """Returns the ROC curve.

    Args:
        member_scores: Scores `[members]`, the higher the more likely a member.
        non_member_scores: Scores `[non_members]`.

    Raises:
        ShapeError: There is not one finite score per person.

    >>> curve = roc_curve(np.array([3, 2]), np.array([2, 1]))
    >>> list(zip(curve.false_positives.tolist(), curve.true_positives.tolist()))
    [(0, 0), (0, 1), (1, 2), (2, 2)]
    """
    members, others = checked_scores(member_scores, "members"), checked_scores(non_member_scores, "non-members")
    thresholds = np.concatenate([[np.inf], np.unique(np.concatenate([members, others]))[::-1]])
    return RocCurve(thresholds, _at_least(thresholds, others), _at_least(thresholds, members))


def tpr_at_fpr(
    member_scores: Num[np.ndarray, " members"], non_member_scores: Num[np.ndarray, " others"], fpr: float
) -> Estimate | Unresolved:
    """Returns the fraction of members found where at most this fraction of non-members is called members.

    The value is that of the lowest threshold that keeps to the rate among the non-members at hand. The interval is one
    for the rate of members at the threshold which keeps to it among all non-members: the uncertainty of the threshold
    is in it. In simulations, an interval of the rate alone, at the threshold found, holds the truth in as few as 25 %
    of the cases; widened to a bootstrap over people, in 80 % where few non-members decide; and this one in 97 %.

    Args:
        member_scores: Scores `[members]`, the higher the more likely a member.
        non_member_scores: Scores `[non_members]`.
        fpr: The false-positive rate, a fraction between 0 and 1.

    Returns:
        The rate; or `Unresolved`, where the non-members are too few for one of them to be within the rate.

    Raises:
        SettingError: The rate is not between 0 and 1.
        ShapeError: There is not one finite score per person.

    Source:
        Why at low false-positive rates: Carlini, Chien, Nasr, Song, Terzis, Tramèr, "Membership inference attacks from
        first principles", IEEE S&P 2022, arXiv:2112.03570, section III. The interval: `melded_interval`.

    >>> tpr_at_fpr(np.arange(20, 50), np.arange(30), 0.1).value  # above 26, the fourth highest of 30
    0.7666666666666667
    >>> str(tpr_at_fpr(np.arange(20, 50), np.arange(30), 0.01))
    'n/a, resolution 1/30'
    """
    members, others = checked_scores(member_scores, "members"), checked_scores(non_member_scores, "non-members")
    checked_fraction(fpr, "a false-positive rate")
    within = most_of(fpr, len(others))
    if within < 1:
        return Unresolved(len(others), fewest_for(1, fpr))
    found = members_above(members, others)
    value = int(found[within + 1]) / len(members)
    low, high = melded_interval(lambda rank: found[rank].astype(np.float64), len(members), len(others), fpr)
    method = "clopper-pearson, melded with the threshold's order statistics"
    return Estimate(value, min(low, value), max(high, value), method, len(members) + len(others))


def tpr_at_no_false_positives(
    member_scores: Num[np.ndarray, " members"], non_member_scores: Num[np.ndarray, " others"]
) -> NoFalsePositives:
    """Returns the fraction of members who score above every non-member.

    Both intervals are about the threshold found, the highest score of a non-member. It does not depend on the members,
    so that Clopper and Pearson's interval of the TPR holds. Nor does it spoil that of the FPR: whether a threshold is
    given and no non-member reaches it, or it is set where none does, the chance of that at a rate of f is at most
    (1 - f)**n.

    Args:
        member_scores: Scores `[members]`, the higher the more likely a member.
        non_member_scores: Scores `[non_members]`.

    Raises:
        ShapeError: There is not one finite score per person.
    """
    members, others = checked_scores(member_scores, "members"), checked_scores(non_member_scores, "non-members")
    found = int((members > others.max()).sum())
    return NoFalsePositives(proportion(found, len(members)), proportion(0, len(others)))


def members_above(
    member_scores: Float64[np.ndarray, " members"], non_member_scores: Float64[np.ndarray, " others"]
) -> Int[np.ndarray, " ranks"]:
    """Returns how many members score above the j-th highest non-member, for j from 0 (nobody) to n + 1 (everybody)."""
    highest = np.sort(non_member_scores)[::-1]
    above = len(member_scores) - np.searchsorted(np.sort(member_scores), highest, side="right")
    return np.concatenate([[0], above, [len(member_scores)]])


def _at_least(
    thresholds: Float64[np.ndarray, " points"], scores: Float64[np.ndarray, " people"]
) -> Int[np.ndarray, " points"]:
    return len(scores) - np.searchsorted(np.sort(scores), thresholds, side="left")
