"""Candidate names, and decoys of the same kind: names that come from the same source, and that nobody bears."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from idia.errors import SettingError
from idia.name_sources import NameParts, locale_parts, paper_parts
from idia.names import NamePool, streamed_names
from idia.settings import Settings

_PAPER_NAMES_SEED = 42


def candidate_names(settings: Settings, people: Sequence[str]) -> NamePool:
    """Returns the pool that `--idia-names` describes: `K`, `LOCALE`, `LOCALE:K` or a CSV file.

    Args:
        settings: What was asked for.
        people: The names of the people under attack, which are always in it.

    Raises:
        IdiaError: It cannot be used.
    """
    wanted, seed = settings.names, settings.names_seed
    if wanted.lower().endswith(".csv"):
        if settings.first_names is not None:
            raise SettingError("--idia-first-names needs --idia-names to be a number, not a list of names.")
        return NamePool.from_csv(Path(wanted), people)
    locale, number = _culture_and_number(wanted)
    if settings.first_names is None or settings.surnames is None:
        return NamePool.sampled(people, number, seed=seed or 0, locale=locale or "en_US")
    if locale:
        raise SettingError("--idia-first-names needs --idia-names to be a number, not a culture.")
    seed = _PAPER_NAMES_SEED if seed is None else seed
    return NamePool.from_parts(settings.first_names, settings.surnames, people, number, seed=seed)


def decoy_candidates(settings: Settings) -> Iterator[str]:
    """Yields names from where candidate names come from: one after another, or those of a list of one's own.

    Args:
        settings: What was asked for, and was found to be right by `candidate_names`.
    """
    parts, seed = name_parts(settings), settings.names_seed
    if parts is None:
        return iter(NamePool.from_csv(Path(settings.names), ()).names)
    if seed is None:
        seed = 0 if settings.first_names is None else _PAPER_NAMES_SEED
    return streamed_names(parts, seed=seed)


def name_parts(settings: Settings) -> NameParts | None:
    """Returns the first names and surnames that names are drawn from; None where they are a list of one's own.

    Args:
        settings: What was asked for, and was found to be right by `candidate_names`.
    """
    if settings.names.lower().endswith(".csv"):
        return None
    if settings.first_names is not None and settings.surnames is not None:
        return paper_parts(settings.first_names, settings.surnames)
    return locale_parts(_culture_and_number(settings.names)[0] or "en_US")


def _culture_and_number(wanted: str) -> tuple[str, int]:
    match = re.fullmatch(r"(?:([A-Za-z]+(?:_[A-Za-z]+)*)(?::|$))?(\d*)", wanted)
    if match is None or not wanted:
        raise SettingError(
            "--idia-names must be a number such as 1000, a culture such as de_DE or de_DE:1000, or a .csv file, "
            f"got {wanted!r}."
        )
    return match[1] or "", int(match[2] or 1000)
