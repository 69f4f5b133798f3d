"""For how many people there is evidence of association, as a record holds it."""

from typing import Any

import numpy as np
from jaxtyping import Bool

from idia.attacks.evidence import Evidence
from idia.statistics import benjamini_hochberg, discovered

LEVEL = 0.05
"""The false discovery rate."""


def evidence_document(evidence: Evidence, is_member: Bool[np.ndarray, " people"]) -> dict[str, Any]:
    """Returns how many members and non-members are picked out.

    Args:
        evidence: The rank of each own name among decoys.
        is_member: Who is a member `[people]`.
    """
    found = discovered(benjamini_hochberg(evidence.p_values), LEVEL)
    return {
        "n_decoys": evidence.n_decoys,
        "n_prompts": evidence.n_prompts,
        "decoys_sha256": evidence.decoys_sha256,
        "level": LEVEL,
        "method": "benjamini-hochberg",
        "members": {"n": int(is_member.sum()), "discovered": int((found & is_member).sum())},
        "non_members": {"n": int((~is_member).sum()), "discovered": int((found & ~is_member).sum())},
    }
