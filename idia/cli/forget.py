"""``idia forget``: a copy of a model whose text encoder has forgotten names."""

import os
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from idia.cli.errors import clean_errors
from idia.defences.recipe import UnlearningRecipe
from idia.progress import shown_on_terminal

_DEFAULTS = UnlearningRecipe()


@click.command()
@click.argument("model")
@click.option("--forget", "names", type=click.Path(path_type=Path), help="Names to forget: a CSV with a column name.")
@click.option("--forget-members", "share", type=float, help="Instead: this share of the members, drawn by lot.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    help="Names that must not change: a CSV with a column name.  [default: the other members, where they are known]",
)
@click.option(
    "--captions",
    type=click.Path(path_type=Path),
    help="What the model must stay good at: captions without names, one a line.  [default: of the synthetic world]",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to write; a new one.")
@click.option("--name", help="What the copy is called on the leaderboard.  [default: the name of --out]")
@click.option("--steps", type=int, default=_DEFAULTS.steps, help="Optimiser steps.")
@click.option("--seed", type=int, default=_DEFAULTS.seed, help="Decides the lots and the order of texts.")
@click.option("--device", default="cpu", help="Where to compute: cpu, cuda, auto ...")
@click.option("--threads", type=int, default=_DEFAULTS.threads, help="Processor threads; other counts round otherwise.")
@click.option("--order", type=int, help="Where the copy stands among other models of its folder.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
def forget(model: str, quiet: bool, steps: int, seed: int, threads: int, **given: Any) -> None:
    """Make a copy of MODEL whose text encoder takes chosen names for anybody.

    MODEL is the name of a shipped model, local-dir:DIR, or any other open_clip model: ARCH,TAG, ARCH,FILE or
    hf-hub:ORG/REPO. The image encoder stays as it is. A copy of a model trained by `idia train --world` brings the
    people and the truth of the original, so that `pytest benchmarks/` shows what still leaks.
    """
    with clean_errors("Nothing was written; the same command starts again."):
        recipe = UnlearningRecipe(steps=steps, seed=seed, threads=threads)
        # These import torch: not for --help.
        from idia.defences import forget as forget_names
        from idia.models.devices import resolve_device
        from idia.models.folders import packaged_models, shipped_models, with_shipped_name

        spec = with_shipped_name(model, {**packaged_models(), **shipped_models(Path.cwd())})
        given["device"] = str(resolve_device(given["device"]))
        with shown_on_terminal("idia forget", _is_watched() and not quiet) as progress:
            result = forget_names(spec, recipe=recipe, progress=progress, **given)
        if quiet:
            return
        defence, out = result.recipe["defence"], given["out"]
        click.echo(
            f"{result.recipe['name']} is complete: {defence['of']} with {defence['n_forgotten']:,} names forgotten, "
            f"{defence['n_kept']:,} kept."
        )
        if result.is_narrow:
            click.echo(
                "It was held to captions of people and simple things only. Give some thousand captions like those that "
                "the model was trained on (--captions), or it may lose more than names.",
                err=True,
            )
        people = "" if result.brings_people else " --idia-people DIR --idia-membership CSV"
        click.echo(f"pytest benchmarks/ --idia-model {shlex.quote(f'local-dir:{out}')}{people}")


def _is_watched() -> bool:
    return sys.stderr.isatty() and not os.environ.get("CI")
