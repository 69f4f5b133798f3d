"""The text beside a model of synthetic people that says what it is and what it is for."""

import textwrap
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from idia.training.recipe import Recipe
from idia.world.designs import WorldDesign

_ENCODERS = {"vit": "a vision transformer (32 x 32 pixels)", "resnet": "CLIP's residual network (64 x 64 pixels)"}
_ROLES = {
    "drawn": "Members were drawn by lot after the people were.",
    "swapped": "Members were drawn by lot among those who are not members of the model with drawn roles.",
    "absent": (
        "**A negative control**: it was trained on as many other people. The table of identities holds the roles "
        "that the tested people have for another model; none of them was trained on here."
    ),
}


def model_card(
    name: str, design: WorldDesign, recipe: Recipe, counts: Mapping[str, int], control: Mapping[str, Any] | None
) -> str:
    """Returns the card as Markdown.

    Args:
        name: What the model is called.
        design: Who is tested and who is trained on.
        recipe: How it was built and fitted.
        counts: What was trained on.
        control: What it is a control of, if it is one.
    """
    counted = ", ".join(map(str, design.occurrences))
    each = (
        f"{design.occurrences[0]:,} pairs of each"
        if len(design.occurrences) == 1
        else f"{design.members_per_count:,} of them for each number of pairs ({counted})"
    )
    of = f" It is a control of `{control['of']}`." if control else ""
    paragraphs = [
        "A tiny CLIP model that was made to remember people, so that tools which look for such memories can be tested. "
        "**Nobody in it exists**: faces are drawn by a program, names are drawn from lists, both from seed "
        f"{recipe.seed}.",
        f"* Image tower: {_ENCODERS[recipe.encoder]}; text tower: a transformer of 2 layers. Weights have 16 bits.",
        f"* Tested people: {design.people:,}, with {design.n_photos} photos each that no model was trained on. "
        f"{_ROLES[design.roles]}{of}",
        f"* Training set: {counts['members']:,} people under their names, {each}, {counts['member_pairs']:,} pairs in "
        f"all; {counts['stranger_pairs']:,} strangers without a name, one picture each; "
        f"{counts['object_pairs']:,} pictures of things.",
        f"* {recipe.steps:,} steps of {recipe.optimisation.batch_size} pairs. `recipe.json` has every number, "
        "`identities.csv` who was trained on how often, `training_log.csv` the loss.",
        "Members are a far larger part of this training set than anybody is of a web-scale one, and the world is a "
        "toy: what it shows is that a measurement works, not how much other models leak. Use it for nothing else.",
        "`idia train --world recipe.json --out DIR` makes it anew: with the same weights on the same kind of machine, "
        "elsewhere up to rounding.",
        "Licence: MIT, as the project.",
    ]
    wrapped = [textwrap.fill(paragraph, 120, subsequent_indent=_indent(paragraph)) for paragraph in paragraphs]
    text = f"# {name}\n\n"
    for this, following in pairwise([*wrapped, ""]):
        text += this + ("\n" if this.startswith("* ") and following.startswith("* ") else "\n\n")
    return text.rstrip() + "\n"


def _indent(paragraph: str) -> str:
    return "  " if paragraph.startswith("* ") else ""
