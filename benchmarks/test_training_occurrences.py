"""How much leaks, depending on how often a person occurs in the training data."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # so that torch is not imported before a benchmark runs
    from idia.attacks.voting import Size
    from idia.audit import Audit


def test_training_occurrences(idia_audit: "Audit", idia_occurrences: str, idia_photos: "Size") -> None:
    """Members of this bin are compared with all non-members, and are some of the members."""
    cell = idia_audit.result.cell(idia_photos, idia_occurrences)
    everybody = idia_audit.result.cell(idia_photos)

    assert 0 < cell.members <= everybody.members
    assert cell.non_members == everybody.non_members
    assert cell.fpr == everybody.fpr
    assert cell.true_positives <= everybody.true_positives
    assert cell.tpr.low <= cell.tpr.value <= cell.tpr.high
