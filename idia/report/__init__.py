"""Tables and figures, rendered from records alone; nothing here measures anything."""

from idia.report.rendering import render as render
from idia.report.terminal import described_models as described_models
from idia.report.terminal import summary_table as summary_table
from idia.report.utility_terminal import utility_summary as utility_summary
