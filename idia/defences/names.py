"""Which names are to be forgotten and which are to stay: drawn by lot, and checked against a tokenizer."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from torch import Tensor

from idia.errors import DatasetError, SettingError
from idia.names import NamePool, name_key
from idia.randomness import key_of, random_bits

_SHOWN = 5


def drawn_members(occurrences: Mapping[str, int], share: float, *, seed: int) -> tuple[str, ...]:
    """Returns members to forget, drawn by lot: the same share of those with each number of occurrences.

    Args:
        occurrences: Image–text pairs of each person; 0 is a non-member.
        share: Which part of the members to draw, above 0 and at most 1.
        seed: Keys the lots, together with the names: who else there is changes nobody's lot.

    Raises:
        SettingError: The share is out of range, or so small that nobody is drawn.
    """
    if not 0 < share <= 1:
        raise SettingError(f"the share of members to forget must be above 0 and at most 1, got {share}.")
    drawn: list[str] = []
    for count in sorted({each for each in occurrences.values() if each > 0}):
        names = sorted(name for name, each in occurrences.items() if each == count)
        keys = np.array([key_of(name) for name in names], dtype=np.uint64)
        order = np.argsort(random_bits(key_of("forget"), seed, keys), kind="stable")
        drawn += [names[index] for index in order[: int(share * len(names) + 0.5)]]
    if not drawn:
        raise SettingError(f"a share of {share:g} of the members is nobody. Raise it, or list names to forget.")
    return tuple(sorted(drawn))


def checked_names(
    forget: Sequence[str], keep: Sequence[str], tokenizer: Callable[[list[str]], Tensor]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the names to forget and those to keep, if a model can tell them apart.

    Args:
        forget: Names to forget.
        keep: Names that stay; maybe none.
        tokenizer: From texts to token ids `[texts, context]`.

    Raises:
        DatasetError: There is no name to forget; a name is blank, comes twice, is to be forgotten and kept, or is
            nothing or too long to the tokenizer; or two names of which one is to stay are the same to it.
    """
    if not len(forget):
        raise DatasetError("there is no name to forget; give at least one.")
    forgotten = NamePool(tuple(forget)).names
    kept = NamePool(tuple(keep)).names if len(keep) else ()
    known = {name_key(name) for name in kept}
    both = [name for name in forgotten if name_key(name) in known]
    if both:
        raise DatasetError(f"to be forgotten and kept at once: {_some(both)}. Take them out of one of the lists.")

    names = (*forgotten, *kept)
    tokens = tokenizer(list(names))
    nothing = [name for name, row in zip(names, tokens, strict=True) if row.equal(tokenizer([""])[0])]
    if nothing:
        raise DatasetError(
            f"the model's tokenizer makes nothing of {_some(nothing)}, so its network cannot know such a name. Take "
            "it out, or write it as captions do."
        )
    longer = tokenizer([f"{name} a" for name in names])
    cut = [name for name, row, more in zip(names, tokens, longer, strict=True) if row.equal(more)]
    if cut:
        raise DatasetError(
            f"the model's tokenizer cuts {_some(cut)}, which has more tokens than the {tokens.shape[1]} it reads. Take "
            "it out, or write it shorter."
        )
    rows = [tuple(row) for row in tokens.tolist()]
    own = dict(zip(rows[: len(forgotten)], forgotten, strict=True))
    alike = [f"{own[row]} and {name}" for row, name in zip(rows[len(forgotten) :], kept, strict=True) if row in own]
    if alike:
        raise DatasetError(f"the same to the model's tokenizer, but one to forget and one to keep: {_some(alike)}.")
    return forgotten, kept


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more
