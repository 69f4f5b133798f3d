"""How many people a claim needs, before anybody is photographed or any model is attacked."""

import math
from typing import Literal

import numpy as np
from jaxtyping import Float64, Int
from scipy.special import ndtr, ndtri

from idia.errors import SettingError
from idia.randomness import random_fractions
from idia.statistics.checks import checked_fraction, fewest_for
from idia.statistics.delong import delong
from idia.statistics.estimates import CONFIDENCE, Estimate
from idia.statistics.melding import melded_interval
from idia.statistics.proportions import clopper_pearson, proportion

_MOST_PEOPLE = 10**7


def non_members_to_bound_fpr(fpr: float, *, sides: Literal[1, 2] = 1) -> int:
    """Returns how many non-members must all be spared to bound the false-positive rate with 95 % confidence.

    Args:
        fpr: What the rate is to be at most, a fraction between 0 and 1.
        sides: 1 if it is only asked how high the rate may be; 2 for the upper end of a two-sided interval, as reports
            show it.

    Raises:
        SettingError: The rate is not between 0 and 1.

    Source:
        Clopper and Pearson's interval of no success; Hanley, Lippman-Hand, "If nothing goes wrong, is everything all
        right?", JAMA 249 (1983), for the rule of three.

    >>> non_members_to_bound_fpr(0.01), non_members_to_bound_fpr(0.01, sides=2), non_members_to_bound_fpr(0.001)
    (299, 368, 2995)
    """
    checked_fraction(fpr, "a false-positive rate")
    return math.ceil(math.log((1 - CONFIDENCE) / sides) / math.log1p(-fpr))


def non_members_to_resolve(fpr: float) -> int:
    """Returns how many non-members it takes before one of them is within the false-positive rate.

    With fewer, `tpr_at_fpr` is `Unresolved`. With so many, it has a value, but the lower end of its interval is above 0
    only from `non_members_to_bound_fpr` with two sides.

    Raises:
        SettingError: The rate is not between 0 and 1.

    >>> non_members_to_resolve(0.001)
    1000
    """
    return fewest_for(1, checked_fraction(fpr, "a false-positive rate"))


def non_members_to_measure_tpr(tpr: float, fpr: float, width: float, *, members: int | None = None) -> int:
    """Returns how many non-members make the interval of `tpr_at_fpr` about so narrow.

    Reckoned for normal scores of equal spread, for people who lie exactly where people are expected.

    Args:
        tpr: The TPR that is expected, a fraction between 0 and 1.
        fpr: The false-positive rate at which, a fraction between 0 and 1.
        width: How far the ends of the interval may be apart, a fraction between 0 and 1.
        members: How many members there are; by default as many as non-members.

    Raises:
        SettingError: One of the numbers is out of range, or so few members never give so narrow an interval.
    """
    for value, what in ((tpr, "a TPR"), (fpr, "a false-positive rate"), (width, "a width")):
        checked_fraction(value, what)
    if members is not None:
        if members < 1:
            raise SettingError(f"expected one or more members, got {members}. Leave it out for as many as non-members.")
        ends = clopper_pearson(round(tpr * members), members)
        if ends[1] - ends[0] > width:
            raise SettingError(
                f"expected a width that {members} members can have, {ends[1] - ends[0]:.3f} or more, got {width}. Plan "
                "more members, or a wider interval."
            )
    too_few, enough = 0, non_members_to_resolve(fpr)
    while _width(tpr, fpr, enough, members) > width:
        too_few, enough = enough, 2 * enough
        if enough > _MOST_PEOPLE:
            raise SettingError(f"expected a width that people can have, got {width} with {members} members. Plan more.")
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (middle, enough) if _width(tpr, fpr, middle, members) > width else (too_few, middle)
    return max(enough, non_members_to_resolve(fpr))


def power_of_auc_difference(
    first: float,
    second: float,
    *,
    correlation: float,
    members: int,
    non_members: int,
    simulations: int = 1_000,
    seed: int = 0,
) -> Estimate:
    """Returns how often two scores of so many people would be told apart, if their areas are these.

    Scores are normal and of equal spread. They are told apart where `delong` puts the first above the second, or the
    other way round as it should be; the bootstrap in `auc_difference` may at times ask for a little more.

    Args:
        first: The area under the ROC curve of one score, a fraction between 0 and 1.
        second: That of another, which is not the same.
        correlation: Of the two scores, among members and among non-members, between -1 and 1.
        members: How many members there are.
        non_members: How many non-members there are.
        simulations: How many data sets are simulated.
        seed: Keys the simulation.

    Returns:
        The power, whose interval is about the simulation and whose n is how many data sets were simulated.

    Raises:
        SettingError: One of the numbers is out of range, or there is no difference to find.
    """
    shifts = [float(ndtri(checked_fraction(area, "an area"))) * math.sqrt(2) for area in (first, second)]
    if first == second or not -1 < correlation < 1 or min(members, non_members, simulations) < 1:
        raise SettingError(
            f"expected two different areas, a correlation between -1 and 1, and one or more members, non-members and "
            f"simulations, got areas {first} and {second}, {correlation}, {members}, {non_members} and {simulations}."
        )
    is_member = np.arange(members + non_members) < members
    people, told_apart = np.arange(len(is_member), dtype=np.uint64), 0
    for simulation in range(simulations):
        common, own = (_normal(seed, simulation, which, people) for which in range(2))
        scores = common, correlation * common + math.sqrt(1 - correlation**2) * own
        one, other = (score + shift * is_member for score, shift in zip(scores, shifts, strict=True))
        value, error = delong(one, other, is_member)
        told_apart += math.copysign(value, (first - second) * value) / error > float(ndtri((1 + CONFIDENCE) / 2))
    return proportion(told_apart, simulations)


def _normal(seed: int, simulation: int, which: int, people: np.ndarray) -> Float64[np.ndarray, " people"]:
    fractions = random_fractions(seed, simulation, which, people)
    numbers: Float64[np.ndarray, " people"] = ndtri(np.maximum(fractions, 2.0**-54))
    return numbers


def _width(tpr: float, fpr: float, non_members: int, members: int | None) -> float:
    n_members = non_members if members is None else members
    shift = float(ndtri(tpr) - ndtri(fpr))

    def found(ranks: Int[np.ndarray, " ranks"]) -> Float64[np.ndarray, " ranks"]:
        expected: Float64[np.ndarray, " ranks"] = n_members * ndtr(ndtri(ranks / (non_members + 1)) + shift)
        return expected

    low, high = melded_interval(found, n_members, non_members, fpr)
    return high - low
