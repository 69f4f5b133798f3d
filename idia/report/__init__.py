"""Tables and figures, rendered from records alone; nothing here measures anything."""

from idia.report.rendering import render as render
from idia.report.terminal import described_model as described_model
from idia.report.terminal import summary_table as summary_table
