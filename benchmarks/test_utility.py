"""What a model is good for, apart from whom it remembers: a defence that spoils it is no defence."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # so that torch is not imported before a benchmark runs
    from idia.utility_audit import ModelUtility


def test_utility(idia_utility: "ModelUtility") -> None:
    """Every task is measured, with intervals over photos, and with what guessing gives."""
    assert idia_utility.scores
    for score in idia_utility.scores:
        assert 0 <= score.estimate.low <= score.estimate.value <= score.estimate.high <= 1
        assert score.estimate.low < score.estimate.high
        assert 0 < score.chance < 1
