"""What is said at the end of a run: on the terminal, and to the CI that asks for a summary of the job."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from idia.benchmark_session.kept import Kept
from idia.timing import CpuClock

if TYPE_CHECKING:
    from idia.records import Document

TOTAL = "in all"
"""The stage under which a worker says what it spent in all."""

_JOB_SUMMARY = "GITHUB_STEP_SUMMARY"


def print_summary(kept: Kept, reporter: pytest.TerminalReporter, clock: CpuClock) -> None:
    """Prints what the models are good for, what they leak, and what gates say of it."""
    documents, colour = kept.documents, reporter.hasmarkup
    if documents or kept.utilities:
        from idia.report import described_models, summary_table, utility_summary

        if kept.utilities:
            reporter.section("utility")
            reporter.write_line(utility_summary(kept.utilities, colour=colour))
        if documents:
            reporter.section("identity leakage")
            reporter.write_line(summary_table(documents, colour=colour))
            reporter.write_line("")
            reporter.write_line(described_models(documents))
    if kept.has_results:
        reporter.write_line(f"Records, figures and leaderboard: {kept.results}")
        reporter.write_line(_spent(clock))
    if kept.judgements:
        from idia.gates import as_table

        reporter.section("gates")
        is_said = reporter.config.option.tbstyle != "no"  # each failure above holds its sentence
        reporter.write_line(as_table(kept.in_order(), colour, explained=not is_said))
    if kept.changes:
        reporter.section("baseline")
        reporter.write_line(kept.changes)
    if kept.problems and not (documents or kept.utilities or kept.judgements or kept.changes):
        reporter.section("identity leakage")
    for remark in kept.remarks:
        reporter.write_line(f"idia: {remark}", yellow=True)
    for problem in kept.problems:
        reporter.write_line(f"ERROR: {problem}", red=True)


def write_job_summary(kept: Kept) -> None:
    """Appends a table to the file that GitHub shows under a job: of gates where there are any, else of rates.

    A summary that cannot be written is only remarked upon.
    """
    file = os.environ.get(_JOB_SUMMARY, "").strip()
    if not file:
        return
    if kept.judgements:
        from idia.gates import as_markdown

        text = as_markdown(kept.in_order())
    elif kept.documents:
        text = f"### Identity leakage\n\n{_rates(kept.documents)}"
    else:
        return
    try:
        with Path(file).open("a", encoding="utf-8") as summary:
            summary.write(f"{text.rstrip()}\n\n")
    except OSError as error:
        kept.remarks.append(f"the summary of the job could not be written to {file}: {error.strerror or error}")


def _rates(documents: "Sequence[Document]") -> str:
    from idia.report.markdown_tables import escaped, table
    from idia.report.wording import interval, overall_cell

    rows = []
    for document in documents:
        cell = overall_cell(document)
        if cell is not None:
            model, kind = escaped(document["model"]["name"]), "" if document["control"] is None else " (control)"
            n = f"{cell['members']:,} / {cell['non_members']:,}"
            rates = [interval(cell[rate]) for rate in ("tpr", "fpr", "auc")]
            rows.append([model + kind, escaped(document["people"]["id"]), document["attack"], n, *rates])
    return table(["Model", "People", "Attack", "n", "TPR [95 %]", "FPR [95 %]", "AUC [95 %]"], rows)


def _spent(clock: CpuClock) -> str:
    seconds = dict(clock.seconds)
    total = time.process_time() + seconds.pop(TOTAL, 0.0)
    stages = ", ".join(f"{stage} {spent:.1f}" for stage, spent in seconds.items() if spent >= 0.05)
    return f"CPU seconds: {total:.0f} in all; {stages or 'no stage took any'}"
