"""Members and non-members: without both, nothing can be measured."""

import numpy as np
from jaxtyping import Int

from idia.errors import DatasetError


def check_roles(occurrences: Int[np.ndarray, " people"]) -> None:
    """Raises `DatasetError` unless there are both members and non-members."""
    members = int((occurrences > 0).sum())
    non_members = int((occurrences == 0).sum())
    if members and non_members:
        return
    missing = "members (occurrences above 0)" if not members else "non-members (0 occurrences)"
    raise DatasetError(
        f"expected both members and non-members, got {members} members and {non_members} non-members. Without "
        f"{missing} no leakage can be measured: add people, or correct the membership table."
    )
