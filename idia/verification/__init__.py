"""Whether a results folder is what it says: every number recomputed from what lies beside it, by anybody.

The names are resolved on first use: to import them needs no torch.
"""

from typing import TYPE_CHECKING

from idia.lazy import lazily

if TYPE_CHECKING:
    from idia.verification.against import removed_or_changed as removed_or_changed
    from idia.verification.folder import Verification as Verification
    from idia.verification.folder import verify as verify
    from idia.verification.mismatches import Mismatch as Mismatch
    from idia.verification.records import Recomputed as Recomputed
    from idia.verification.tables import figure_mismatches as figure_mismatches
    from idia.verification.tables import table_mismatches as table_mismatches

_HOME = {
    "Mismatch": "idia.verification.mismatches",
    "Recomputed": "idia.verification.records",
    "Verification": "idia.verification.folder",
    "figure_mismatches": "idia.verification.tables",
    "removed_or_changed": "idia.verification.against",
    "table_mismatches": "idia.verification.tables",
    "verify": "idia.verification.folder",
}

__all__ = sorted(_HOME)

__getattr__, __dir__ = lazily(__name__, _HOME)
