"""The text beside a model that has forgotten names."""

import textwrap
from collections.abc import Mapping
from typing import Any


def forgotten_card(recipe: Mapping[str, Any]) -> str:
    """Returns the card as Markdown; it names nobody.

    Args:
        recipe: The recipe document of the model.
    """
    defence, used = recipe["defence"], recipe["request"]["recipe"]
    who = f"{defence['n_forgotten']:,} names"
    if defence["share_of_members"] is not None:
        who += f" ({defence['share_of_members']:.0%} of the members, drawn by lot with seed {used['seed']})"
    paragraphs = [
        f"A copy of `{defence['of']}` whose text encoder was taught to forget {who}: in sentences with such a name it "
        f"answers as if “{used['target']}” stood there. The image encoder is that of the original, to the last bit.",
        f"It was held to what the original says of {defence['n_kept']:,} other names and of {defence['n_captions']:,} "
        f"captions without a forgotten name, for {used['steps']:,} steps. `recipe.json` has every number.",
    ]
    if "world" in recipe:
        paragraphs.append(
            "**Nobody in it exists.** `identities.csv` says how often everybody was in the training of the *original*: "
            "the question is whether that still shows. Its column `group` says which members were to be forgotten."
        )
    paragraphs += [
        "What the names meant is hidden, not proven gone: the image encoder still knows the faces, and an attacker who "
        "has the text encoder of the original, or spells a name otherwise, is not stopped by this.",
        "`idia forget` makes it anew: with the same weights on the same kind of machine, elsewhere up to rounding.",
    ]
    if "world" in recipe:
        paragraphs.append("Licence: MIT, as the project.")
    return f"# {recipe['name']}\n\n" + "\n\n".join(textwrap.fill(each, 120) for each in paragraphs) + "\n"
