"""How much leaks to attacks that need no name to win a vote: what the published one misses is not forgotten."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # so that torch is not imported before a benchmark runs
    from idia.audit import Audit


def test_stronger_attacks(idia_audit: "Audit") -> None:
    """Every attack is measured on the same people, with intervals that hold its numbers."""
    published = idia_audit.result.cells[0]

    for result in idia_audit.results.values():
        for cell in result.cells:
            assert cell.non_members == published.non_members
            assert 0 <= cell.auc.low <= cell.auc.value <= cell.auc.high <= 1
            assert cell.auc.low < cell.auc.high


def test_controls(idia_audit: "Audit") -> None:
    """Nobody is found where there is nobody to find, and planted members are."""
    for record in idia_audit.records:
        assert record.document["status"] == "ok", record.document.get("invalid_because")
