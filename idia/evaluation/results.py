"""What was measured: cells, and all that one attack on one model gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from idia.attacks.voting import Size
from idia.errors import SettingError
from idia.statistics import Estimate, NoFalsePositives, TrendTest, Unresolved


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What is found at a false-positive rate.

    Attributes:
        fpr: The false-positive rate that is kept to.
        tpr: The true-positive rate there; or that the non-members are too few to show it.
    """

    fpr: float
    tpr: Estimate | Unresolved


@dataclass(frozen=True, slots=True)
class Precision:
    """How many of those called members are members, where members are as common as supposed.

    Attributes:
        prior: The supposed fraction of members.
        at: Whom the attack calls a member: `tau 1`, or `no false positives`.
        precision: The fraction; None where it calls nobody.
    """

    prior: float
    at: str
    precision: Estimate | None


@dataclass(frozen=True, slots=True)
class Curve:
    """How well a score ranks some members above all non-members.

    Attributes:
        auc: Area under the ROC curve, averaged over draws.
        operating_points: What is found at low false-positive rates, with the photos of the first draw; nothing at
            smaller numbers of photos.
        no_false_positives: What is found where no non-member is called a member; None at smaller numbers of photos.
    """

    auc: Estimate
    operating_points: tuple[OperatingPoint, ...] = ()
    no_false_positives: NoFalsePositives | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What leaked, for one number of photos, one bin of training occurrences and one threshold.

    Attributes:
        n_photos: Photos per person.
        occurrences: The members' training occurrences: `all`, one count or a closed range.
        tau: The threshold on the number of prompts won.
        members: How many members there are.
        non_members: How many non-members there are; the same people whatever the bin.
        true_positives: Members found, averaged over draws.
        false_positives: Non-members taken for members, averaged over draws.
        true_positives_sd: Deviation over draws: the choice of photos, not the uncertainty over people.
        false_positives_sd: The same for false positives.
        tpr: True-positive rate.
        fpr: False-positive rate.
        curve: The membership score at every threshold.
        group: The group of the membership table whose members these are; all of them if it is empty.
    """

    n_photos: Size
    occurrences: str
    tau: int
    members: int
    non_members: int
    true_positives: float
    false_positives: float
    true_positives_sd: float
    false_positives_sd: float
    tpr: Estimate
    fpr: Estimate
    curve: Curve
    group: str = ""

    @property
    def auc(self) -> Estimate:
        """Area under the ROC curve of the membership score."""
        return self.curve.auc

    @property
    def accuracy(self) -> float:
        """Fraction of people told apart rightly."""
        right = self.true_positives + self.non_members - self.false_positives
        return right / (self.members + self.non_members)


@dataclass(frozen=True, slots=True)
class ScoreCell:
    """What leaked through an attack with a continuous score, for one number of photos and one bin of occurrences.

    Attributes:
        n_photos: Photos per person.
        occurrences: The members' training occurrences: `all`, one count or a closed range.
        members: How many members there are.
        non_members: How many non-members there are; the same people whatever the bin.
        curve: The membership score at every threshold.
        group: The group of the membership table whose members these are; all of them if it is empty.
    """

    n_photos: Size
    occurrences: str
    members: int
    non_members: int
    curve: Curve
    group: str = ""

    @property
    def auc(self) -> Estimate:
        """Area under the ROC curve of the membership score."""
        return self.curve.auc


@dataclass(frozen=True, slots=True)
class AttackResult:
    """Everything measured by one attack that calls people members, on one model.

    Attributes:
        cells: One cell for every number of photos and every bin, all members first, at the threshold asked for.
        threshold_sweep: All members and the largest number of photos, at every threshold.
        trend: Whether the TPR rises from bin to bin, at the largest number of photos; None with fewer than two bins,
            or where verdicts depend on which photos are drawn, so that there are no whole people to count.
        groups: One cell for every group of members, at the largest number of photos.
        precision: Of all members at the largest number of photos.
    """

    cells: tuple[Cell, ...]
    threshold_sweep: tuple[Cell, ...]
    trend: TrendTest | None
    groups: tuple[Cell, ...] = ()
    precision: tuple[Precision, ...] = ()

    def cell(self, n_photos: Size, occurrences: str = "all") -> Cell:
        """Returns the cell for so many photos and these training occurrences.

        Raises:
            SettingError: That was not measured.
        """
        return _found(self.cells, n_photos, occurrences)


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """Everything measured by one attack with a continuous score, on one model.

    Attributes:
        cells: One cell for every number of photos and every bin, all members first.
        groups: One cell for every group of members, at the largest number of photos.
        precision: Of all members at the largest number of photos.
    """

    cells: tuple[ScoreCell, ...]
    groups: tuple[ScoreCell, ...] = ()
    precision: tuple[Precision, ...] = ()

    def cell(self, n_photos: Size, occurrences: str = "all") -> ScoreCell:
        """Returns the cell for so many photos and these training occurrences.

        Raises:
            SettingError: That was not measured.
        """
        return _found(self.cells, n_photos, occurrences)


class _Placed(Protocol):
    @property
    def n_photos(self) -> Size: ...
    @property
    def occurrences(self) -> str: ...


_AnyCell = TypeVar("_AnyCell", bound=_Placed)


def _found(cells: Sequence[_AnyCell], n_photos: Size, occurrences: str) -> _AnyCell:
    for cell in cells:
        if cell.n_photos == n_photos and cell.occurrences == occurrences:
            return cell
    measured = sorted({f"{cell.n_photos} photos of {cell.occurrences}" for cell in cells})
    raise SettingError(
        f"nothing was measured for {n_photos} photos of {occurrences}; there are: {', '.join(measured)}."
    )
