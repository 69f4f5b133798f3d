"""Texts that nobody was trained on: what detectors of text-only attacks are fitted on, and what they are tried on."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Bool, Int

from idia.attacks.decoys import matched_decoys
from idia.attacks.gibberish import gibberish
from idia.candidates import name_parts
from idia.errors import DatasetError, SettingError
from idia.name_sources import NameParts, locale_parts, rare_parts
from idia.names import canonical_name, streamed_names
from idia.randomness import key_of, random_bits
from idia.settings import FEWEST_REFERENCES, Settings, n_references
from idia.text_references import ReferenceKind, has_letters, own_reference
from idia.text_references import TextPopulation as TextPopulation

if TYPE_CHECKING:
    from idia.attacks.decoys import Lengths

TestKind = Literal["gibberish", "fictitious", "rare-real", "namesake"]

TEST_KINDS: tuple[TestKind, ...] = ("gibberish", "fictitious", "rare-real", "namesake")
"""The kinds of texts of each of which false positives are counted."""

_NO_SURNAMES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})


def reference_population(
    kind: ReferenceKind,
    settings: Settings,
    tested: Sequence[str],
    *,
    seed: int = 0,
    excluded: Iterable[str] = (),
    tokens: "Lengths | None" = None,
) -> TextPopulation:
    """Returns the texts that detectors are fitted on: what a text looks like that nobody was trained on.

    They are the user's own if `--idia-text-reference` names texts of this kind. Names come from where the candidate
    names come from, and are as long as those of the people, as decoys are; where that is a list of the user's own, they
    come from the frozen US list, since all names of such a list are candidates.

    Args:
        kind: Random characters, or human names.
        settings: What was asked for.
        tested: The names of all people under attack.
        seed: Decides on the texts, in [0, 2**64).
        excluded: Other names that are not to be among them: candidate names, and all people of a synthetic world.
        tokens: Of how many tokens names are; by default characters are counted.

    Raises:
        SettingError: There are not enough such texts.
        DatasetError: The user's own cannot be used.
    """
    own = own_reference(settings, tested)
    if own is not None and own.kind == kind:
        return own
    n = n_references(settings)
    if kind == "gibberish":
        return TextPopulation(kind, gibberish(n, seed=_key("reference", seed)), _gibberish_source(seed))
    parts = _fictitious_parts(settings)
    names = _matched(streamed_names(parts, seed=_key("reference", seed)), tested, n, tokens, excluded)
    if len(names) < FEWEST_REFERENCES:
        raise SettingError(
            f"expected at least {FEWEST_REFERENCES} names that nobody was trained on, to fit detectors on, and "
            f"{parts.source} has {len(names)} left. Bring names of your own, --idia-text-reference FILE.csv, or ask "
            "for fewer candidates with --idia-names."
        )
    return TextPopulation(kind, names, _source(parts, seed))


def never_trained(
    settings: Settings,
    tested: Sequence[str],
    is_member: Bool[np.ndarray, " people"],
    references: Sequence[TextPopulation],
    *,
    n: int = 100,
    seed: int = 0,
    excluded: Iterable[str] = (),
    tokens: "Lengths | None" = None,
) -> tuple[TextPopulation, ...]:
    """Returns texts that nobody was trained on and that detectors have not seen either, of each of `TEST_KINDS`.

    `gibberish` are random characters; `fictitious` names come from where the candidate names come from; `rare-real`
    ones are put together from names that are really borne, by few; a `namesake` has the first name of one member and
    the surname of another, so that a model knows the parts and not the whole. A population has fewer texts than were
    asked for, or none, where there are not enough: namesakes take members with surnames.

    Args:
        settings: What was asked for.
        tested: The names of all people under attack.
        is_member: Which of them were trained on `[people]`.
        references: What detectors are fitted on: none of it is among the texts.
        n: Texts of each kind.
        seed: Decides on the texts, in [0, 2**64).
        excluded: Other names that are not to be among them, as of `reference_population`.
        tokens: Of how many tokens names are; by default characters are counted.
    """
    seen = [text for reference in references for text in reference.texts]
    source = _gibberish_source(seed)
    texts = gibberish(n, seed=_key("never trained", seed), excluded=seen)
    populations = [TextPopulation("gibberish", texts, source)]
    taken = [*excluded, *seen]
    members = [name for name, member in zip(tested, is_member, strict=True) if member]
    for kind, parts in (
        ("fictitious", _fictitious_parts(settings)),
        ("rare-real", rare_parts()),
        ("namesake", _member_parts(members)),
    ):
        # A person is also known without their middle names.
        own = filter(None, map(_short, tested)) if kind == "namesake" else ()
        candidates = streamed_names(parts, seed=_key(kind, seed))
        names = _matched(candidates, tested, n, tokens, [*taken, *own])
        taken += names
        populations.append(TextPopulation(kind, names, _source(parts, seed)))
    return tuple(populations)


def check_texts(
    texts: Sequence[str],
    counts: Int[np.ndarray, " texts"] | None = None,
    is_cut: Bool[np.ndarray, " texts"] | None = None,
) -> None:
    """Raises unless all names can be attacked from text alone; they may be written in any script.

    Args:
        texts: The names of the people under attack, in their order, by which an error speaks of them.
        counts: Of how many tokens each is to the model, if it says so: `idia.models.token_counts.token_counts`.
        is_cut: Which of them it does not read to the end, if it says so: `cut_texts` there.

    Raises:
        DatasetError: A name is empty, punctuation alone, or of no token, or longer than the model's context.
    """
    for index, text in enumerate(texts):
        if not has_letters(text):
            what = "a name with letters in it", "punctuation alone" if text.strip() else "an empty one"
        elif counts is not None and counts[index] == 0:
            what = "a name that the model splits into tokens", "one of which its tokenizer leaves none"
        elif is_cut is not None and is_cut[index]:
            what = "a name that fits the model's context", "a longer one, whose end the model does not read"
        else:
            continue
        raise DatasetError(
            f"name {index + 1} of {len(texts)} cannot be attacked from text alone: expected {what[0]}, got {what[1]}. "
            "Leave this person out, correct the name, or do without: --idia-text-only off."
        )


def _matched(
    candidates: Iterator[str], tested: Sequence[str], n: int, tokens: "Lengths | None", excluded: Iterable[str]
) -> tuple[str, ...]:
    try:
        return matched_decoys(candidates, tested, n, tokens=tokens, excluded=excluded).names
    except DatasetError:  # nobody is left
        return ()


def _fictitious_parts(settings: Settings) -> NameParts:
    parts = name_parts(settings)
    return locale_parts("en_US") if parts is None else parts


def _member_parts(members: Sequence[str]) -> NameParts:
    """The first names and the surnames of those who have both."""
    pairs = [short.split() for short in map(_short, members) if short]
    first, last = (tuple(dict.fromkeys(names)) for names in zip(*pairs, strict=True)) if pairs else ((), ())
    return NameParts((first, first), (last, last), "names of members, recombined")


def _short(name: str) -> str:
    """The first name and the surname alone; empty where there is one word only."""
    words = [word for word in canonical_name(name).split() if word.casefold() not in _NO_SURNAMES]
    return f"{words[0]} {words[-1]}" if len(words) > 1 else ""


def _key(purpose: str, seed: int) -> int:
    return int(random_bits(key_of(f"texts nobody was trained on: {purpose}"), seed))


def _source(parts: NameParts, seed: int) -> str:
    return f"{parts.source}, seed {seed}"


def _gibberish_source(seed: int) -> str:
    return f"random characters, seed {seed}"
