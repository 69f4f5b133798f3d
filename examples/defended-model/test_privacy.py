"""Whether the released model still forgets, and is still good for something."""

import pytest


@pytest.mark.idia_gate(auc_max=0.6)
def test_those_found_by_name_are_no_more_often_members(idia_audit):
    """Guessing, an AUC of .5, is among what these people allow."""
    auc = idia_audit.result.cell("all").auc
    assert auc.low <= 0.5 <= auc.high


def test_it_is_good_for_something(idia_utility):
    """Every task is solved better than by guessing."""
    assert all(score.estimate.low > score.chance for score in idia_utility.scores)
