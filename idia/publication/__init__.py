"""From what was measured to records: all that a stranger needs to recheck it, and nothing that names anybody."""

from idia.publication.findings import Finding as Finding
from idia.publication.models import published_model as published_model
from idia.publication.records import published as published
from idia.publication.text_only import INVERSION_KEYS as INVERSION_KEYS
from idia.publication.text_only import KindFinding as KindFinding
from idia.publication.text_only import Reference as Reference
from idia.publication.text_only import TextOnlyFinding as TextOnlyFinding
from idia.publication.text_only import scored_bins as scored_bins
