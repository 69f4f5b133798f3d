"""Verdicts instead of scores: who is called a member, as rates with exact intervals; the form that papers report."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from idia.errors import ShapeError
from idia.evaluation.roles import check_roles
from idia.statistics import Estimate, proportion


@dataclass(frozen=True, slots=True)
class VerdictResult:
    """How often those who call somebody a member are right.

    Precision and accuracy are of the people at hand: they depend on how many of these are members, and say nothing of
    other people, for whom `idia.statistics.precision_at` reckons with rarer members.

    Attributes:
        members: How many members there are.
        non_members: How many non-members there are.
        members_called: How many of the members are called members.
        non_members_called: How many of the non-members are.
    """

    members: int
    non_members: int
    members_called: int
    non_members_called: int

    @property
    def recall(self) -> Estimate:
        """Fraction of members called members: the true-positive rate."""
        return proportion(self.members_called, self.members)

    @property
    def fpr(self) -> Estimate:
        """Fraction of non-members called members: the false-positive rate."""
        return proportion(self.non_members_called, self.non_members)

    @property
    def precision(self) -> Estimate | None:
        """Fraction of those called members who are members; None where nobody is called one."""
        called = self.members_called + self.non_members_called
        return proportion(self.members_called, called) if called else None

    @property
    def accuracy(self) -> Estimate:
        """Fraction of people told apart rightly."""
        right = self.members_called + self.non_members - self.non_members_called
        return proportion(right, self.members + self.non_members)


def evaluate_verdicts(called: Bool[np.ndarray, " people"], occurrences: Int[np.ndarray, " people"]) -> VerdictResult:
    """Returns how often verdicts are right, with Clopper-Pearson intervals over people.

    Args:
        called: Who is called a member `[people]`.
        occurrences: Image–text pairs of each person in the training data `[people]`; members have some.

    Raises:
        DatasetError: There are only members or only non-members.
        ShapeError: There is not one verdict, yes or no, for each person.
    """
    called, occurrences = np.asarray(called), np.asarray(occurrences)
    if called.dtype != np.bool_ or called.ndim != 1 or called.shape != occurrences.shape:
        raise ShapeError(
            f"expected one verdict, True or False, and one count per person, got {called.dtype} of shape "
            f"{called.shape} and counts of shape {occurrences.shape}."
        )
    check_roles(occurrences)
    is_member = occurrences > 0
    found, taken = int((called & is_member).sum()), int((called & ~is_member).sum())
    return VerdictResult(int(is_member.sum()), int((~is_member).sum()), found, taken)
