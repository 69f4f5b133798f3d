"""One model scored from end to end: load, predict, attack, evaluate, check, record."""

from idia.audit.auditor import Audit as Audit
from idia.audit.auditor import Auditor as Auditor
from idia.audit.text_only import TextOnlyAudit as TextOnlyAudit
from idia.audit.text_only import TextOnlyAuditor as TextOnlyAuditor
