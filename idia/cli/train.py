"""``idia train``: small CLIP models of which it is known who is in them."""

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idia.cli.errors import clean_errors
from idia.errors import SettingError
from idia.progress import shown_on_terminal
from idia.training.settings import TrainingSettings

if TYPE_CHECKING:
    from idia.models.protocol import Progress
    from idia.training.run import TrainingResult

_DEFAULTS = TrainingSettings()
_OF_PHOTOS = ("people", "filler", "members", "held_out", "min_photos", "filler_photos", "crop")
_OF_WORLDS = ("world", "encoder", "tested", "members_per_count", "roles")
_Run = Callable[["Progress | None"], "TrainingResult"]


def _counts(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    if value is None:
        return None
    try:
        return tuple(int(count) for count in value.split(","))
    except ValueError:
        raise click.BadParameter(f"expected a number or several with commas, such as 1,5,25; got {value!r}.") from None


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to write.")
@click.option("--name", help="What the model is called on the leaderboard.  [default: the name of --out]")
@click.option("--seed", type=int, help="Decides who is a member, and everything else.  [default: 0]")
@click.option(
    "--occurrences",
    callback=_counts,
    metavar="N[,N...]",
    help="Photos each member is trained on; several numbers are dealt at random.  [default: all others, at most 50; "
    "of synthetic people the experiment's]",
)
@click.option("--steps", type=int, help=f"Optimiser steps.  [default: {_DEFAULTS.steps}, or the experiment's]")
@click.option("--device", default=_DEFAULTS.device, help="Where to train: cpu, cuda, auto ...")
@click.option("--threads", type=int, default=_DEFAULTS.threads, help="Processor threads; other counts round otherwise.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--people", type=click.Path(path_type=Path), help="PHOTOS: a folder of photos per person.")
@click.option(
    "--filler",
    type=click.Path(path_type=Path),
    help="PHOTOS: photos of other people: First_Last_0001.jpg, or a folder per person.",
)
@click.option(
    "--members",
    type=float,
    default=_DEFAULTS.members,
    help="PHOTOS: share of the people to train on, drawn among people with similar numbers of photos.",
)
@click.option(
    "--held-out",
    type=int,
    help="PHOTOS: photos per person kept for the attack.  [default: 8 of 13 photos or more, else 5]",
)
@click.option("--min-photos", type=int, help="PHOTOS: leave out people with fewer distinct photos.")
@click.option("--filler-photos", type=int, default=_DEFAULTS.n_filler, help="PHOTOS: most photos of others to use.")
@click.option(
    "--crop",
    type=float,
    default=_DEFAULTS.crop,
    help="PHOTOS: the face: this part of the photo's shorter side, from the middle. 1 if photos show the face alone.",
)
@click.option(
    "--world",
    metavar="NAME|RECIPE",
    help="WORLD: an experiment such as vit-mixed, or the recipe.json of a model to train again.",
)
@click.option("--encoder", type=click.Choice(["vit", "resnet"]), help="WORLD: another kind of image tower.")
@click.option("--tested", type=int, help="WORLD: how many people are tested.")
@click.option("--members-per-count", type=int, help="WORLD: members for each number of occurrences.")
@click.option(
    "--roles", type=click.Choice(["drawn", "swapped", "absent"]), help="WORLD: members by lot, others instead, nobody."
)
def train(out: Path, name: str | None, quiet: bool, **given: Any) -> None:
    """Train a small CLIP model of which it is known who is in it.

    On photographs (--people, --filler): half of the people are trained on under their names, strangers fill up the
    training set without a name, and some photos of everybody are kept for the attack. On synthetic people (--world):
    everything is drawn from a seed. The same command resumes an interrupted run, with the same result.
    """
    with clean_errors("The same command resumes the training."):
        # OUT is judged by what was asked for, so that a wrong mixture costs nothing.
        is_world = given["world"] is not None
        _check_mixture(is_world)
        run = _of_world(out, name, given) if is_world else _of_photos(out, name, given)
        with shown_on_terminal("idia train", _is_watched() and not quiet) as progress:
            result = run(progress)
        if not quiet:
            counts = result.recipe["counts"]
            state = "was already complete, and its files are as they were" if result.was_complete else "is complete"
            click.echo(
                f"{result.recipe['name']} {state}: {counts['members']} members, {counts['non_members']} non-members."
            )
            options = {"model": f"local-dir:{out}"}
            if not is_world:
                options = {
                    "model": f"local-dir:{out / 'model'}",
                    "people": str(out / "attack"),
                    "membership": str(out / "identities.csv"),
                }
            attack = " ".join(f"--idia-{option} {shlex.quote(value)}" for option, value in options.items())
            click.echo(f"pytest benchmarks/ {attack}")


def _check_mixture(is_world: bool) -> None:
    """Raises if options of one kind of training were given to the other, which would ignore them."""
    context = click.get_current_context()
    command_line = click.core.ParameterSource.COMMANDLINE
    useless = [
        f"--{option.replace('_', '-')}"
        for option in (_OF_PHOTOS if is_world else _OF_WORLDS)
        if context.get_parameter_source(option) == command_line
    ]
    if useless:
        other = "photographs, not synthetic people (--world)" if is_world else "synthetic people: add --world"
        raise SettingError(f"{', '.join(useless)} speak{'s' * (len(useless) == 1)} of {other}.")
    if not is_world and None in (context.params["people"], context.params["filler"]):
        raise SettingError("nothing to train on: give --people and --filler, folders of photographs, or --world NAME.")


def _of_photos(out: Path, name: str | None, given: dict[str, Any]) -> _Run:
    settings = TrainingSettings(
        seed=_DEFAULTS.seed if given["seed"] is None else given["seed"],
        members=given["members"],
        n_held_out=given["held_out"],
        occurrences=given["occurrences"],
        min_photos=given["min_photos"],
        n_filler=given["filler_photos"],
        crop=given["crop"],
        steps=_DEFAULTS.steps if given["steps"] is None else given["steps"],
        device=given["device"],
        threads=given["threads"],
    )
    from idia.training.photo_training import train_on_photos  # imports torch: not for --help

    return lambda progress: train_on_photos(
        given["people"], given["filler"], out, settings, name=name, progress=progress
    )


def _of_world(out: Path, name: str | None, given: dict[str, Any]) -> _Run:
    # These import torch: not for --help.
    from idia.models.devices import resolve_device
    from idia.training.run import train as run_training
    from idia.training.world_jobs import altered, job_named, name_of, other_renderer

    job = job_named(given["world"])
    job = altered(
        job,
        name=name_of(given["world"]),
        design={
            "people": given["tested"],
            "occurrences": given["occurrences"],
            "members_per_count": given["members_per_count"],
            "roles": given["roles"],
        },
        seed=given["seed"],
        steps=given["steps"],
        encoder=given["encoder"],
        device=str(resolve_device(given["device"])),
        threads=given["threads"],
    )
    warning = other_renderer(given["world"])
    if warning:
        click.echo(warning, err=True)
    return lambda progress: run_training(job, out, name=name, progress=progress)


def _is_watched() -> bool:
    return sys.stderr.isatty() and not os.environ.get("CI")
