"""How many of those called members are members, where members are as common as one supposes."""

from idia.statistics.checks import checked_fraction
from idia.statistics.estimates import Estimate


def precision_at(prior: float, tpr: Estimate, fpr: Estimate) -> Estimate | None:
    """Returns the precision of a verdict among people of whom a given fraction are members.

    Precision rises with the TPR and falls with the FPR. Its lower end is therefore that of the lower end of the TPR and
    the upper end of the FPR, and the other way round: it misses the truth only if one of theirs does. As the two rest
    on different people, this is cautious. Where nobody among the non-members was called a member, the value is 1 and so
    is the upper end, but the lower end still reckons with all the false positives that others may bring.

    Args:
        prior: The fraction of members among the people that one accuses from, between 0 and 1.
        tpr: The fraction of members called members.
        fpr: The fraction of non-members called members.

    Returns:
        The precision, or None where nobody at all was called a member.

    Raises:
        SettingError: The prior is not between 0 and 1.

    Source:
        Jayaraman, Wang, Knipmeyer, Gu, Evans, "Revisiting membership inference under realistic assumptions", PoPETs
        2021, on priors other than one half.
    """
    checked_fraction(prior, "a prior")
    if tpr.value == fpr.value == 0:
        return None
    value, low, high = (
        _precision(prior, *rates) for rates in ((tpr.value, fpr.value), (tpr.low, fpr.high), (tpr.high, fpr.low))
    )
    return Estimate(value, low, high, f"ends of tpr ({tpr.method}) and fpr ({fpr.method})", tpr.n + fpr.n)


def _precision(prior: float, tpr: float, fpr: float) -> float:
    return prior * tpr / (prior * tpr + (1 - prior) * fpr)
