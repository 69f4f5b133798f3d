"""The one verdict about a limit, used by pytest and by `idia compare` alike."""

from idia.gates.limits import Limit
from idia.gates.measured import Measured
from idia.gates.verdicts import Judgement


def judged(limit: Limit, now: Measured, baseline: Measured | str | None = None) -> Judgement:
    """Returns whether what was measured is within a limit.

    An upper limit is kept if the upper end of the 95 % interval is within it, and broken if the value is beyond it; in
    between, people are too few to tell. A lower limit likewise. Differences are paired where both records list the same
    people in the same rows, and otherwise have an interval as of two independent groups, which is wider.

    Args:
        limit: What is allowed.
        now: What was measured.
        baseline: What it is compared with, where the limit is relative; a sentence where there is none, as from
            `baseline_of`.
    """
    raise NotImplementedError
