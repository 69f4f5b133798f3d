"""The ``idia`` command: the few jobs that are not tests."""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import final

import click

import idia
from idia.errors import IdiaError
from idia.progress import shown_on_terminal
from idia.training.settings import TrainingSettings

_DEFAULTS = TrainingSettings()
_INTERRUPTED = 130  # what a shell reports for a process that ended by Ctrl-C


@final
class _Failure(click.ClickException):
    """One clean line on stderr, and exit code 2 as for a wrong option."""

    exit_code = 2


@contextmanager
def _clean_errors(when_interrupted: str) -> Iterator[None]:
    """Turns the errors raised on purpose, and Ctrl-C, into a message without a traceback."""
    try:
        yield
    except IdiaError as error:
        raise _Failure(str(error)) from None
    except KeyboardInterrupt:
        click.echo(f"\nInterrupted. {when_interrupted}", err=True)
        click.get_current_context().exit(_INTERRUPTED)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(idia.__version__, prog_name="idia")
def main() -> None:
    """Whose face and name has a CLIP-like model memorised?

    Benchmarks run with pytest; these commands do the rest.
    """


def _counts(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    if value is None:
        return None
    try:
        return tuple(int(count) for count in value.split(","))
    except ValueError:
        raise click.BadParameter(f"expected a number or several with commas, such as 1,5,25; got {value!r}.") from None


@main.command()
@click.option("--people", type=click.Path(path_type=Path), required=True, help="A folder of photos per person.")
@click.option(
    "--filler",
    type=click.Path(path_type=Path),
    required=True,
    help="Photos of other people: First_Last_0001.jpg, or a folder per person.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to write.")
@click.option("--name", help="What the model is called on the leaderboard.  [default: the name of --out]")
@click.option(
    "--members",
    type=float,
    default=_DEFAULTS.members,
    help="Share of the people to train on, drawn among people with similar numbers of photos.",
)
@click.option("--seed", type=int, default=_DEFAULTS.seed, help="Decides who is a member, and everything else.")
@click.option(
    "--held-out",
    type=int,
    help="Photos per person kept for the attack.  [default: 8 of 13 photos or more, else 5]",
)
@click.option(
    "--occurrences",
    callback=_counts,
    metavar="N[,N...]",
    help="Photos each member is trained on; several numbers are dealt at random.  [default: all others, at most 50]",
)
@click.option("--min-photos", type=int, help="Leave out people with fewer distinct photos.")
@click.option("--filler-photos", type=int, default=_DEFAULTS.n_filler, help="Most photos of other people to use.")
@click.option(
    "--crop",
    type=float,
    default=_DEFAULTS.crop,
    help="The face: this part of the photo's shorter side, from the middle. 1 if photos show the face alone.",
)
@click.option("--steps", type=int, default=_DEFAULTS.steps, help="Optimiser steps.")
@click.option("--device", default=_DEFAULTS.device, help="Where to train: cpu, cuda, auto ...")
@click.option("--threads", type=int, default=_DEFAULTS.threads, help="Processor threads; other counts round otherwise.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
def train(
    people: Path,
    filler: Path,
    out: Path,
    name: str | None,
    members: float,
    seed: int,
    held_out: int | None,
    occurrences: tuple[int, ...] | None,
    min_photos: int | None,
    filler_photos: int,
    crop: float,
    steps: int,
    device: str,
    threads: int,
    quiet: bool,
) -> None:
    """Train a small CLIP model of which it is known who is in it.

    Half of the people (--members) are trained on under their names, strangers fill up the training set without a
    name, and some photos of everybody are kept for the attack. OUT then holds model/ (as local-dir:OUT/model),
    attack/, identities.csv and recipe.json. The same command resumes an interrupted run, with the same result.
    """
    with _clean_errors("The same command resumes the training."):
        settings = TrainingSettings(
            seed=seed,
            members=members,
            n_held_out=held_out,
            occurrences=occurrences,
            min_photos=min_photos,
            n_filler=filler_photos,
            crop=crop,
            steps=steps,
            device=device,
            threads=threads,
        )
        from idia.training.photo_training import train_on_photos  # imports torch: not for --help

        with shown_on_terminal("idia train", _is_watched() and not quiet) as progress:
            result = train_on_photos(people, filler, out, settings, name=name, progress=progress)
        if not quiet:
            counts = result.recipe["counts"]
            state = "was already complete, and its files are as they were" if result.was_complete else "is complete"
            click.echo(
                f"{result.recipe['name']} {state}: {counts['members']} members, {counts['non_members']} non-members."
            )
            options = {
                "model": f"local-dir:{out / 'model'}",
                "people": out / "attack",
                "membership": out / "identities.csv",
            }
            attack = " ".join(f"--idia-{option} {shlex.quote(str(value))}" for option, value in options.items())
            click.echo(f"pytest benchmarks/ {attack}")


@main.command()
@click.argument("results", type=click.Path(exists=True, file_okay=False, path_type=Path), default="results")
def report(results: Path) -> None:
    """Render the leaderboard and the figures anew from the records in RESULTS."""
    with _clean_errors("The same command renders what is missing."):
        from idia.report import render  # imports what draws: not for --help

        changed = render(results)
        click.echo("\n".join(map(str, changed)) or f"{results} is up to date.")


def _is_watched() -> bool:
    return sys.stderr.isatty() and not os.environ.get("CI")
