"""``idia verify``: whether a results folder is what it says."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from idia.cli.errors import clean_errors

if TYPE_CHECKING:
    from idia.verification import Mismatch, Recomputed, Verification

_DIFFERENT = 1  # exit code
_MOST_SHOWN = 20

_folder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("results", type=_folder, default="results")
@click.option("--against", metavar="BASE", type=_folder, help="The folder as it was: no record of it may be missing.")
def verify(results: Path, against: Path | None) -> None:
    """Recompute every number in RESULTS from the votes and scores beside it, without any model or photo.

    Votes are cast again, rates, areas, intervals, controls, claims and evidence are computed anew, the tables must be
    those that the records render to, and figures as they were drawn. What cannot be recomputed is taken on trust: which
    model it was, who the people are, and what it predicted.

    With --against BASE, every record of BASE must still be there and say the same, unless it was withdrawn: status
    invalid, with the reason in invalid_because.

    The exit code is 1 for any difference, and where there is nothing to verify.
    """
    with clean_errors("Nothing was changed."):
        from idia.verification import verify as recomputed  # not for --help

        verification = recomputed(results, _tell)
        # What cannot be read cannot be rendered, and nothing renders to nothing.
        readable = verification.n_recomputed > 0 and not verification.mismatches
        tables = _in_tables(results) if readable else []
        n_before, changes = (0, ()) if against is None else _against(results, against)
        for mismatch in (*verification.mismatches, *tables, *changes):
            click.echo(str(mismatch))
        mismatches = (*verification.all_mismatches, *tables, *changes)
        click.echo(_summary(results, verification, mismatches, against, n_before))
        if mismatches or not verification.n_recomputed or (against is not None and not n_before):
            click.get_current_context().exit(_DIFFERENT)


def _tell(recomputed: "Recomputed") -> None:
    word = "DIFFERS" if recomputed.mismatches else "same" if recomputed.what else "nothing"
    people = "photos" if recomputed.file.startswith("utility/") else "people"
    parts = [f"{recomputed.n} {people}", ", ".join(recomputed.what) or "no numbers to recompute", recomputed.remark]
    click.echo(f"{word:<8} {recomputed.file}: {'; '.join(part for part in parts if part)}")
    for mismatch in recomputed.mismatches[:_MOST_SHOWN]:
        click.echo(f"         {mismatch}")
    if len(recomputed.mismatches) > _MOST_SHOWN:
        click.echo(f"         … and {len(recomputed.mismatches) - _MOST_SHOWN} more in this record")


def _in_tables(results: Path) -> list["Mismatch"]:
    """Where tables are not those that `idia report` would write, which it is asked to do with a copy; and figures."""
    from idia.records.places import TABLES, UTILITY
    from idia.report import render  # imports what draws
    from idia.verification import figure_mismatches, table_mismatches

    with TemporaryDirectory() as copy:
        for folder in ("records", UTILITY):
            if (results / folder).is_dir():
                copytree(results / folder, Path(copy) / folder)
        for table in TABLES:
            if (results / table).exists():
                (Path(copy) / table).touch()
        render(Path(copy), only=())
        rendered = {path.name: path.read_text(encoding="utf-8") for path in Path(copy).glob("*.*")}
    return [*table_mismatches(results, rendered), *figure_mismatches(results)]


def _against(results: Path, base: Path) -> tuple[int, tuple["Mismatch", ...]]:
    from idia.verification import removed_or_changed

    return removed_or_changed(results, base)


def _summary(
    results: Path,
    verification: "Verification",
    mismatches: Iterable["Mismatch"],
    base: Path | None,
    n_before: int,
) -> str:
    found = Counter(mismatch.file for mismatch in mismatches)
    counted = f"{len(verification.records)} records of attacks and {len(verification.utilities)} of utility"
    if found:
        n = found.total()
        return (
            f"\n{n} difference{'s' * (n != 1)} in {len(found)} file{'s' * (len(found) != 1)} of {results}, among "
            f"{counted}: it is not what its votes and counts give. Restore what was changed, or measure again."
        )
    if not verification.n_recomputed:
        held = f"none of its {counted} holds numbers" if verification.records else "it holds no records"
        return (
            f"\nThere is nothing to verify in {results}: {held}. Name a results folder, which holds records/ or "
            f"utility/, or make one: pytest benchmarks --idia-results {results}"
        )
    if base is not None and not n_before:
        return (
            f"\nThere is nothing to compare with in {base}: it holds no records. Name the results folder as it was "
            "before, or leave out --against."
        )
    kept = "" if base is None else f" All {n_before} records of {base} are still there."
    return (
        f"\n{counted} recomputed, and the tables rendered: no difference.{kept} Taken on trust, as no votes can show "
        "it: which models these are, who the people are, and what was predicted or scored."
    )
