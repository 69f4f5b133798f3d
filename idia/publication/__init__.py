"""From what was measured to records: all that a stranger needs to recheck it, and nothing that names anybody."""

from idia.publication.findings import Finding as Finding
from idia.publication.models import published_model as published_model
from idia.publication.records import published as published
