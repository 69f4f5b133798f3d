"""``idia compare``: what changed between two sets of records, and whether it is within limits."""

import os
import sys
from pathlib import Path

import click

from idia.cli.errors import clean_errors

_NOT_GREEN = 1


@click.command()
@click.argument("before", metavar="A", type=click.Path(exists=True, path_type=Path))
@click.argument("now", metavar="B", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--fail",
    "rules",
    metavar="RULE",
    multiple=True,
    help="Exit with 1 unless this is shown to hold: 'tpr:+0.05' (the TPR rose by at most 0.05), 'calibrated/auc:+0.03',"
    " 'utility:-0.02' (nothing useful fell by more than 0.02); repeatable.",
)
def compare(before: Path, now: Path, rules: tuple[str, ...]) -> None:
    """Compare the records in B with those in A, the baseline: results folders, or single records.

    Without --fail, shows every difference with its interval. With --fail, exits with 0 only if every rule is shown to
    hold for every model: a model that is missing, or has too few people to tell, is not green.
    """
    with clean_errors("Nothing was written."):
        from idia.gates import Limit, Recorded, as_table  # reads arrays: not for --help
        from idia.gates.comparing import compared, comparisons
        from idia.gates.listing import differences_table

        limits = [Limit.parsed(rule) for rule in dict.fromkeys(rules)]
        sides = Recorded.read(before), Recorded.read(now)
        for each in sides:
            if not each.records and not each.utility:
                click.echo(f"No evidence: {each.place} holds no record, so there is nothing to compare.")
                raise SystemExit(_NOT_GREEN)
        if before.resolve() == now.resolve():
            click.echo("A and B are the same, so that no difference can show.\n")
            if limits:
                click.echo("No evidence: name the records of an earlier state as A.")
                raise SystemExit(_NOT_GREEN)
        pairs = comparisons(*sides)
        if not limits:
            table, n = differences_table(pairs)
            click.echo(f"{table}\n" if table else "", nl=False)
            if not n:
                click.echo(f"\nNo evidence: nothing in {now} can be compared with {before}.")
            raise SystemExit(0 if n else _NOT_GREEN)
        judgements = compared(limits, pairs)
        click.echo(as_table(judgements, colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR")))
        raise SystemExit(0 if judgements and all(judgement.is_ok for judgement in judgements) else _NOT_GREEN)
