"""How much leaks, depending on how many photos the attacker has of each person."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # so that torch is not imported before a benchmark runs
    from idia.attacks.voting import Size
    from idia.audit import Audit


def test_attack_samples(idia_audit: "Audit", idia_photos: "Size") -> None:
    """The rates of everybody are measured at this number of photos, with intervals that hold them."""
    cell = idia_audit.result.cell(idia_photos)

    assert cell.members > 0
    assert cell.non_members > 0
    for estimate in (cell.tpr, cell.fpr, cell.auc):
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
        assert estimate.low < estimate.high
