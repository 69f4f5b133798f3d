"""``idia report``: tables and figures anew."""

from pathlib import Path

import click

from idia.cli.errors import clean_errors


@click.command()
@click.argument("results", type=click.Path(exists=True, file_okay=False, path_type=Path), default="results")
def report(results: Path) -> None:
    """Render the leaderboard and the figures anew from the records in RESULTS."""
    with clean_errors("The same command renders what is missing."):
        from idia.report import render  # imports what draws: not for --help

        changed = render(results)
        click.echo("\n".join(map(str, changed)) or f"{results} is up to date.")
